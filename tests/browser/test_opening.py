"""The first look: the shipped model, all of it from the app's own server."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import unquote, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.browser.servers import SHIPPED, serving
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def test_the_app_opens_on_ten_thousand_garments_and_asks_no_other_host(newcomer: Visitor) -> None:
    newcomer.open()
    expect(newcomer.map).to_have_attribute("data-model", "fashion-mnist-16d")
    expect(newcomer.page.get_by_test_id("map-footer")).to_contain_text("10,000 examples")
    expect(newcomer.at_the_handle).to_be_visible()
    expect(newcomer.page.get_by_test_id("decoded")).to_be_visible()
    home = urlsplit(newcomer.address).netloc
    asked = [urlsplit(url) for url in newcomer.requests]
    strangers = {url.geturl() for url in asked if url.scheme not in ("data", "blob") and url.netloc != home}
    assert len(asked) > 20
    assert not strangers
    assert not newcomer.faults


def test_the_first_minute_is_explained_until_the_first_drag(newcomer: Visitor) -> None:
    newcomer.open("?model=digits-2d")
    hint = newcomer.page.get_by_test_id("map-hint")
    expect(hint).to_contain_text("Drag the handle")
    newcomer.drag_out(newcomer.handles.first, 40, 30)
    newcomer.page.mouse.up()
    expect(hint).to_be_hidden()
    newcomer.page.reload()
    newcomer.page.wait_for_selector('[data-testid="latent-map"][data-ready="true"]')
    expect(hint).to_be_hidden()


def test_a_model_from_elsewhere_is_shown_beside_one_of_its_name(arrive: Arrive, tmp_path: Path) -> None:
    elsewhere = shutil.copytree(SHIPPED / "digits-2d", tmp_path / "my runs" / "digits-2d")
    with serving(None, tmp_path / "server.log", settings={"EXPLORER_MODELS": str(elsewhere)}) as address:
        visitor = arrive(address)
        visitor.open("?" + urlencode({"model": "digits-2d (my runs)"}))
        expect(visitor.map).to_have_attribute("data-model", "digits-2d (my runs)")
        expect(visitor.page.get_by_test_id("decoded")).to_be_visible()
        pictures = [url for url in visitor.requests if "/thumbnails/" in url or "/columns?" in url]
        assert pictures
        assert all("/digits-2d (my runs)/" in unquote(url) for url in pictures)
        assert not visitor.faults
