"""The shipped models as they are opened, and the tiny one."""

import pytest

from explorer.workspace import Entry, Workspace
from tests.browser.servers import SHIPPED


@pytest.fixture(scope="session")
def digits_2d() -> Entry:
    return Workspace(SHIPPED).open("digits-2d")


@pytest.fixture(scope="session")
def fashion_16d() -> Entry:
    return Workspace(SHIPPED).open("fashion-mnist-16d")


@pytest.fixture(scope="session")
def tiny_entry(stored) -> Entry:
    return Workspace(stored).open("tiny")
