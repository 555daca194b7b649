"""`python -m explorer COMMAND`, or `vae-explorer COMMAND` where it is installed."""

import os
import signal
import sys


def _leave(number: int, _frame: object) -> None:
    """Ends at once: what is being imported is not to be unwound, and nothing was begun that could be kept."""
    os.write(2, b"\nStopped before anything was begun.\n")
    os._exit(128 + number)


def run() -> int:
    """Runs the command that was typed; returns the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    from explorer.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
