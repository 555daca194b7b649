"""Questions to the atlas's table, answered by DuckDB on the Parquet files in place.

Every question can be narrowed to a set of rows and to some labels. A row is an example's place in the whole atlas: its
place in the shards, one after the other.

`ask` runs the SQL, `pages` are rows to read, `find` says which rows hold something, `summary` is figures over many
rows.
"""

from explorer.atlas.query.ask import ROW
from explorer.atlas.query.find import matching, search, within
from explorer.atlas.query.pages import count, page
from explorer.atlas.query.summary import Histogram, Mean, counts, histogram, limits, means

__all__ = [
    "ROW",
    "Histogram",
    "Mean",
    "count",
    "counts",
    "histogram",
    "limits",
    "matching",
    "means",
    "page",
    "search",
    "within",
]
