"""Whether the tab that asked for work is still there.

Streamlit tells a session's code nothing when its tab closes, but anybody may ask whether the session is connected. A
connection that is lost for a moment comes back to the same session, and finds its work going on; a page that is loaded
anew is another session, which begins its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

# Streamlit's page connects again after half a second, then after ever longer waits.
GRACE_SECONDS = 5.0


class Presence:
    """A tab, which is gone when it was found away for some seconds.

    Args:
        is_connected: whether it is there now.
        now: seconds of a clock.
    """

    def __init__(self, is_connected: Callable[[], bool], now: Callable[[], float] = time.monotonic):
        self._is_connected, self._now = is_connected, now
        self._away_since: float | None = None

    def is_gone(self) -> bool:
        """Whether it is away now, was so when this was asked before, and has been for as long as it is waited for."""
        if self._is_connected():
            self._away_since = None
        elif self._away_since is None:
            self._away_since = self._now()
        return self._away_since is not None and self._now() - self._away_since >= GRACE_SECONDS


def of_this_session() -> Presence:
    """The tab that the page's script runs for; without a server, one that never goes."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return Presence(lambda: True)
    server, session_id = runtime.get_instance(), context.session_id
    return Presence(lambda: server.is_active_session(session_id))
