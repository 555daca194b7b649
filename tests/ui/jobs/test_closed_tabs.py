"""A real Streamlit, and tabs that close: their work ends, and what Streamlit keeps of them is let go."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import streamlit as st
import websockets.sync.client
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
ROOT = HERE.parents[2]
KEPT_SECONDS = 2


@pytest.fixture(scope="module")
def ticks(tmp_path_factory):
    """The file that the work writes to."""
    path = tmp_path_factory.mktemp("ticking") / "ticks"
    path.touch()
    return path


@pytest.fixture(scope="module")
def server(ticks):
    """The page of `ticking.py` behind Streamlit: its process and port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(HERE / "ticking.py"), f"--server.port={port}"]
    command += ["--server.address=127.0.0.1", f"--server.disconnectedSessionTTL={KEPT_SECONDS}"]
    environment = {**os.environ, "TICKS": str(ticks), "PYTHONPATH": str(ROOT)}
    with (ticks.parent / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_for_start(port)
            yield process, port
        finally:
            process.terminate()
            process.wait(20)


def _wait_for_start(port):
    for _ in range(200):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/_stcore/health").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not start")


@contextmanager
def tab(port, session_id=""):
    """A tab whose page has run; gives its session's id. With an id, one that connects again."""
    known = ["streamlit", "x", session_id] if session_id else ["streamlit"]
    with websockets.sync.client.connect(
        f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=known, max_size=None
    ) as stream:
        run = BackMsg()
        run.rerun_script.query_string = ""
        stream.send(run.SerializeToString())
        found = ""
        while True:
            said = ForwardMsg.FromString(stream.recv(20))
            if said.WhichOneof("type") == "new_session":
                found = said.new_session.initialize.session_id
            if said.WhichOneof("type") == "script_finished":
                break
        yield found


def n_ticks(ticks, seconds):
    """How much is done in so many seconds."""
    before = ticks.stat().st_size
    time.sleep(seconds)
    return ticks.stat().st_size - before


def test_the_work_of_a_closed_tab_ends(server, ticks):
    _, port = server
    with tab(port):
        assert n_ticks(ticks, 1.5) > 5
    time.sleep(2)
    assert n_ticks(ticks, 0.5) == 0


def test_a_tab_that_connects_again_finds_its_work_going_on(server, ticks):
    _, port = server
    with tab(port) as first:
        pass
    time.sleep(0.4)
    with tab(port, first) as again:
        assert again == first
        # Longer than it would be waited for; and it is one piece of work, not a second one.
        time.sleep(1.5)
        assert 3 <= n_ticks(ticks, 1) <= 11


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts what Linux lists")
def test_what_is_kept_of_closed_tabs_is_let_go(server):
    process, port = server

    def n_open():
        return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))

    before = n_open()
    with ExitStack() as tabs:
        for _ in range(8):
            tabs.enter_context(tab(port))
        assert n_open() >= before + 8 * 3
    time.sleep(KEPT_SECONDS + 0.5)
    with tab(port):
        pass
    time.sleep(0.5)
    assert n_open() <= before + 6


def test_the_app_lets_go_of_closed_tabs_within_half_a_minute():
    assert st.get_option("server.disconnectedSessionTTL") <= 30
