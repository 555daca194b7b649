"""What the page Open is sent or given: kept by its content, named safely, and never read from elsewhere."""

import numpy as np
import pytest

from explorer import datasets
from explorer.ui.pages.open import sent
from explorer.ui.state import allowed, workspace


@pytest.fixture(autouse=True)
def places(tmp_path, at, monkeypatch):
    """A folder of models, one of uploads, and one where the app was started."""
    for name in ("models", "uploads", "here", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("EXPLORER_UPLOADS", str(tmp_path / "uploads"))
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(sent, "_added", {})
    at(tmp_path / "models")
    return tmp_path


def npz(path, n=5):
    np.savez(path, x=np.zeros((n, 8, 8), np.uint8))
    return path.read_bytes()


def test_data_that_are_sent_can_be_loaded_and_are_kept_once(places):
    content = npz(places / "mine.npz")
    kept = {sent.keep_data("mine.npz", content) for _ in range(2)}
    assert len(kept) == 1
    (path,) = kept
    assert path.is_relative_to(places / "uploads")
    assert len(datasets.load(str(path), "all")) == 5
    assert list(sent.data_there()) == [str(path)]
    assert sent.title(str(path)) == "mine.npz (sent)"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../x.npz", "x.npz"),
        ("..\\..\\x.npz", "x.npz"),
        ("/etc/x.npz", "x.npz"),
        (".hidden.npz", "hidden.npz"),
        ("a b\n<script>.npz", "a-b-script-.npz"),
    ],
)
def test_a_name_is_never_a_path(places, name, expected):
    path = sent.keep_data(name, b"x")
    assert path.name == expected
    assert path.parent.parent == places / "uploads" / "data"


@pytest.mark.parametrize("name", ["x.pkl", "x.pt", "x", ".npz", "x.npz.exe"])
def test_what_is_not_read_is_not_kept(places, name):
    with pytest.raises(ValueError, match=r"expected one of \.npz"):
        sent.keep_data(name, b"x")
    assert not list((places / "uploads").iterdir())


def test_what_is_too_large_is_not_kept(places, monkeypatch):
    monkeypatch.setattr(sent, "MAX_BYTES", 1 << 20)
    with pytest.raises(ValueError, match="expected at most 1 MiB"):
        sent.keep_data("x.npz", bytes((1 << 20) + 1))


def test_a_checkpoint_that_is_sent_opens(places, copied):
    folder = copied / "tiny"
    files = {name: (folder / name).read_bytes() for name in ("config.json", "model.safetensors")}
    kept = sent.keep_model("../tiny two", files)
    assert kept.name == "tiny-two"
    name = workspace.current().add(kept)
    assert name in workspace.current().names()
    assert workspace.current().folder(name) == kept
    with pytest.raises(ValueError, match=r"expected config\.json and model\.safetensors, found config\.json"):
        sent.keep_model("half", {"config.json": b"{}"})


def test_paths_inside_the_folders_are_read_and_no_others(places, monkeypatch):
    for folder in ("here", "models", "elsewhere"):
        (places / folder / "x.csv").write_text("a\n1\n")
    assert allowed.allowed("x.csv") == places / "here" / "x.csv"
    assert allowed.allowed(f" {places / 'models' / 'x.csv'} ") == places / "models" / "x.csv"
    (places / "here" / "link.csv").symlink_to(places / "elsewhere" / "x.csv")
    for outside in (
        places / "elsewhere" / "x.csv",
        "../elsewhere/x.csv",
        "link.csv",
        "/etc/passwd",
        "",
        "~root",
        "\0",
    ):
        with pytest.raises(ValueError, match="expected a file or folder in one of") as caught:
            allowed.allowed(str(outside))
        # Whether it is there is not told.
        assert "found none there" in str(caught.value)
    monkeypatch.setenv("EXPLORER_ROOTS", str(places / "elsewhere"))
    assert allowed.allowed("link.csv") == places / "elsewhere" / "x.csv"
