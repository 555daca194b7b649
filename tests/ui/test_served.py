"""Two ways to start the app, and that they are one."""

import ast
from pathlib import Path

import pytest
from streamlit import config
from streamlit.web.server.app_discovery import discover_asgi_app

from explorer.ui import served

ROOT = Path(__file__).parents[2]
SCRIPTS = (ROOT / "streamlit_app.py", served.SCRIPT)


def code(script):
    """A script but for its docstring."""
    return [ast.unparse(node) for node in ast.parse(script.read_text()).body[1:]]


@pytest.mark.parametrize("script", SCRIPTS)
def test_streamlit_finds_the_app_in_each_script(script):
    assert discover_asgi_app(script).import_string == "streamlit_app:app"


def test_both_scripts_serve_the_same():
    assert code(SCRIPTS[0]) == code(SCRIPTS[1])


def test_both_ways_have_the_same_settings():
    """By the file that Streamlit reads beside a script, wherever it is started from."""
    here, packaged = ((script.parent / ".streamlit" / "config.toml").read_text("utf-8") for script in SCRIPTS)
    assert here == packaged


def test_streamlit_reads_the_settings_beside_its_script(monkeypatch):
    monkeypatch.setattr(config, "_main_script_path", str(served.SCRIPT))
    # The last one decides.
    assert config.get_config_files("config.toml")[-1] == str(
        served.SCRIPT.parent / ".streamlit" / "config.toml"
    )
