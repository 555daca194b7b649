"""Makes a file, a message or an address wrong: in its bytes, or in what they say, so that what lies behind a length, a
checksum or a parser is reached too."""

from __future__ import annotations

import io
import json
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 1 << 16
INTEGERS = (
    0,
    1,
    2,
    7,
    127,
    128,
    255,
    256,
    2**15,
    2**16 - 1,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**53,
    2**63 - 1,
    2**63,
)
# In the place of a value of JSON; a quarter of a case's changes are to another value of the same case.
VALUES: tuple[Any, ...] = (
    *(None, True, False, "", [], {}, [[]], [None], {"": {}}, 0, -1, -2, 3, 0.5, -0.0, 5e-324, 1e308, -1e308),
    *(float("nan"), float("inf"), 10**30, 10**400, *INTEGERS, *(-n for n in INTEGERS)),
    *(
        "\0",
        "\ud800",
        "\u202e",
        "..",
        "../x",
        "/dev/zero",
        "a/b",
        "x" * 3000,
        "9" * 5000,
        "NaN",
        "1e999",
        "٣",
        "²",
    ),
    *(
        "learned",
        "per_element",
        "linear",
        "conv",
        "axes:0,1",
        "pca",
        "umap",
        [1] * 300,
        ["a"] * 5000,
        [0.1, "a"],
    ),
)
TOKENS = (
    *(
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"-0",
        b"1e-400",
        b"9" * 5000,
        b"[" * 5000,
        b'{"a":' * 3000,
        b"(" * 300,
    ),
    *(
        b"\0",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\\ud800",
        b"\\u0000",
        b"\r\n",
        b"\xc2\xb2",
        b"\xd9\xa3",
    ),
    *(
        b'"a":1,"a":2,',
        b"null",
        b"true",
        b"[]",
        b"{}",
        b",",
        b":",
        b'"',
        b"'",
        b"&",
        b"=",
        b"%00",
        b";",
        b"@",
        b"+",
    ),
    *(
        b"|V0",
        b"<U0",
        b"<U1",
        b"|S0",
        b"|O",
        b"|b1",
        b"|u1",
        b"<f2",
        b">f8",
        b"<f16",
        b"<c8",
        b"<M8[s]",
        b"<i8",
    ),
    *(
        b"(-1,)",
        b"(0,)",
        b"()",
        b"(1, 1, 1, 1)",
        b"(4611686018427387904, 4)",
        b"True",
        b"[('a','<f4')]",
        b"(2,True)",
    ),
    *(
        b"F8_E4M3",
        b"BF16",
        b"F64",
        b"I64",
        b"BOOL",
        b"__metadata__",
        b"localhost",
        b"[::1]",
        b"https://",
        b"*",
    ),
)


@dataclass(frozen=True)
class Layout:
    """Of what parts a format consists. Where `split` fails the content is one part."""

    split: Callable[[bytes], list[bytes]]
    join: Callable[[list[bytes]], bytes]


WHOLE = Layout(lambda content: [content], lambda parts: parts[0])


