"""`calibration.json`: what simulated data said of a model's estimates, kept beside its atlas.

    format_version | model_digest | settings | calibration | verdict, reason

The last two are written for the file's readers. They are not read back but follow from the figures, so that no text of
the file is ever shown.
"""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explorer import files
from explorer.atlas.format import AtlasError
from explorer.bounds.calibration import Calibration, CalibrationSettings

FORMAT_VERSION = 1
CALIBRATION_FILE = "calibration.json"
# The file is a page of JSON; one beyond this is not one of ours.
MAX_BYTES = 1 << 16
ADVICE = "Delete this file and calibrate again: python -m explorer calibrate CHECKPOINT"

MOST_NATS = 1e300


@dataclass(frozen=True)
class StoredCalibration:
    """A calibration, the settings that it was made with, and the model that it is of."""

    model_digest: str
    settings: CalibrationSettings
    calibration: Calibration

    def to_json(self) -> str:
        """The file's text; a figure that is not known is null."""
        content = {
            "format_version": FORMAT_VERSION,
            "model_digest": self.model_digest,
            "settings": asdict(self.settings),
            "calibration": {k: _known(v) for k, v in asdict(self.calibration).items()},
            "verdict": self.calibration.verdict,
            "reason": self.calibration.reason,
        }
        return json.dumps(content, indent=1, allow_nan=False) + "\n"


def write(path: Path, stored: StoredCalibration) -> None:
    """Writes the file, all of it or nothing."""
    files.write.folder(path.parent)
    files.write.text(path, stored.to_json())


def of(atlas: Path, checkpoint: Path, model_digest: str) -> StoredCalibration | None:
    """What is known of a model: beside its weights, or with the atlas that it has come with; None where nothing is.

    Args:
        atlas: the folder of its atlas, there or not.
        checkpoint: its own folder.
        model_digest: of the checkpoint.

    Raises:
        AtlasError: the file is damaged, of another format or of another model.
    """
    return read(checkpoint / CALIBRATION_FILE, model_digest) or read(atlas / CALIBRATION_FILE, model_digest)


def read(path: Path, model_digest: str) -> StoredCalibration | None:
    """Reads and checks a calibration; None where there is no file.

    Args:
        path: the file.
        model_digest: of the checkpoint that it must be of.

    Raises:
        AtlasError: the file is damaged, of another format or of another model.
    """
    if not path.exists():
        return None
    content = _content(path)
    _expect(path, "format_version", FORMAT_VERSION, content.get("format_version"))
    _expect(path, "model_digest", model_digest, content.get("model_digest"))
    settings = _figures(path, "settings", content.get("settings"), CalibrationSettings)
    figures = _figures(path, "calibration", content.get("calibration"), Calibration)
    try:
        stored = StoredCalibration(model_digest, CalibrationSettings(**settings), Calibration(**figures))
    except ValueError as error:
        raise AtlasError(path, "settings", "ones that can be used", str(error), ADVICE) from error
    _check_counts(path, stored)
    return stored


def _content(path: Path) -> dict[str, Any]:
    try:
        with files.read.opened(path) as file:
            text = file.read(MAX_BYTES + 1)
        if len(text) > MAX_BYTES:
            raise AtlasError(path, "size", f"at most {MAX_BYTES} bytes", "more", ADVICE)
        content = json.loads(text.decode("utf-8"))
    except AtlasError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise AtlasError(path, "content", "JSON", reprlib.repr(str(error)), ADVICE) from error
    if not isinstance(content, dict):
        raise AtlasError(path, "content", "a JSON object", type(content).__name__, ADVICE)
    return content


def _expect(path: Path, key: str, expected: object, found: object) -> None:
    if type(found) is not type(expected) or found != expected:
        raise AtlasError(path, key, repr(expected), reprlib.repr(found), ADVICE)


def _figures(path: Path, section: str, found: object, record: type) -> dict[str, Any]:
    """The numbers of a section: exactly the fields of `record`, each of its type and in its range."""
    kinds: Mapping[str, str] = record.__annotations__
    if not isinstance(found, dict) or found.keys() != kinds.keys():
        names = sorted(map(str, found)) if isinstance(found, dict) else found
        raise AtlasError(path, section, f"entries {', '.join(kinds)}", reprlib.repr(names), ADVICE)
    return {
        name: _number(path, f"{section}.{name}", kind, found[name], record is Calibration)
        for name, kind in kinds.items()
    }


def _number(path: Path, key: str, kind: str, found: Any, may_be_unknown: bool) -> int | float:
    """A number in its range; NaN for null where a figure may be unknown."""
    low, high = _limits(key, kind)
    if found is None and kind == "float" and may_be_unknown:
        return math.nan
    is_number = isinstance(found, int if kind == "int" else (int, float)) and not isinstance(found, bool)
    # NaN, which JSON does not have but Python's reader takes, lies in no range.
    if not is_number or not low <= found <= high:
        noun = "a whole number" if kind == "int" else "a number"
        raise AtlasError(path, key, f"{noun} in {low:g}..{high:g}", reprlib.repr(found), ADVICE)
    return int(found) if kind == "int" else float(found)


def _limits(key: str, kind: str) -> tuple[float, float]:
    """Where a count, a share, an error, or a number of nats may lie."""
    if kind == "int":
        return 0, 2**63 - 1
    if key.endswith("coverage"):
        return 0, 1
    return (0 if key.endswith(("_se", "rmse_nats")) else -MOST_NATS), MOST_NATS


def _check_counts(path: Path, stored: StoredCalibration) -> None:
    """Counts and settings fit each other."""
    settings, figures = stored.settings, stored.calibration
    for name in ("n_examples", "seed", "sandwich_n_samples"):
        _expect(path, f"calibration.{name}", getattr(settings, name), getattr(figures, name))
    most = {"n_trusted": settings.n_examples, "n_annealed": settings.n_annealed}
    for name, limit in {**most, "n_missed": figures.n_trusted}.items():
        if getattr(figures, name) > limit:
            raise AtlasError(
                path, f"calibration.{name}", f"at most {limit}", str(getattr(figures, name)), ADVICE
            )


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
