"""Fashion-MNIST: 60,000 + 10,000 grey 28x28 garments (MIT licence). The test split comes with the package.

References:
    H. Xiao, K. Rasul, R. Vollgraf (2017), Fashion-MNIST: a Novel Image Dataset for Benchmarking
    Machine Learning Algorithms, arXiv:1708.07747.
"""

from pathlib import Path

from explorer.datasets import mnist
from explorer.datasets.archive import Archive, Member
from explorer.datasets.dataset import Dataset

NAME = "fashion-mnist"
LABEL_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
SHIPPED = Path(__file__).parent / "shipped"

ARCHIVE = Archive(
    name=NAME,
    url="https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    members={
        "train-images-idx3-ubyte.gz": Member(
            47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
        ),
        "train-labels-idx1-ubyte.gz": Member(
            60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
        ),
        "t10k-images-idx3-ubyte.gz": Member(
            7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
        ),
        "t10k-labels-idx1-ubyte.gz": Member(
            10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
        ),
    },
)


def load(split: str, root: Path | None = None) -> Dataset:
    """One split of Fashion-MNIST.

    Args:
        split: "train" or "test"; the test split is always the one in the package
        root: a folder that holds fashion-mnist/train-*.gz; what is not there is downloaded and kept

    Raises:
        DatasetError: unknown split, wrong content, or neither a local file nor a download
    """
    return mnist.read(ARCHIVE, split, SHIPPED if split == "test" else root, LABEL_NAMES)
