"""The named error of everything that reads data."""

from explorer.files import FileFault


class DatasetError(FileFault):
    """A data set cannot be used as it is."""
