"""Which models the settings name, and with which one the app opens."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from explorer.ui.state import workspace
from explorer.workspace import Workspace
from tests import tiny


@pytest.fixture
def two(copied, tmp_path):
    """Two models from elsewhere, one of the name that the folder has already."""
    return [shutil.copytree(copied / "tiny", tmp_path / "runs" / "tiny"), tiny.save(tmp_path / "b")]


def test_models_from_elsewhere_are_beside_those_of_the_folder(at, copied, two, monkeypatch):
    monkeypatch.setenv("EXPLORER_MODELS", os.pathsep.join(map(str, two)))
    at(copied)
    assert workspace.current().names() == ("b", "tiny", "tiny (runs)")
    assert workspace.first_name() == "tiny (runs)"


def test_without_any_the_first_of_the_folder_is_opened(at, copied, monkeypatch):
    monkeypatch.setenv("EXPLORER_MODELS", "")
    at(copied)
    assert workspace.current().names() == ("tiny",)
    assert workspace.first_name() == "tiny"


def test_of_what_is_shipped_the_larger_model_is_opened(at):
    at(workspace.SHIPPED)
    assert workspace.first_name() == workspace.PREFERRED


def test_whoever_asks_at_the_same_time_has_the_same_one(at, stored, monkeypatch):
    at(stored)

    def slow(*arguments):
        time.sleep(0.05)
        return Workspace(*arguments)

    monkeypatch.setattr(workspace, "Workspace", slow)
    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(lambda _: workspace.current(), range(4)))
    assert len(found) == 1
