"""The live routes, imported while the browser already loads the page: torch alone takes two seconds to import."""

from __future__ import annotations

import atexit
import gc
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

from anyio import to_thread
from starlette.routing import BaseRoute, Route, Router, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send


class Late:
    """An ASGI application that is made at the first request, or earlier by `load`, and once."""

    def __init__(self, make: Callable[[], ASGIApp]):
        self._make = make
        self._app: ASGIApp | None = None
        self._lock = threading.Lock()

    def load(self) -> ASGIApp:
        """Makes the application if nobody has; others wait for it."""
        with self._lock:
            if self._app is None:
                self._app = self._make()
            return self._app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = await to_thread.run_sync(self.load)
        await app(scope, receive, send)

    def routes(self, prefix: str) -> list[BaseRoute]:
        """Routes that hand everything below a prefix, with its whole path, to the application."""
        path = f"{prefix}/{{rest:path}}"
        return [Route(path, self), WebSocketRoute(path, self)]


def live(base: str) -> Late:
    """The live routes of this process's workspace.

    Args:
        base: Streamlit's `server.baseUrlPath`.
    """

    def make() -> ASGIApp:
        from explorer.live import routes
        from explorer.ui.browser.component import served
        from explorer.ui.state import workspace

        return Router(routes(workspace.current(), served(), base=base), redirect_slashes=False)

    return Late(make)


# Set when a page has been drawn for the first time.
drawn = threading.Event()
# Longer than a browser takes to ask for the first page, if one is opened at all.
_MOST_SECONDS = 5.0
_SECONDS_TO_REST = 10.0
# What the first page does without, and every other one needs.
_LATE = ("pandas", "duckdb", "explorer.explain.report")


def prepare(late: Late) -> None:
    """Does what the first page waits for while the browser is still loading, and then, while it draws the page, what
    the first drag would wait for; a fault waits for the page to tell it."""
    from explorer.ui.pages.registry import PAGES

    import_module(next(iter(PAGES.values())).module)
    late.load()
    _open_first()
    drawn.wait(_MOST_SECONDS)
    _warm()
    spare_the_collector()
    # By then whoever came first has dragged; what they turn to next need not wait for its imports.
    time.sleep(_SECONDS_TO_REST)
    for name in (*(row.module for row in PAGES.values()), *_LATE):
        import_module(name)
    spare_the_collector()


def spare_the_collector() -> None:
    """Leaves what is there now, modules above all, out of all garbage collections to come.

    Streamlit collects after every run of a page. Going through the 276,000 objects of torch, plotly and the rest holds
    all other threads for a third of a second each time: drags stall, and work in the background barely moves.
    """
    # What was left out before, and is garbage by now, is not left out again.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    # What is left out to the very end looks like a leak to some extension modules, which say so when they are unloaded.
    atexit.register(gc.unfreeze)


def _open_first() -> None:
    from explorer.ui.state import workspace

    name = workspace.first_name()
    if name is not None and workspace.current().has_atlas(name):
        with suppress(ValueError, OSError):
            workspace.current().open(name)


def _warm() -> None:
    from explorer.live import warm
    from explorer.ui.state import workspace

    name = workspace.first_name()
    if name is None or not workspace.current().has_atlas(name):
        return
    with suppress(ValueError, OSError):
        entry = workspace.current().open(name)
        warm(entry, entry.first_map)
