"""How long a model takes to open, and a question to its atlas, in this checkout and in another one, turn by turn.

Every time is that of a fresh process whose imports are done: "open" reads weights, atlas and data and compares what is
to be compared; "again" does it a second time; "columns" reads all numbers; "ask" is a first question in SQL.

    python -m benchmarks.opening --against ../earlier --out opening.json
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.app_process import ROOT, machine

MODELS = ("digits-2d", "fashion-mnist-16d")
REPEATS = 9
_CODE = """
import json, sys, time
from pathlib import Path
import torch, scipy.spatial, pandas, duckdb
import explorer.live
from explorer.atlas import query
from explorer.workspace import Workspace
def timed(act):
    start = time.perf_counter()
    found = act()
    return found, 1e3 * (time.perf_counter() - start)
root, name = Path(sys.argv[1]), sys.argv[2]
entry, first = timed(lambda: Workspace(root).open(name))
_, again = timed(lambda: Workspace(root).open(name))
_, columns = timed(lambda: (entry.atlas.columns(entry.atlas.column_names), entry.atlas.means))
_, asked = timed(lambda: query.means(entry.atlas, ["gap_nats"]))
print(json.dumps({"open": first, "again": again, "columns": columns, "ask": asked}))
"""


def once(checkout: Path, model: str) -> dict[str, float]:
    """The times of one process, in milliseconds."""
    command = [sys.executable, "-c", _CODE, str(ROOT / "checkpoints"), model]
    said = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(said.stdout)
    return found


def main() -> None:
    """Measures, prints, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", type=Path, help="another checkout of the explorer")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    checkouts = {"here": ROOT} | ({"there": options.against} if options.against else {})
    lines = ["| median, ms | open | again | columns | ask |", "| --- | ---: | ---: | ---: | ---: |"]
    rows = {}
    for model in MODELS:
        times: dict[str, list[dict[str, float]]] = {name: [] for name in checkouts}
        for _ in range(options.repeats):
            for name, checkout in checkouts.items():
                times[name].append(once(checkout, model))
        for name, found in times.items():
            medians = {key: median(each[key] for each in found) for key in found[0]}
            rows[f"{model}, {name}"] = medians
            lines.append(f"| {model}, {name} | " + " | ".join(f"{ms:.1f}" for ms in medians.values()) + " |")
    print("\n".join(lines))
    if options.out:
        options.out.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
