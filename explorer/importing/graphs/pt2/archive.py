"""The ZIP of an exported program: its entries, each bounded, and what is refused before any is read.

<name>/archive_format          "pt2"
<name>/byteorder               "little"
<name>/models/<model>.json     the graph
<name>/data/weights/<model>_weights_config.json, weight_0, ...
<name>/data/constants/<model>_constants_config.json, tensor_0, ...
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from explorer.files import read
from explorer.importing.draft import ImportFault

SUFFIX = ".pt2"
MAX_BYTES = 1 << 33
MAX_ENTRIES = 50_000
# The graph and the lists of tensors.
MAX_JSON_BYTES = 1 << 26
# What is packed this much tighter than it is has no weights in it.
MAX_RATIO = 100
# Below this size a ratio says nothing.
_SMALL = 1 << 16
_NAME = re.compile(r"[A-Za-z0-9_.+-]+(?:/[A-Za-z0-9_.+-]+)*")
# In what lies in the archive and is no exported program's.
_OTHERS: Mapping[str, tuple[str, str]] = {
    "data/aotinductor/": (
        "compiled code (AOTInductor)",
        "Save it with torch.export.save, not aoti_compile_and_package.",
    ),
    "code/": ("TorchScript", "Export it with torch.export, not torch.jit."),
    "data.pkl": ("a pickle of torch.save", "Give it the ending .pt, or export the model with torch.export."),
    "serialized_exported_program.json": ("the form of torch before 2.7", "Save it again with a newer torch."),
}
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    OverflowError,
)


class Pt2Archive:
    """An open archive.

    Attributes:
        path: of the file, for errors.
        models: the names of its models.
    """

    def __init__(self, path: Path, content: zipfile.ZipFile):
        self.path, self._content = path, content
        self._entries = {info.filename: info for info in _checked(path, content)}
        self._root = self._found_root()
        self.models = tuple(
            name.removesuffix(".json") for name in self._under("models/") if name.endswith(".json")
        )
        if not self.models:
            self._refuse("models", "a graph, models/model.json", "none", "Save it with torch.export.save.")
        order = self.content("byteorder", 16).strip()
        if order != b"little":
            self._refuse("byteorder", "little", repr(order), "Save it on another machine.")

    def has(self, name: str) -> bool:
        return self._root + name in self._entries

    def content(self, name: str, most_bytes: int) -> bytes:
        """All of an entry.

        Raises:
            ImportFault: there is none, it is damaged, or larger than it may be.
        """
        info = self._entries.get(self._root + name)
        if info is None:
            self._refuse(name, "an entry", "nothing")
        if info.file_size > most_bytes:
            self._refuse(name, f"at most {most_bytes:,} bytes", f"{info.file_size:,}")
        try:
            with self._content.open(info) as file:
                found = file.read(info.file_size + 1)
        except _DAMAGED as error:
            self._refuse(name, "a whole entry", error, "Copy or export the file again.")
        if len(found) != info.file_size:
            self._refuse(
                name, f"{info.file_size:,} bytes", f"{len(found):,}", "Copy or export the file again."
            )
        return found

    def json(self, name: str) -> dict[str, Any]:
        """An entry that is a JSON object."""
        try:
            found = json.loads(self.content(name, MAX_JSON_BYTES))
        except (ValueError, RecursionError) as error:
            if isinstance(error, ImportFault):
                raise
            self._refuse(name, "JSON", error, "Copy or export the file again.")
        if not isinstance(found, dict):
            self._refuse(name, "a JSON object", type(found).__name__)
        return found

    def _found_root(self) -> str:
        """What all names begin with."""
        roots = {name.partition("/")[0] + "/" for name in self._entries if "/" in name}
        for root in ("", *sorted(roots)):
            names = [name.removeprefix(root) for name in self._entries if name.startswith(root)]
            for start, (what, advice) in _OTHERS.items():
                if any(name.startswith(start) for name in names):
                    self._refuse("content", "a graph of torch.export", what, advice)
        if len(roots) != 1:
            self._refuse("content", "one folder", f"{len(roots)}", "Save it with torch.export.save.")
        return roots.pop()

    def _under(self, folder: str) -> Iterator[str]:
        start = self._root + folder
        return (name.removeprefix(start) for name in self._entries if name.startswith(start))

    def _refuse(self, key: str, expected: object, found: object, advice: str = "") -> NoReturn:
        raise ImportFault(self.path, key, expected, found, advice)


@contextmanager
def opened(path: Path) -> Iterator[Pt2Archive]:
    """An archive, open for reading.

    Raises:
        ImportFault: it is none, or one that is not read.
    """
    try:
        with read.opened(path) as file, zipfile.ZipFile(file) as content:
            yield Pt2Archive(path, content)
    except ImportFault:
        raise
    except _DAMAGED as error:
        raise ImportFault(path, "file", "an archive of torch.export.save", error) from error


def _checked(path: Path, content: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The entries, if their names, sizes and ratios are those of weights."""
    infos = content.infolist()
    if len(infos) > MAX_ENTRIES:
        raise ImportFault(path, "entries", f"at most {MAX_ENTRIES:,}", f"{len(infos):,}")
    if len({info.filename for info in infos}) < len(infos):
        raise ImportFault(path, "entries", "a name each", "one name twice")
    for info in infos:
        is_plain = _NAME.fullmatch(info.filename) and not {".", ".."} & set(info.filename.split("/"))
        if not is_plain or info.flag_bits & 1:
            raise ImportFault(path, "entries", "plain names, nothing encrypted", info.filename)
        if info.file_size > max(_SMALL, MAX_RATIO * info.compress_size):
            found = f"{info.file_size:,} bytes of {info.compress_size:,}"
            raise ImportFault(path, info.filename, f"packed at most {MAX_RATIO} times", found)
    if (total := sum(info.file_size for info in infos)) > MAX_BYTES:
        raise ImportFault(path, "size", f"at most {MAX_BYTES:,} bytes", f"{total:,}")
    return infos
