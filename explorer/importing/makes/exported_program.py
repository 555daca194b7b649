"""Exported programs: a folder with `encoder.pt2` and `decoder.pt2`, or one `.pt2` of a whole VAE.

One file may hold both as its models "encoder" and "decoder", or one model that returns reconstruction, mean and
log-variance, which is cut in two.
"""

from __future__ import annotations

from pathlib import Path

from explorer.importing.digest import digest_of
from explorer.importing.draft import Draft, ImportFault, Networks
from explorer.importing.graphs import pair
from explorer.importing.graphs.cut import APART
from explorer.importing.graphs.pt2.archive import SUFFIX, Pt2Archive, opened
from explorer.importing.graphs.pt2.graph import exported

MAKE = "exported_program"
_PARTS = ("encoder", "decoder")


def takes(path: Path) -> bool:
    """A folder with a decoder, or a file of that ending."""
    return path.suffix.lower() == SUFFIX or (path / f"decoder{SUFFIX}").is_file()


def read_draft(path: Path) -> Draft:
    """The networks; what the source does not say of their outputs is left to the readings.

    Raises:
        ImportFault: a file is missing, damaged, or holds what is not read.
    """
    files = _files(path)
    try:
        digest = digest_of(*files)
    except OSError as error:
        missing = next((file for file in files if not file.is_file()), path)
        raise ImportFault(missing, "file", "a plain one", error, APART) from error
    networks, known = _apart(files) if len(files) == 2 else _whole(*files)
    return Draft(MAKE, path.name, digest, (networks,), known)


def _files(path: Path) -> tuple[Path, ...]:
    """Both of a folder's, of which one may be named; or the one."""
    folder = path if path.is_dir() else path.parent
    both = tuple(folder / f"{part}{SUFFIX}" for part in _PARTS)
    return both if path.is_dir() or path in both else (path,)


def _apart(files: tuple[Path, ...]) -> tuple[Networks, dict[str, str]]:
    found = []
    for file in files:
        with opened(file) as archive:
            found.append(exported(archive, _only_model(archive)))
    return pair.joined(files[0], *found), {}


def _whole(file: Path) -> tuple[Networks, dict[str, str]]:
    with opened(file) as archive:
        if set(archive.models) == set(_PARTS):
            return pair.joined(file, *(exported(archive, part) for part in _PARTS)), {}
        found = exported(archive, _only_model(archive))
    return pair.whole(file, found)


def _only_model(archive: Pt2Archive) -> str:
    if len(archive.models) != 1:
        expected = f"one, or {' and '.join(_PARTS)}"
        raise ImportFault(archive.path, "models", expected, ", ".join(archive.models), APART)
    return archive.models[0]
