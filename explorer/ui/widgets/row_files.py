"""Rows to take home as files, in nats: written when a person asks for them, not before."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from streamlit.delta_generator import DeltaGenerator

# Rows that are turned into JSON at once: as Python's text they take some hundred times a row's bytes.
_BLOCK = 50_000


@dataclass(frozen=True)
class FileKind:
    """A kind of file: its name, the key of its button and ending, its type, and what writes it."""

    name: str
    ending: str
    mime: str
    write: Callable[[pa.Table], bytes]


def buttons(place: DeltaGenerator, stem: str, rows: Callable[[], pa.Table]) -> None:
    """A button a kind of file; the rows are asked for when one is pressed."""
    for kind in FILE_KINDS.values():
        place.download_button(
            kind.name,
            _writing(kind, rows),
            f"{stem}-scores.{kind.ending}",
            kind.mime,
            key=kind.ending,
            icon=":material/download:",
            on_click="ignore",
        )


def _writing(kind: FileKind, rows: Callable[[], pa.Table]) -> Callable[[], bytes]:
    return lambda: kind.write(rows())


def to_csv(rows: pa.Table) -> bytes:
    """Comma-separated, with a head."""
    out = io.BytesIO()
    pyarrow.csv.write_csv(rows, out)
    return out.getvalue()


def to_parquet(rows: pa.Table) -> bytes:
    """Parquet, as the atlas itself."""
    out = io.BytesIO()
    pq.write_table(rows, out)
    return out.getvalue()


def to_json(rows: pa.Table) -> bytes:
    """An array of objects, one a row; JSON has no NaN and no infinity: they are null."""
    return b"[" + b",\n".join(_records(rows)) + b"]\n"


def _records(rows: pa.Table) -> Iterator[bytes]:
    for start in range(0, rows.num_rows, _BLOCK):
        text = rows.slice(start, _BLOCK).to_pandas().to_json(orient="records", double_precision=15)
        yield text.encode().removeprefix(b"[").removesuffix(b"]")


FILE_KINDS: Mapping[str, FileKind] = {
    kind.ending: kind
    for kind in (
        FileKind("CSV", "csv", "text/csv", to_csv),
        FileKind("Parquet", "parquet", "application/vnd.apache.parquet", to_parquet),
        FileKind("JSON", "json", "application/json", to_json),
    )
}
