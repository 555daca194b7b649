"""The named error of everything that reads data."""

from pathlib import Path


class DatasetError(ValueError):
    """A data set cannot be used as it is.

    Args:
        path: the file, folder or name that was asked for
        key: the part of it that is at fault (an array's name, "shape", "split", "sha256", ...)
        expected: what would have been right
        found: what is there
        advice: what to do next, one sentence
    """

    def __init__(self, path: Path | str, key: str, expected: object, found: object, advice: str = "") -> None:
        self.path = str(path)
        self.key = key
        self.expected = str(expected)
        self.found = str(found)
        self.advice = advice
        super().__init__(self.path, key, self.expected, self.found, advice)

    def __str__(self) -> str:
        message = f"{self.path}: {self.key}: expected {self.expected}, found {self.found}."
        return f"{message} {self.advice}" if self.advice else message
