"""The explorer as a person starts it, for a benchmark to talk to: `streamlit run streamlit_app.py` and the machine."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
SECONDS_TO_START = 60.0


@dataclass(frozen=True)
class AppProcess:
    """A started app: where it listens, and when it was spawned (perf_counter seconds)."""

    address: str
    spawned: float
    process: subprocess.Popen[bytes]

    def wait(self) -> None:
        """Until the app answers; its port accepts connections long before."""
        while True:
            if self.process.poll() is not None:
                raise SystemExit(f"the app ended with {self.process.returncode} before it answered")
            try:
                urlopen(f"http://{self.address}/_stcore/health", timeout=SECONDS_TO_START).close()
                return
            except OSError:
                if time.perf_counter() > self.spawned + SECONDS_TO_START:
                    raise SystemExit(f"the app did not answer within {SECONDS_TO_START:g} s") from None
                time.sleep(0.01)


@contextmanager
def running_app(settings: Mapping[str, str] | None = None) -> Iterator[AppProcess]:
    """Spawns the app on a free port and ends it.

    Args:
        settings: further environment variables.
    """
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", f"--server.port={port}"]
    # Named, so that Streamlit does not ask another host for this machine's public address before it listens.
    command += ["--server.address=127.0.0.1", "--server.headless=true"]
    spawned = time.perf_counter()
    environment = {**os.environ, **(settings or {})}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield AppProcess(f"127.0.0.1:{port}", spawned, process)
    finally:
        process.terminate()
        process.wait(20)


def machine() -> dict[str, str | int]:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "n_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
