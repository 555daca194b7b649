"""What `SCVI.save` of scvi-tools writes: recognised, and refused, as it holds pickled objects.

`explorer.export_scvi`, run where the model was trained, writes a checkpoint folder of it.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from explorer.files import read
from explorer.importing.draft import Draft, ImportFault

FILE = "model.pt"
# Entries of what `save` pickles; looked for as bytes, and nothing is unpickled.
_ENTRIES = (b"attr_dict", b"registry_", b"scvi_version")
_MOST_BYTES = 64 << 20


def takes(path: Path) -> bool:
    """Whether a file, or the `model.pt` of a folder, has the entries of such a model."""
    file = path / FILE if path.is_dir() else path
    if file.suffix != ".pt":
        return False
    try:
        with read.opened(file) as opened, zipfile.ZipFile(opened) as archive:
            content = _pickle(archive)
            return all(entry in content for entry in _ENTRIES)
    except (OSError, ValueError, StopIteration, RuntimeError, NotImplementedError, zipfile.BadZipFile):
        return False


def _pickle(archive: zipfile.ZipFile) -> bytes:
    """The bytes of the archive's pickle, as many as may be read."""
    name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
    with archive.open(name) as file:
        return file.read(_MOST_BYTES)


def load(path: Path) -> Draft:
    """Refuses it.

    Raises:
        ImportFault: always; says how to export the model.
    """
    raise ImportFault(
        path,
        "content",
        "tensors alone",
        "pickled objects of scvi-tools, which could run any code and are never read",
        "Where the model was trained, run: model = scvi.model.SCVI.load(folder, adata); "
        "explorer.export_scvi(model, 'checkpoints/cells', batch=...).",
    )
