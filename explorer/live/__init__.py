"""The live routes: what the browser asks while Streamlit has nothing to do.

    GET  /live/{model}/columns                   the map's points and colours            columns.py
    GET  /live/{model}/thumbnails/{page}.png     sprite pages                            thumbnails.py
    GET  /live/{model}/image/{example_id}.png    one example                             thumbnails.py
    GET  /live/assets/{address}                  the components' own files               assets.py
    WS   /live/socket                            positions in, decoded pictures out      socket.py

They stand beside Streamlit in one process, on one port: `st.App(script, routes=routes(workspace, assets))`.
How `st.App` (Streamlit 1.67) takes them decides five things here:

- Own routes are matched before Streamlit's, and what none matches gets Streamlit's index page with status
  200. So the last route catches every other path below /live/ and says 404.
- `server.baseUrlPath` is put before Streamlit's own routes, not before ours: hence the argument `base`.
- A lifespan hook is skipped when the app is mounted into another one. So nothing here needs one: the worker
  threads start with the first position, in whichever loop serves it.
- The middleware that it is given is asked first, for every route: who is served is decided there, not here.
- Streamlit's own middleware compresses what the browser allows to be compressed: see `replies.conditional`.

The handlers of GET are plain functions, which Starlette runs in worker threads: reading an atlas or
compressing a page never stops the socket's event loop.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from explorer.live.assets import Roots, asset
from explorer.live.batcher import Batcher
from explorer.live.columns import columns
from explorer.live.pictures import answer, warm
from explorer.live.replies import refusal
from explorer.live.socket import LiveSocket
from explorer.live.sources import (
    OUTSIDE_FAULTS,
    Entry,
    UnknownModelError,
    Workspace,
    fault_of_version,
    open_entry,
)
from explorer.live.thumbnails import image, thumbnails

__all__ = ["routes", "warm"]

Handler = Callable[[Request, Entry], Response]


class _Count(Convertor[int]):
    """A number in a path. Starlette's own takes any digits, of which Python reads no more than 4,300."""

    regex = "[0-9]{1,40}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("count", _Count())


def routes(workspace: Workspace, assets: Roots, *, base: str = "") -> list[BaseRoute]:
    """The routes for `st.App(routes=...)`.

    Args:
        workspace: the models that may be opened.
        assets: the browser's files: folders and single files by the addresses under which they are served.
        base: Streamlit's `server.baseUrlPath`, with or without slashes.
    """
    for path in assets.values():
        assert path.exists(), f"the browser's files are part of the packages, but {path} is not there"
    live = f"/{base.strip('/')}/live" if base.strip("/") else "/live"
    socket = LiveSocket(Batcher(partial(answer, workspace)))
    return [
        WebSocketRoute(f"{live}/socket", socket.serve),
        Route(f"{live}/assets/{{address:path}}", partial(_asset, assets)),
        Route(f"{live}/{{model}}/columns", partial(_of_model, workspace, columns)),
        Route(f"{live}/{{model}}/thumbnails/{{page:count}}.png", partial(_of_model, workspace, thumbnails)),
        Route(f"{live}/{{model}}/image/{{example_id:count}}.png", partial(_of_model, workspace, image)),
        Route(f"{live}/{{rest:path}}", partial(_nothing, live)),
    ]


def _asset(assets: Roots, request: Request) -> Response:
    return asset(request, assets)


def _of_model(workspace: Workspace, handler: Handler, request: Request) -> Response:
    """Opens the model that the URL names: 404 when there is none, 503 when its files cannot be used, 409 when the URL
    names another version of it."""
    try:
        entry = open_entry(workspace, request.path_params["model"])
        if stale := fault_of_version(entry, request.query_params.get("v", "")):
            return refusal(409, stale)
        return handler(request, entry)
    except UnknownModelError as error:
        return refusal(404, str(error), error.known)
    except OUTSIDE_FAULTS as fault:
        return refusal(503, str(fault))


def _nothing(live: str, request: Request) -> Response:
    here = ("socket", "assets/{address}", "{model}/columns", "{model}/thumbnails/{page}.png")
    known = [f"{live}/{path}" for path in (*here, "{model}/image/{example_id}.png")]
    # Not request.url, which cannot be had where the query is not UTF-8.
    return refusal(404, f"there is nothing at {live}/{request.path_params['rest']}", known)
