"""How large anything from a browser may be: in a message on the socket, in a gesture, in a link."""

from __future__ import annotations

from typing import TypeGuard

# An offset of a few hundred numbers, written in full.
MAX_MESSAGE_BYTES = 16 * 1024
MAX_ID_LENGTH = 64
MAX_NAME_LENGTH = 256
# What a JavaScript number still counts exactly.
MAX_INTEGER = 2**53 - 1
# Far beyond any map, and its square is still a float32.
MAX_COORDINATE = 1e9
# Thousands of standard deviations of any prior.
MAX_OFFSET = 1e4
# Handles of one connection, and of one map. A path has fewer pins than this.
MAX_HANDLES = 32
MAX_LATENT_DIM = 4096
MAX_LABELS = 100_000


def is_count(value: object) -> TypeGuard[int]:
    """Whether JSON gave a whole number from 0 on."""
    # bool is an int in Python, but true is no count.
    return type(value) is int and 0 <= value <= MAX_INTEGER


def is_number(value: object) -> TypeGuard[float]:
    """Whether JSON gave a number; it may be not a number, or infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_coordinate(value: object) -> TypeGuard[float]:
    """Whether JSON gave a place along one axis."""
    return is_number(value) and abs(value) <= MAX_COORDINATE  # which nan and infinity are not


def is_offset(values: object) -> TypeGuard[list[float] | tuple[float, ...]]:
    """Whether JSON gave what may be added to a code."""
    if not isinstance(values, list | tuple) or len(values) > MAX_LATENT_DIM:
        return False
    # Types first: True would compare as a number. No call a number: a drag asks sixty times a second.
    return all(type(value) in (int, float) and -MAX_OFFSET <= value <= MAX_OFFSET for value in values)
