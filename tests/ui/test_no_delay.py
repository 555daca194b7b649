"""Replies are sent at once, whoever bound the socket."""

from __future__ import annotations

import socket

import pytest

from explorer.ui.no_delay import send_at_once


def waits(connection: socket.socket) -> bool:
    """Whether small packets wait for the other side's word on earlier ones."""
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0


@pytest.mark.parametrize("family, address", [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_connection_to_a_listening_socket_does_not_wait(family: socket.AddressFamily, address: str) -> None:
    # As Streamlit binds its own: no protocol is named.
    with socket.socket(family) as listening:
        listening.bind((address, 0))
        listening.listen()
        listening.setblocking(False)
        assert waits(listening)
        assert send_at_once() >= 1
        assert not listening.getblocking()
        with socket.create_connection(listening.getsockname()[:2], timeout=5):
            listening.settimeout(5)
            accepted, _ = listening.accept()
            with accepted:
                assert not waits(accepted)


def test_other_sockets_are_left_alone() -> None:
    with socket.socket() as idle, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        send_at_once()
        assert waits(idle)
        assert datagrams.fileno() >= 0
