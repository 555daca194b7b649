"""What is said beside the figures of a model that was imported, until its errors were held against simulated data."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.atlas import AtlasError, calibration
from explorer.bounds import Reliability
from explorer.models.capabilities import capabilities_of
from explorer.ui.example import trust
from explorer.workspace import Entry

_IMPORTED = (
    "not calibrated: this model was imported, and whether its errors can be believed was not checked on data whose "
    "log p(x) is known."
)
_WHERE = " The page Open does that."


def warning(entry: Entry) -> str:
    """A sentence; empty of a model of this program's own, and of one that is calibrated."""
    if not provenance(entry) or _is_calibrated(entry):
        return ""
    return _IMPORTED + _WHERE * capabilities_of(entry.checkpoint.model).fits


def words(entry: Entry) -> Mapping[Reliability, str]:
    """How verdicts are told of this model's figures."""
    return trust.UNVOUCHED if warning(entry) else trust.WORDS


def provenance(entry: Entry) -> Mapping[str, object]:
    """Where a model was imported from; empty of one that was not."""
    found = entry.checkpoint.config.get("provenance")
    return found if isinstance(found, Mapping) else {}


def assumptions(entry: Entry) -> tuple[str, ...]:
    """What was assumed of an imported model, in sentences."""
    found = provenance(entry).get("assumed", ())
    return tuple(map(str, found)) if isinstance(found, list | tuple) else ()


def _is_calibrated(entry: Entry) -> bool:
    """Whether there is a calibration that can be read; what it says, the badge does."""
    try:
        found = calibration.of(entry.atlas.folder, entry.checkpoint.path, entry.checkpoint.digest)
    except (AtlasError, OSError):
        return False
    return found is not None
