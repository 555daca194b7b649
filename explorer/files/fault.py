"""The error of a file that cannot be used."""

from __future__ import annotations

# Longer than any sentence of ours; what a file holds may be as long as the file.
MOST_CHARACTERS = 1000


def cut(text: object) -> str:
    """A text on one line, its middle left out where it is long; what cannot be printed is written as Python has it.

    A file may hold what no terminal or page can be sent (half of a surrogate pair), or should be (a control code).
    """
    line = _shortened(" ".join(str(text).split()))
    return line if line.isprintable() else _shortened("".join(map(_printable, line)))


def _shortened(line: str) -> str:
    if len(line) <= MOST_CHARACTERS:
        return line
    half = MOST_CHARACTERS // 2
    return f"{line[:half]} ... {line[-half:]}"


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


class FileFault(ValueError):
    """Something from outside cannot be used as it is.

    Args:
        path: the file, folder or name that was asked for.
        key: the part of it that is at fault (an entry, an array's name, "shape", "sha256", ...).
        expected: what would have been right.
        found: what is there.
        advice: what to do next, one sentence.
    """

    def __init__(self, path: object, key: str, expected: object, found: object, advice: str = ""):
        self.path, self.key, self.advice = path, cut(key), advice
        self.expected, self.found = cut(expected), cut(found)
        super().__init__(path, self.key, self.expected, self.found, advice)

    def __str__(self) -> str:
        message = f"{cut(self.path)}: {self.key}: expected {self.expected}, found {self.found}."
        return f"{message} {self.advice}" if self.advice else message
