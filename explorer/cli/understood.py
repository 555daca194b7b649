"""What people type in the place of a checkpoint, a data set or a command, and the line that does what they meant.

A row says how something is known that is met there, and what to say of it; the first that fits speaks. What no row
knows is left to whatever reads it, whose errors name the file. Nothing here waits for torch.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.util
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

from explorer import datasets
from explorer.cli.invocation import command
from explorer.datasets import anndata_file, csv_file, images, parquet, user_file, web_dataset
from explorer.models import folders

# As the rooms that write them call them, which would wait for torch.
_WEIGHTS, _MANIFEST, _TRAINING = "model.safetensors", "manifest.json", "training"
_WEIGHTS_SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".pkl", ".h5", ".keras", ".onnx")
_DATA_SUFFIXES = (
    *user_file.SUFFIXES,
    *csv_file.SUFFIXES,
    parquet.SUFFIX,
    web_dataset.SUFFIX,
    anndata_file.SUFFIX,
)
# Beside those that differ by hyphens and capitals only.
_SHORT_NAMES = {"fmnist": "fashion-mnist", "fashion": "fashion-mnist", "optdigits": "digits"}
_MOST_NAMED = 5
_FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_WHOLE = f"a folder with {folders.CONFIG_FILE} and {_WEIGHTS}, as train writes it"


@dataclass(frozen=True)
class Typed:
    """The words that were typed behind the program's name, one of which stands in the place of another.

    Attributes:
        is_data: whether that one is what `--data` is given.
    """

    words: tuple[str, ...]
    is_data: bool = False

    def with_(self, old: Path, new: object) -> str:
        """The whole line with the one word replaced."""
        return command(*self._replaced(old, new))

    def _replaced(self, old: Path, new: object) -> Iterator[str]:
        for before, word in pairwise(("", *self.words)):
            # "--data=digits" is two.
            flag, sign, value = word.partition("=") if word.startswith("--") else (before, "", word)
            is_it = bool(value) and Path(value) == old and (flag == "--data") is self.is_data
            yield f"{flag}{sign}{new}" if is_it and sign else str(new) if is_it else word


@dataclass(frozen=True)
class Mistaken:
    """Something that is met in the place of another.

    Attributes:
        is_it: whether it is what a path or a name stands for.
        say: what it is, and the line to type instead.
    """

    is_it: Callable[[Path], bool]
    say: Callable[[Path, Typed], str]


def check(arguments: argparse.Namespace) -> None:
    """Refuses what stands in the place of something else.

    Raises:
        ValueError: names what was typed, what is expected there, and the line that was meant.
    """
    words = tuple(arguments.argv)
    model = getattr(arguments, "checkpoint", None)
    if model is None and arguments.command == "info":
        path = arguments.path
        model = None if _is_atlas(path) or _is_building(path) else path
    if arguments.command == "open" and model is not None and is_foreign(model):
        model = None
    if model is not None and not folders.is_checkpoint(model):
        _refuse(model, "a checkpoint", _FOR_A_CHECKPOINT, Typed(words))
    data = getattr(arguments, "data", None)
    if data is not None and _name(data) not in datasets.names():
        _refuse(Path(data), "data", _FOR_DATA, Typed(words, is_data=True))


def is_foreign(path: Path) -> bool:
    """Whether a path is a model of another program that can be imported, or a function of one's own that makes one."""
    if folders.is_ours(path):
        return False
    if _FACTORY.fullmatch(str(path)) and not path.exists():
        return importlib.util.find_spec(str(path).partition(":")[0].partition(".")[0]) is not None
    if not path.exists() or _is_file_of_checkpoint(path):
        return False
    # Which waits for torch, as importing does.
    return importlib.import_module("explorer.importing.registry").make_of(path) is not None


def closest(word: str, known: Collection[str]) -> str | None:
    """The name that a word may stand for: the same but for hyphens and capitals, a short one, or one a letter away."""
    letters = {_letters(name): name for name in known}
    short = {name: full for name, full in _SHORT_NAMES.items() if full in known}
    spelt = {**short, **letters}
    found = difflib.get_close_matches(_letters(word), spelt, n=1, cutoff=0.7)
    return spelt[found[0]] if found else None


def instead_of_command(words: tuple[str, ...], known: Collection[str]) -> str:
    """What to say where the first word is no command."""
    listed = f"expected a command, one of {', '.join(known)}; found {words[0]!r}"
    if Path(words[0]).exists():
        return f"{listed}. To look at it: {command('open', *words)}"
    near = closest(words[0], known)
    return f"{listed}. Did you mean: {command(near, *words[1:])}" if near else listed


def _refuse(path: Path, expected: str, rows: Iterable[Mistaken], line: Typed) -> None:
    for row in rows:
        if row.is_it(path):
            raise ValueError(f"{path}: expected {expected}, {row.say(path, line)}")


def _is_file_of_checkpoint(path: Path) -> bool:
    return path.is_file() and folders.is_checkpoint(path.parent)


def _is_weights(path: Path) -> bool:
    """Whether they are there or not: who names such a file knows no other kind of checkpoint."""
    return path.name.endswith(_WEIGHTS_SUFFIXES)


def _is_data(path: Path) -> bool:
    return (
        _name(path) in datasets.names() or path.suffix.lower() in _DATA_SUFFIXES or _holds_images(_base(path))
    )


