"""The app as a person starts it: a real `streamlit run` on a free port, with the checkpoints that a test names."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "checkpoints"
START_SECONDS = 90


@contextmanager
def serving(
    checkpoints: Path | None,
    log: Path,
    *options: str,
    base: str = "",
    settings: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """The app's address while it runs.

    Args:
        checkpoints: the folder that it opens; None for what is shipped.
        log: where its output goes.
        options: of `streamlit run`, beside or in the place of those that a test needs.
        base: `server.baseUrlPath`, such as "/lab".
        settings: environment variables beside this process's own.
    """
    port = _free_port()
    needed = [f"--server.port={port}", "--server.address=127.0.0.1", f"--server.baseUrlPath={base}"]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *needed, *options]
    environment = {**_environment(checkpoints), **(settings or {})}
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            _wait_for_start(server, f"http://127.0.0.1:{port}{base}", log)
            yield f"http://127.0.0.1:{port}{base}"
        finally:
            server.terminate()
            server.wait(20)


def _environment(checkpoints: Path | None) -> dict[str, str]:
    # A person's own settings must not decide what the tests see.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXPLORER_")}
    if "SHIPPED_DEV" in os.environ and checkpoints is None:
        checkpoints = SHIPPED
    chosen = {} if checkpoints is None else {"EXPLORER_CHECKPOINTS": str(checkpoints)}
    return {**kept, **chosen, "OMP_NUM_THREADS": "1"}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for_start(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/_stcore/health", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"the app did not start:\n{log.read_text()[-4000:]}")
