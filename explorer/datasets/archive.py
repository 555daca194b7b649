"""Gzipped IDX files with known content: from a local folder, or downloaded and kept in a cache.

The SHA-256 is that of the uncompressed IDX content, so that any copy is accepted, however it was
compressed, and none that holds other data. Nothing is ever decompressed past the known size.
"""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.datasets.error import DatasetError
from explorer.files import read, write

TIMEOUT_SECONDS = 60
# Of a compressed file; the largest of these has 26 MB.
_MOST_BYTES = 1 << 28


@dataclass(frozen=True)
class Member:
    """What one file holds: uncompressed size in bytes and SHA-256 (hex) of the uncompressed content."""

    n_bytes: int
    sha256: str


@dataclass(frozen=True)
class Archive:
    """Files of one data set at one address.

    Args:
        name: the folder's name under a local root
        url: address that a file's name completes, with its slash
        members: file name (ending in .gz) -> what it holds
    """

    name: str
    url: str
    members: Mapping[str, Member]


def content(archive: Archive, file: str, root: Path | None, cache: Path | None = None) -> bytes:
    """The uncompressed, verified content of a file: `root/<name>/<file>` where it exists, else downloaded.

    Args:
        archive: where the file belongs
        file: its name, one of `archive.members`
        root: a local folder, or None
        cache: where downloads are kept; the user's cache folder by default

    Raises:
        DatasetError: wrong content, or neither a local file nor a download
    """
    local = None if root is None else Path(root) / archive.name / file
    if local is not None and local.exists():
        return verified(local, archive.members[file])
    return verified(_downloaded(archive, file, local, cache), archive.members[file])


def verified(path: Path, member: Member) -> bytes:
    """The uncompressed content of a .gz file after its size and SHA-256 were checked.

    Raises:
        DatasetError: unreadable, truncated, not gzip, or other content
    """
    advice = "Delete this file and get it again from its source."
    try:
        found = unpacked(read.content(path, _MOST_BYTES), member.n_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(path, "gzip", "a readable gzip file", error, advice) from error
    digest = hashlib.sha256(found).hexdigest()
    if digest != member.sha256:
        raise DatasetError(
            path,
            "sha256 of the uncompressed content",
            f"{member.sha256} ({member.n_bytes} bytes)",
            f"{digest} (of the first {len(found)} bytes)",
            advice,
        )
    return found


def unpacked(content: bytes, most_bytes: int) -> bytes:
    """The first bytes of what a .gz file holds, in one or several parts: at once, as `gzip` takes 8 KiB at a time."""
    found = b""
    while content and len(found) < most_bytes:
        part = zlib.decompressobj(zlib.MAX_WBITS | 16)
        found += part.decompress(content, most_bytes - len(found))
        if not part.eof and len(found) < most_bytes:
            raise EOFError("it ends before its content does")
        content = part.unused_data
    return found


def cache_folder() -> Path:
    """Where downloads are kept."""
    import pooch

    return Path(pooch.os_cache("latent-explorer"))


def _downloaded(archive: Archive, file: str, local: Path | None, cache: Path | None) -> Path:
    """Path of the file in the cache, after a download where it was not there."""
    import pooch

    folder = (cache or cache_folder()) / archive.name
    if (folder / file).exists():
        return folder / file
    try:
        # known_hash=None: the caller checks the content itself, whatever the compression.
        pooch.retrieve(
            url=archive.url + file,
            known_hash=None,
            fname=f"{file}.part",
            path=folder,
            downloader=pooch.HTTPDownloader(timeout=TIMEOUT_SECONDS),
        )
    except OSError as error:
        raise _unavailable(archive, file, local, folder, error) from error
    part = folder / f"{file}.part"
    try:
        verified(part, archive.members[file])
    except DatasetError:
        part.unlink()
        raise
    write.rename(part, folder / file)
    return folder / file


def _unavailable(
    archive: Archive, file: str, local: Path | None, folder: Path, error: Exception
) -> DatasetError:
    looked = [str(path) for path in (local, folder / file) if path is not None]
    advice = (
        f"Connect to the network, or put {file} under <folder>/{archive.name}/ and give that folder as the "
        "data root (the setting EXPLORER_DATA)."
    )
    return DatasetError(
        archive.url + file, "download", f"the file there, or at {' or '.join(looked)}", error, advice
    )
