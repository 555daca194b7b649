"""The stored artefact: examples, posteriors, scores and maps, written once and read many times.

`format` says what is in the folder, `build` makes it (resumable), `read` opens it, `query` asks its table.
"""

from explorer.atlas.format import UNITS, AtlasError, AtlasSettings, Manifest
from explorer.atlas.read import Atlas

__all__ = ["UNITS", "Atlas", "AtlasError", "AtlasSettings", "Manifest"]
