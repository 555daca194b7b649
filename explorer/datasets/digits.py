"""scikit-learn's digits: 1,797 grey 8x8 images with 17 levels, always there.

References:
    E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI.
"""

from pathlib import Path

import numpy as np

from explorer.datasets.dataset import Dataset
from explorer.datasets.splits import split_off

NAME = "digits"
N_LEVELS = 17
LABEL_NAMES = tuple(str(digit) for digit in range(10))


def load(split: str, root: Path | None = None) -> Dataset:
    """The digits; `root` is not needed, they come with scikit-learn.

    Raises:
        DatasetError: unknown split
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    whole = Dataset(
        name=NAME,
        split="all",
        values=bunch.images.astype(np.uint8)[:, None],
        n_levels=N_LEVELS,
        labels=bunch.target.astype(np.int64),
        label_names=LABEL_NAMES,
        example_ids=np.arange(len(bunch.target), dtype=np.int64),
        kind="grey image",
    )
    return split_off(whole, split)
