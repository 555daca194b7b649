"""MNIST: 60,000 + 10,000 grey 28x28 digits, from a local folder or downloaded (CC BY-SA 3.0).

References:
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner (1998), Gradient-based learning applied to document
    recognition.
"""

from pathlib import Path

import numpy as np

from explorer.datasets import idx
from explorer.datasets.archive import Archive, Member, content
from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError

NAME = "mnist"
LABEL_NAMES = tuple(str(digit) for digit in range(10))
PREFIXES = {"train": "train", "test": "t10k"}

ARCHIVE = Archive(
    name=NAME,
    url="https://ossci-datasets.s3.amazonaws.com/mnist/",
    members={
        "train-images-idx3-ubyte.gz": Member(
            47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        "train-labels-idx1-ubyte.gz": Member(
            60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
        "t10k-images-idx3-ubyte.gz": Member(
            7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        "t10k-labels-idx1-ubyte.gz": Member(
            10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
        ),
    },
)


def load(split: str, root: Path | None = None) -> Dataset:
    """One split of MNIST.

    Args:
        split: "train" or "test"
        root: a folder that holds mnist/*.gz; what is not there is downloaded and kept

    Raises:
        DatasetError: unknown split, wrong content, or neither a local file nor a download
    """
    return read(ARCHIVE, split, root, LABEL_NAMES)


def read(archive: Archive, split: str, root: Path | None, label_names: tuple[str, ...]) -> Dataset:
    """A split stored the way MNIST is: one IDX file of images, one of labels.

    Raises:
        DatasetError: as `load`
    """
    if split not in PREFIXES:
        raise DatasetError(archive.name, "split", " or ".join(PREFIXES), repr(split))
    images_file = f"{PREFIXES[split]}-images-idx3-ubyte.gz"
    labels_file = f"{PREFIXES[split]}-labels-idx1-ubyte.gz"
    images = idx.parse(content(archive, images_file, root), 3, images_file)
    labels = idx.parse(content(archive, labels_file, root), 1, labels_file)
    return Dataset(
        name=archive.name,
        split=split,
        values=images[:, None],
        n_levels=256,
        labels=labels.astype(np.int64),
        label_names=label_names,
        example_ids=np.arange(len(images), dtype=np.int64),
        kind="grey image",
    )
