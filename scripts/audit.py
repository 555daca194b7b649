"""The pins against a database of advisories: `make audit`.

The exit status is 0 where no advisory is known, 1 where one is, 2 where the database could not be asked:
"none is known" is said only where every pin was looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = ("requirements.txt", "requirements-dev.txt")
UNREACHED = "The advisory database could not be reached: nothing was audited. Try again with a network."


def main() -> int:
    """Asks pip-audit, which must be installed beside this Python."""
    # Each pin as it stands: nothing is downloaded or resolved.
    options = ["--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off"]
    named = [f"--requirement={ROOT / name}" for name in FILES]
    answer = subprocess.run(
        [sys.executable, "-m", "pip_audit", *options, *named], capture_output=True, text=True, check=False
    )
    status, text = verdict(answer.stdout, answer.stderr)
    print(text)
    return status


def verdict(answer: str, fault: str) -> tuple[int, str]:
    """The exit status and what to say.

    Args:
        answer: pip-audit's JSON; empty where it failed.
        fault: what it said beside that.
    """
    try:
        pins = json.loads(answer)["dependencies"]
    except (ValueError, LookupError):
        last = fault.strip().rpartition("\n")[2]
        return 2, f"{UNREACHED}\n{last}".rstrip()
    missed = sorted({pin["name"] for pin in pins if "skip_reason" in pin})
    lines = sorted({_line(pin, each) for pin in pins for each in pin.get("vulns", ())})
    if len(missed) == len({pin["name"] for pin in pins}):
        return 2, UNREACHED
    if missed:
        lines.append(f"not looked up: {', '.join(missed)}")
    if not lines:
        return 0, f"No advisory is known for any of {len(pins)} pins."
    return (1 if any("vulns" in pin and pin["vulns"] for pin in pins) else 2), "\n".join(lines)


def _line(pin: dict[str, str], advisory: dict[str, list[str]]) -> str:
    fixed = ", ".join(advisory.get("fix_versions", ())) or "none yet"
    return f"{pin['name']} {pin['version']}: {advisory['id']}, fixed in {fixed}"


if __name__ == "__main__":
    sys.exit(main())
