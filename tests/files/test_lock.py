"""One writer a folder, and the second is told who the first is."""

import os
import subprocess
import sys

import pytest

from explorer.files import FileFault, lock
from explorer.files.lock import held


def test_a_folder_is_held_once_and_free_again_afterwards(tmp_path):
    with held(tmp_path / "work"):
        with (
            pytest.raises(FileFault, match=f"process {os.getpid()} on .*, since 20"),
            held(tmp_path / "work"),
        ):
            pytest.fail("held twice")
        assert {p.name for p in (tmp_path / "work").iterdir()} == {lock.LOCK_FILE, lock.HOLDER_FILE}
    assert not list((tmp_path / "work").iterdir())
    with held(tmp_path / "work"):
        pass


def test_a_folder_that_gets_another_name_is_let_go(tmp_path):
    with held(tmp_path / "work"):
        (tmp_path / "work").rename(tmp_path / "done")
    with held(tmp_path / "work"):
        pass


def test_what_was_killed_holds_nothing(tmp_path):
    code = "import os, sys; from pathlib import Path; from explorer.files.lock import held\n"
    code += "with held(Path(sys.argv[1])): os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code, tmp_path], check=False).returncode == 9
    assert (tmp_path / lock.HOLDER_FILE).exists()
    with held(tmp_path):
        pass
