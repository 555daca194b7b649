"""ONNX: a folder with `encoder.onnx` and `decoder.onnx`, or one `.onnx` of a whole VAE, which is cut in two."""

from __future__ import annotations

from pathlib import Path

from explorer.importing.digest import digest_of
from explorer.importing.draft import Draft, ImportFault
from explorer.importing.graphs import pair
from explorer.importing.graphs.cut import APART, Exported
from explorer.importing.graphs.onnx.lowering import lowered
from explorer.importing.graphs.onnx.parsed import SUFFIX, parsed

MAKE = "onnx"
_PARTS = (f"encoder{SUFFIX}", f"decoder{SUFFIX}")


def takes(path: Path) -> bool:
    """A folder with a decoder, or a file of that ending."""
    return path.suffix.lower() == SUFFIX or (path / _PARTS[1]).is_file()


def read_draft(path: Path) -> Draft:
    """The networks; what the source does not say of their outputs is left to the readings.

    Raises:
        ImportFault: a file is missing, damaged, or holds what cannot be read.
    """
    files = _files(path)
    networks, known = pair.whole(path, _graph(path)) if len(files) == 1 else (_joined(files), {})
    return Draft(MAKE, path.name, digest_of(*files), (networks,), known)


def _files(path: Path) -> tuple[Path, ...]:
    """Both of a folder's, of which one may be named; or the one."""
    folder = path if path.is_dir() else path.parent
    both = tuple(folder / name for name in _PARTS)
    if path not in both and not path.is_dir():
        return (path,)
    for file in both:
        if not file.is_file():
            raise ImportFault(file, "file", "one of this name", "nothing", APART)
    return both


def _joined(files: tuple[Path, ...]) -> pair.Networks:
    return pair.joined(files[0], *map(_graph, files))


def _graph(path: Path) -> Exported:
    return lowered(parsed(path))
