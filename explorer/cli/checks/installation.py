"""Whether Python and the packages are those that the explorer needs, and those that it was tested with."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from explorer.cli.checks.finding import Finding, fine, note, wrong

ROOT = Path(__file__).parents[3]
PINS_FILE = "requirements.txt"
NAME = "vae-explorer"
# The package's name where a module has another. umap takes seconds to import, which only a map's making does.
_MODULES = {"pillow": "PIL", "scikit-learn": "sklearn"}
_NOT_IMPORTED = ("umap-learn",)
_INSTALL = f"Install what is tested: python -m pip install -r {PINS_FILE}"
_OLDEST, _NEWEST = (3, 11), (3, 13)


def python(_path: Path) -> Iterator[Finding]:
    """The interpreter's version."""
    found = "Python " + ".".join(map(str, sys.version_info[:3]))
    if not _OLDEST <= tuple(sys.version_info[:2]) <= _NEWEST:
        yield wrong(found, "Make the environment with Python 3.11, 3.12 or 3.13.")
    else:
        yield fine(found)


def versions(_path: Path) -> Iterator[Finding]:
    """Each package against the range that the code is written for and against its pin."""
    from packaging.requirements import Requirement

    needed, pinned = [Requirement(line) for line in needs()], pins()
    n_fine = 0
    for need in needed:
        finding = _version(need.name, need.specifier, pinned.get(need.name))
        n_fine += finding is None
        if finding is not None:
            yield finding
    if n_fine:
        yield fine(f"{n_fine} of {len(needed)} packages have the version that is tested")


def imports(_path: Path) -> Iterator[Finding]:
    """Whether each package can be imported: one may be there and broken."""
    names = [re.split(r"[^\w.-]", line)[0] for line in needs()]
    faults = {name: fault for name in names if (fault := _fault_of(name))}
    for name, fault in faults.items():
        yield wrong(f"{name} cannot be imported: {fault}", f"Install it anew: {_again(name)}")
    if not faults:
        yield fine(f"{len(names)} packages can be imported")


def needs() -> list[str]:
    """The packages that the explorer imports, each with its range."""
    if (ROOT / "pyproject.toml").is_file():
        return list(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"])
    return [line for line in metadata.requires(NAME) or [] if "extra ==" not in line]


def pins(file: Path = ROOT / PINS_FILE) -> dict[str, str]:
    """The version that is tested by package; empty where the explorer was installed without its repository."""
    if not file.is_file():
        return {}
    found = re.findall(r"^([\w.-]+)==([^\s;\\]+)", file.read_text("utf-8"), re.MULTILINE)
    return dict(found)


def _version(name: str, allowed: object, pin: str | None) -> Finding | None:
    """What is to be said of a package's version; None where it is the tested one."""
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return wrong(f"{name} is not installed", _INSTALL)
    if found not in allowed:  # type: ignore[operator]  # packaging's SpecifierSet, which may not be there to name
        return wrong(f"{name} {found} is installed, and {name}{allowed} is needed", _INSTALL)
    # A build for one kind of machine says so behind a plus.
    if pin is not None and found.partition("+")[0] != pin:
        return note(f"{name} {found} is installed, and {pin} is tested", _INSTALL)
    return None


def _fault_of(name: str) -> str:
    """Why a package cannot be imported; empty where it can."""
    if name in _NOT_IMPORTED:
        return ""
    try:
        importlib.import_module(_MODULES.get(name, name.replace("-", "_")))
    # Whatever a broken package raises: a library that does not load is an OSError, another is anything.
    except Exception as error:
        return f"{type(error).__name__}: {error}".partition("\n")[0]
    return ""


def _again(name: str) -> str:
    pin = pins().get(name)
    return f"python -m pip install --force-reinstall --no-deps {name}{f'=={pin}' if pin else ''}"
