"""A model that a function of the user's own makes: "module:function".

The function returns what `explorer.export` takes, as a mapping, or an object whose attributes these are. This runs the
user's code, here and as it is: it is for one's own, and whoever calls this says so first (`notice`).
"""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from explorer.importing.draft import Draft, ImportFault
from explorer.importing.exporting.export import Given, draft_of

_SOURCE = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*):(?P<function>[^\W\d]\w*)")
_EXAMPLE = 'return {"encode": ..., "decode": ..., "likelihood": "bernoulli", "example": x}'


def is_factory(source: str) -> bool:
    """Whether a text is "module:function", and no path."""
    return _SOURCE.fullmatch(source) is not None and not Path(source).exists()


def notice(source: str) -> str:
    """What is said before `read` runs somebody's code."""
    return f"{source} is Python code, which is now run here with all that you may do yourself."


def read(source: str) -> Draft:
    """Imports the module from the working folder, calls the function, and drafts what it returns.

    Raises:
        ImportFault: there is no such function, it fails, or what it returns is no VAE.
        TraceError, ConventionError: as of `explorer.export`.
    """
    found = _SOURCE.fullmatch(source)
    if found is None:
        advice = "Write a module's name with dots, not a path: my_package.my_model:make."
        raise ImportFault(source, "name", "module:function", source, advice)
    with _from_here():
        # What it closes over may import more when it is called.
        return draft_of(**_given(source, _made(source, found["module"], found["function"])))


def _made(source: str, module: str, function: str) -> Any:
    """What the function returns."""
    try:
        home = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise _fault(source, "module", error) from error
        advice = "Call this where the module lies, or install it."
        raise ImportFault(source, "module", f"{error.name} in {Path.cwd()}", "nothing", advice) from error
    except Exception as error:  # whatever the code of somebody else raises
        raise _fault(source, "module", error) from error
    if not callable(make := getattr(home, function, None)):
        names = ", ".join(n for n, v in vars(home).items() if callable(v) and not n.startswith("_"))
        raise ImportFault(source, function, f"a function of {module}", names or "none")
    try:
        return make()
    except Exception as error:  # whatever the code of somebody else raises
        raise _fault(source, function, error) from error


def _given(source: str, made: Any) -> Given:
    """Entries of a mapping, or attributes of an object."""
    known = Given.__required_keys__ | Given.__optional_keys__
    is_mapping = isinstance(made, Mapping)
    unknown = sorted(map(str, made.keys() - known)) if is_mapping else []
    if unknown:
        raise ImportFault(source, unknown[0], f"one of {', '.join(sorted(known))}", "another entry")
    found: dict[str, Any] = (
        dict(made) if is_mapping else {n: getattr(made, n) for n in known if hasattr(made, n)}
    )
    for name in sorted(Given.__required_keys__):
        if name not in found:
            what = type(made).__name__
            raise ImportFault(source, name, "an entry", f"a {what} without it", f"For example: {_EXAMPLE}.")
    return Given(**found)  # type: ignore[typeddict-item]  # just looked at


def _fault(source: str, key: str, error: Exception) -> ImportFault:
    last = traceback.extract_tb(error.__traceback__)[-1]
    found = f"{type(error).__name__}: {error} ({last.filename}, line {last.lineno})"
    return ImportFault(source, key, "code that runs", found)


@contextmanager
def _from_here() -> Iterator[None]:
    """Modules are looked for in the working folder, too."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)
