"""Routes that are imported late: made once, with their whole path, for requests and sockets alike."""

import asyncio
import gc
import subprocess
import sys

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router

from explorer.ui.startup import Late, spare_the_collector


@pytest.fixture
def counted():
    made = []

    def make():
        made.append(1)
        return Router(
            [Route("/live/{name}/columns", lambda request: PlainTextResponse(request.path_params["name"]))]
        )

    return Late(make), made


def test_the_application_is_made_once_at_the_first_request(counted):
    late, made = counted
    app = Router(late.routes("/live"))

    async def ask():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await asyncio.gather(*(client.get(f"/live/{name}/columns") for name in "abc"))

    assert made == []
    assert [reply.text for reply in asyncio.run(ask())] == ["a", "b", "c"]
    assert made == [1]


def test_sockets_are_handed_on_as_well(counted):
    late, _ = counted
    assert {type(route).__name__ for route in late.routes("/live")} == {"Route", "WebSocketRoute"}


def test_the_app_answers_before_torch_is_imported():
    # A thread imports it meanwhile, so that is replaced by nothing.
    code = (
        "import threading; threading.Thread.start = lambda self: None\n"
        "import sys, streamlit_app\n"
        "print([m for m in ('torch', 'umap', 'scipy') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_what_is_imported_is_left_out_of_later_collections():
    before = gc.get_freeze_count()
    try:
        spare_the_collector()
        assert gc.get_freeze_count() > before + 10_000
    finally:
        gc.unfreeze()