def _is_atlas(path: Path) -> bool:
    return (path / _MANIFEST).is_file()


def _is_building(path: Path) -> bool:
    """Whether it is the working folder of an atlas."""
    return path.is_dir() and path.name.endswith(".partial")


def _is_unfinished(path: Path) -> bool:
    return (path / _TRAINING).is_dir()


def _holds_checkpoints(path: Path) -> bool:
    return bool(folders.listed(path))


def _holds_weights(path: Path) -> bool:
    return path.is_dir() and any(_is_weights(file) for file in path.iterdir())


def _holds_images(path: Path) -> bool:
    """Whether a folder is one of images, or of folders of them."""
    if not path.is_dir():
        return False
    deeper = chain.from_iterable(p.iterdir() for p in path.iterdir() if p.is_dir())
    return any(p.suffix.lower() in images.SUFFIXES for p in chain(path.iterdir(), deeper))


def _is_missing(path: Path) -> bool:
    return not path.exists()


def _of_weights(path: Path, _line: Typed) -> str:
    if not path.exists():
        return f"{_WHOLE}; found the name of a file of weights, which is not there. Check its path"
    return f"{_WHOLE}; found weights of another program. {_foreign(path)}"


def _of_data(path: Path, _line: Typed) -> str:
    out = _out_of(_base(path))
    train = command("train", "--data", path, "--out", out)
    return f"found data. Train a model of it: {train} and then look at it: {command('open', out)}"


def _of_atlas(path: Path, line: Typed) -> str:
    if folders.is_checkpoint(path.parent):
        return f"found the atlas of one. You may mean: {line.with_(path, path.parent)}"
    return f"found an atlas, which lies in no checkpoint. What it is says: {command('info', path)}"


def _of_unfinished(path: Path, _line: Typed) -> str:
    return "found a training that has not finished its first epoch: the train command that began it goes on"


def _of_checkpoints(path: Path, line: Typed) -> str:
    names = sorted(folders.listed(path))
    some = ", ".join(names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")
    return f"found a folder of {len(names)}: {some}. Name one of them: {line.with_(path, path / names[0])}"


def _of_missing_checkpoint(path: Path, line: Typed) -> str:
    root = Path(os.environ.get("EXPLORER_CHECKPOINTS", folders.SHIPPED))
    there = {**folders.listed(root), **folders.listed(Path("checkpoints")), **folders.listed(path.parent)}
    near = closest(path.name, there)
    said = f" Did you mean: {line.with_(path, there[near])}" if near else ""
    return f"{_WHOLE}; found nothing of this name.{said}"


def _of_another_file(path: Path, _line: Typed) -> str:
    found = "a file of another kind" if path.is_file() else f"a folder without {folders.CONFIG_FILE}"
    return f"{_WHOLE}; found {found}"


def _of_a_checkpoint(path: Path, line: Typed) -> str:
    return f"found a checkpoint. Name what it is to be given: {line.with_(path, 'NAME')}, NAME being {_data_names()}"


def _of_a_spelling(path: Path, line: Typed) -> str:
    near = closest(_base(path).name, datasets.names())
    assert near is not None, "a row's own condition"
    meant = str(path).replace(str(_base(path)), near, 1)
    return f"{_data_names()}; found {str(path)!r}. Did you mean: {line.with_(path, meant)}"


def _of_missing_data(path: Path, _line: Typed) -> str:
    return f"{_data_names()}; found no file or folder of this name"


_FOR_A_CHECKPOINT = (
    Mistaken(
        _is_file_of_checkpoint,
        lambda path, line: f"found a file of one. You may mean: {line.with_(path, path.parent)}",
    ),
    Mistaken(_is_weights, _of_weights),
    Mistaken(_is_data, _of_data),
    Mistaken(_is_atlas, _of_atlas),
    Mistaken(_is_unfinished, _of_unfinished),
    Mistaken(_holds_checkpoints, _of_checkpoints),
    Mistaken(
        _holds_weights, lambda path, line: f"{_WHOLE}; found a folder of other weights. {_foreign(path)}"
    ),
    Mistaken(_is_missing, _of_missing_checkpoint),
    Mistaken(lambda path: True, _of_another_file),
)
_FOR_DATA = (
    Mistaken(lambda path: folders.is_checkpoint(path) or _is_file_of_checkpoint(path), _of_a_checkpoint),
    Mistaken(
        _is_atlas, lambda path, line: f"found an atlas. Name what it was built of: {command('info', path)}"
    ),
    Mistaken(
        lambda path: _is_missing(_base(path)) and closest(_base(path).name, datasets.names()) is not None,
        _of_a_spelling,
    ),
    Mistaken(lambda path: _is_missing(_base(path)), _of_missing_data),
)


def _foreign(path: Path) -> str:
    return (
        f"To make a checkpoint of them: {command('import', path, '--out', _out_of(path), '--data', 'NAME')}"
    )


def _out_of(path: Path) -> Path:
    return Path("checkpoints") / (path.stem or "mine")


def _data_names() -> str:
    return f"{', '.join(datasets.names())}, a file or a folder of your own"


def _name(data: object) -> str:
    return str(_base(Path(str(data))))


def _base(path: Path) -> Path:
    """A name without what may follow it, such as ":resized-32x32"."""
    match = re.fullmatch(r"(?s:(.+?))(?::[^:/\\]+)*", str(path))
    return Path(match[1]) if match and not path.exists() else path


def _letters(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())
