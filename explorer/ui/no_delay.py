"""Replies that are sent at once: Nagle's algorithm off on the socket that the server listens on.

Streamlit (1.67) binds its socket without naming TCP, and asyncio turns the algorithm off only where TCP is named. Head
and body of a reply are two packets; the second then waits for the browser to acknowledge the first, which it puts off
for 40 ms: at every script, column and image of a page. An accepted connection takes this setting from the listening
socket, which is there before the app's module is imported.
"""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress

# Streamlit's is among the first that are opened.
_N_DESCRIPTORS = 256


def send_at_once() -> int:
    """Sets TCP_NODELAY on every TCP socket on which this process listens; returns how many these are."""
    return sum(_set(descriptor) for descriptor in range(_N_DESCRIPTORS) if _is_socket(descriptor))


def _is_socket(descriptor: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def _set(descriptor: int) -> bool:
    # A copy, so that closing it leaves the server's own open.
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as copy:
        is_tcp = copy.family in (socket.AF_INET, socket.AF_INET6) and copy.type == socket.SOCK_STREAM
        if is_tcp and copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            copy.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return True
    return False
