"""How the program is called again: as it was called."""

import shlex

import pytest

from explorer.cli import invocation


@pytest.mark.parametrize(
    ("first", "typed", "expected"),
    [
        ("/usr/local/bin/vae-explorer", ["python", "/usr/local/bin/vae-explorer"], "vae-explorer"),
        ("vae-explorer.exe", ["vae-explorer.exe"], "vae-explorer"),
        ("/lib/explorer/__main__.py", ["python3", "-m", "explorer"], "python3 -m explorer"),
        ("/lib/explorer/__main__.py", [".venv/bin/python", "-m", "explorer"], ".venv/bin/python -m explorer"),
        ("/lib/explorer/__main__.py", ["/a b/python", "-m", "explorer"], "'/a b/python' -m explorer"),
    ],
)
def test_the_program_is_called_as_it_was(monkeypatch, first, typed, expected):
    monkeypatch.setattr("sys.argv", [first])
    monkeypatch.setattr("sys.orig_argv", typed)
    assert invocation.program() == expected


def test_what_a_shell_would_part_stays_one_word():
    assert shlex.split(invocation.command("open", "my runs/vae"))[-2:] == ["open", "my runs/vae"]