class Mutator:
    """Changes that follow from a source of random numbers alone.

    Args:
        rng: the source.
        layout: of the format.
    """

    def __init__(self, rng: random.Random, layout: Layout = WHOLE):
        self._rng, self._layout = rng, layout

    def changed(self, content: bytes, other: bytes) -> bytes:
        """The content after one to four changes, some of them pieces of another content."""
        for _ in range(self._rng.choice((1, 1, 1, 2, 2, 3, 4))):
            content = self._once(content, other)[:LONGEST]
        return content

    def _once(self, content: bytes, other: bytes) -> bytes:
        if self._rng.random() < 0.2:
            return self._bytes(content, other)
        try:
            parts, others = self._layout.split(content), self._layout.split(other)
            place = self._rng.randrange(len(parts))
            parts[place] = self._part(parts[place], self._rng.choice(others))
            return self._layout.join(parts)
        # A content that was damaged before fails here in as many ways as there are.
        except Exception:
            return self._bytes(content, other)

    def _part(self, part: bytes, other: bytes) -> bytes:
        if part[:1] in (b"{", b"[") and self._rng.random() < 0.7:
            try:
                return self._json(json.loads(part))
            except (ValueError, RecursionError):
                pass
        return self._bytes(part, other)

    def _bytes(self, content: bytes, other: bytes) -> bytes:
        change = self._rng.choice((_flip, _flip, _cut, _insert, _repeat, _splice, _number))
        return change(self._rng, content, other)

    def _json(self, value: Any) -> bytes:
        places = _places(value)
        if places:
            holder, key = self._rng.choice(places)
            self._change(holder, key, places)
        text = json.dumps(value, ensure_ascii=self._rng.random() < 0.5)
        return text.encode("utf-8", "surrogatepass")

    def _change(self, holder: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
        """One place of a JSON value takes another value, that of another place, goes, or comes again."""
        how = self._rng.randrange(8)
        if how == 0:
            del holder[key]
        elif how == 1 and isinstance(holder, list):
            holder.insert(key, holder[key])
        elif how == 1:
            holder[self._rng.choice(("x", "a\0", "\ud800", "units", "offset"))] = holder[key]
        elif how in (2, 3):
            other, place = self._rng.choice(places)
            holder[key] = json.loads(json.dumps(other[place]))
        elif how == 4 and type(holder[key]) in (int, float):
            holder[key] = self._rng.choice((holder[key] + 1, holder[key] - 1, -holder[key], 2 * holder[key]))
        else:
            holder[key] = self._rng.choice(VALUES)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a JSON value, by what holds it and under which key."""
    found, left = [], [value]
    while left:
        holder = left.pop()
        if isinstance(holder, dict | list):
            keys = list(holder) if isinstance(holder, dict) else range(len(holder))
            found += [(holder, key) for key in keys]
            left += [inner for key in keys if isinstance(inner := holder[key], dict | list)]
    return found


def _span(rng: random.Random, content: bytes) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    return start, min(len(content), start + rng.choice((1, 1, 2, 4, 8, 32, 256)))


def _flip(rng: random.Random, content: bytes, _other: bytes) -> bytes:
    found = bytearray(content or b"\0")
    found[rng.randrange(len(found))] = rng.choice((0, 255, 128, rng.randrange(256), 48 + rng.randrange(10)))
    return bytes(found)


def _cut(rng: random.Random, content: bytes, _other: bytes) -> bytes:
    start, end = _span(rng, content)
    return content[:start] if rng.random() < 0.2 else content[:start] + content[end:]


def _insert(rng: random.Random, content: bytes, _other: bytes) -> bytes:
    start, end = _span(rng, content)
    return content[:start] + rng.choice(TOKENS) + content[rng.choice((start, end)) :]


def _repeat(rng: random.Random, content: bytes, _other: bytes) -> bytes:
    start, end = _span(rng, content)
    return content[:end] + content[start:end] * rng.choice((1, 1, 2, 50)) + content[end:]


def _splice(rng: random.Random, content: bytes, other: bytes) -> bytes:
    start, end = _span(rng, content)
    begin, stop = _span(rng, other)
    return content[:start] + other[begin:stop] + content[end:]


def _number(rng: random.Random, content: bytes, _other: bytes) -> bytes:
    start, width = rng.randrange(len(content) + 1), rng.choice((1, 2, 4, 8))
    value = rng.choice((*INTEGERS, -1, -2)) & (256**width - 1)
    return content[:start] + value.to_bytes(width, rng.choice(("little", "big"))) + content[start + width :]


def _split_tensors(content: bytes) -> list[bytes]:
    end = 8 + int.from_bytes(content[:8], "little")
    return [content[8:end], content[end:]]


def _join_tensors(parts: Sequence[bytes]) -> bytes:
    return struct.pack("<Q", len(parts[0])) + b"".join(parts)


def _split_array(content: bytes) -> list[bytes]:
    end = 10 + int.from_bytes(content[8:10], "little")
    return [content[6:8], content[10:end], content[end:]]


def _join_array(parts: Sequence[bytes]) -> bytes:
    version, header, values = parts
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + values


def _split_archive(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = [(entry.filename.encode(), archive.read(entry)) for entry in archive.infolist()[:8]]
    return [part for name, array in entries for part in (name, *_split_array(array))]


def _join_archive(parts: Sequence[bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for start in range(0, len(parts), 4):
            name = parts[start].decode("utf-8", "replace")
            entry = zipfile.ZipInfo(name)
            # Not by writestr's name, which warns where one comes twice.
            with archive.open(entry, "w") as stream:
                stream.write(_join_array(parts[start + 1 : start + 4]))
    return file.getvalue()


def _split_entries(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = [(entry.filename.encode(), archive.read(entry)) for entry in archive.infolist()]
    return [part for entry in entries for part in entry]


def _join_entries(parts: Sequence[bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in zip(parts[::2], parts[1::2], strict=True):
            # Not by writestr's name, which warns where one comes twice.
            with archive.open(zipfile.ZipInfo(name.decode("utf-8", "replace")), "w") as stream:
                stream.write(content)
    return file.getvalue()


def _split_tar(content: bytes) -> list[bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        members = [(member.name.encode(), archive.extractfile(member)) for member in archive.getmembers()[:8]]
        return [part for name, file in members if file for part in (name, file.read())]


def _join_tar(parts: Sequence[bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in zip(parts[::2], parts[1::2], strict=True):
            member = tarfile.TarInfo(name.decode("utf-8", "replace"))
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


ENTRIES = Layout(_split_entries, _join_entries)
TENSORS = Layout(_split_tensors, _join_tensors)
ARRAY = Layout(_split_array, _join_array)
ARCHIVE = Layout(_split_archive, _join_archive)
TAR = Layout(_split_tar, _join_tar)
LINES = Layout(lambda content: content.split(b"\n"), b"\n".join)
