"""How the server answers, without a browser between."""

from __future__ import annotations

import re
from time import perf_counter

import httpx
import pytest

from explorer.ui.browser.component import version

pytestmark = pytest.mark.browser

ASSET = f"/live/assets/{version()}/ui/map/map.js"


def test_the_body_of_a_reply_does_not_wait_for_word_on_its_head(shipped_address: str) -> None:
    with httpx.Client(base_url=shipped_address) as client:
        took = []
        for _ in range(12):
            began = perf_counter()
            assert client.get(ASSET).is_success
            took.append(perf_counter() - began)
    # A body that waits does so for 40 ms, each time but the first; a busy machine is not slow each time.
    assert min(took[4:]) < 0.03


def test_a_script_is_kept_by_the_browser(shipped_address: str) -> None:
    reply = httpx.get(f"{shipped_address}{ASSET}")
    assert "immutable" in reply.headers["cache-control"]
    assert re.search(r"^import .* from \"\.\./browser/", reply.text, re.M)
