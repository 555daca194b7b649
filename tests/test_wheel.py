"""The package as others have it: a wheel of the tree, installed where nothing else of the repository is."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]
SECONDS = 60


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy: setuptools leaves its work in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns("__pycache__", "*.partial")
    for name in ("explorer", "checkpoints/digits-2d"):
        shutil.copytree(ROOT / name, folder / "tree" / name, ignore=ignored)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "tree" / name)
    pip("wheel", "--no-build-isolation", "--wheel-dir", folder, folder / "tree")
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The folder that it was installed into, without what it needs."""
    target = tmp_path_factory.mktemp("installed")
    pip("install", "--no-index", "--no-compile", "--target", target, wheel)
    return target


def pip(command, *arguments):
    quiet = ("--no-deps", "--quiet", "--disable-pip-version-check")
    words = [sys.executable, "-m", "pip", command, *quiet, *map(str, arguments)]
    subprocess.run(words, check=True, capture_output=True, text=True)


@pytest.mark.slow
def test_the_wheel_holds_what_the_app_reads_and_nothing_of_the_tests(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert wheel.name.startswith("vae_explorer-")
    tree = {p.relative_to(ROOT).as_posix() for p in (ROOT / "explorer").rglob("*") if p.is_file()}
    code = {name for name in tree if not name.endswith((".pyc", ".d.ts", ".md"))}
    assert code - names == set()
    model = {
        f"explorer/checkpoints/digits-2d/{n}"
        for n in ("config.json", "model.safetensors", "atlas/manifest.json")
    }
    assert model <= names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"explorer", "vae_explorer"}


@pytest.mark.slow
def test_the_installed_command_opens_the_model_that_it_carries_from_any_folder(installed, tmp_path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("EXPLORER_")}
    process = subprocess.Popen(
        [sys.executable, installed / "bin" / "vae-explorer", "open", "--no-browser"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(installed), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        home = process.stdout.readline().partition(" ")[0]
        assert httpx.get(f"{home}_stcore/health").text == "ok"
        columns = httpx.get(f"{home}live/digits-2d/columns?names=umap_x,umap_y,label", timeout=SECONDS)
        assert columns.is_success
        assert len(columns.content) % 12 == 0 < len(columns.content)
        assert (
            httpx.get(f"{home}live/fashion-mnist-16d/columns?names=label", timeout=SECONDS).status_code == 404
        )
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)
