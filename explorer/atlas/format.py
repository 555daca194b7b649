"""The atlas folder: `manifest.json`, and `rows/` with Parquet shards, one row an example.

    example_id int64 | label int32 | mean, log_variance list<float32>[d] | scores float64 | map coordinates float32

Scores and their units are named in `UNITS`. Every map `m` has the columns `m_x`, `m_y`. `code_radius` is the local
scale of the example's code, by which support is measured; `known_errors` says which of the errors are known. Nothing in
the folder depends on when or where it was made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from explorer.bounds.decisions import LadderSettings
from explorer.files import FileFault, read
from explorer.latent.maps import MAPS, FitSettings
from explorer.latent.maps.pca import stored_plane

FORMAT_VERSION = 2
MANIFEST_FILE = "manifest.json"
# Nothing but the shards lies there, so that pandas, Polars and DuckDB read the folder as one table.
ROWS_FOLDER = "rows"

UNITS: Mapping[str, str] = {
    "elbo_nats": "nats, mean of the log-weights",
    "elbo_se": "nats, one standard error",
    "elbo_analytic_nats": "nats, E_q log p(x|z) - KL[q(z|x) || p(z)]",
    "log_px_nats": "nats, log p(x) by importance sampling from a proposal that fits the example",
    "log_px_se": "nats, one standard error",
    "log_px_low_nats": "nats, lower end of the 95% interval of log p(x)",
    "log_px_high_nats": "nats, upper end of the 95% interval of log p(x)",
    "gap_nats": "nats, log_px_nats - elbo_nats",
    "gap_se": "nats, one standard error",
    "kl_nats": "nats, KL[q(z|x) || p(z)]",
    "distortion_nats": "nats, -E_q log p(x|z)",
    "distortion_se": "nats, one standard error",
    "encoder_log_px_nats": "nats, log (1/K) sum w with K draws of the encoder's q: the papers' protocol",
    "encoder_log_px_se": "nats, one standard error",
    "encoder_ess": "draws, (sum w)^2 / sum w^2 of the encoder's",
    "encoder_pareto_k": "shape of the right tail of the encoder's weights",
    "encoder_n_samples": "draws of the encoder's q",
    "ess": "draws, (sum w)^2 / sum w^2",
    "pareto_k": "shape of the weights' right tail",
    "n_samples": "draws, K",
    "n_spent": "draws decoded in all for this example",
    "proposal": "what the draws came from: encoder, laplace, adapted or annealed",
    "reason": "why the proposal before that would not do",
    "trust": "good, usable or unreliable",
}
# The columns of words among them, and of whole numbers.
TEXTS = ("proposal", "reason", "trust")
COUNTS = ("encoder_n_samples", "n_samples", "n_spent")
# Of a manifest: some pages of JSON, and the names of its labels.
MAX_BYTES = 16 << 20
MAX_LABELS = 10_000


class AtlasError(FileFault):
    """An atlas folder that cannot be used or built."""


@dataclass(frozen=True)
class Shard:
    """One Parquet file: its name, rows, size and sha256."""

    file: str
    n_rows: int
    n_bytes: int
    sha256: str


@dataclass(frozen=True)
class DataSource:
    """The data an atlas was built from; enough to load it again and to know that it is the same."""

    name: str
    split: str
    digest: str
    kind: str
    shape: tuple[int, ...]
    label_names: tuple[str, ...]


@dataclass(frozen=True)
class AtlasSettings:
    """What fixes an atlas, together with weights and data.

    Attributes:
        n_samples: K draws of the encoder's q, for the ELBO.
        target_se: of log p(x), nats.
        max_samples: cap on the draws for it.
        seed: of draws and of UMAP.
        n_neighbours: UMAP's; 15 is its authors' default.
        min_dist: UMAP's; 0.1 is its authors' default.
        maps: which of `explorer.latent.maps.MAPS` to make.
    """

    n_samples: int = 512
    target_se: float = 0.05
    max_samples: int = 65_536
    seed: int = 0
    n_neighbours: int = 15
    min_dist: float = 0.1
    maps: tuple[str, ...] = tuple(MAPS)

    def __post_init__(self) -> None:
        if self.n_samples < 1:
            raise ValueError(f"the number of samples K must be at least 1, found {self.n_samples}")
        # What cannot be used is told here, before a folder is claimed for it.
        LadderSettings(self.target_se, self.max_samples)
        if len(set(self.maps)) < len(self.maps) or not set(self.maps) <= set(MAPS):
            raise ValueError(
                f"maps must be different ones of {', '.join(MAPS)}; found {', '.join(self.maps)}"
            )

    @property
    def fit(self) -> FitSettings:
        """What fixes a map, together with the codes."""
        return FitSettings(self.seed, self.n_neighbours, self.min_dist)


@dataclass(frozen=True)
class Growth:
    """How far an atlas is that is still being built.

    Attributes:
        n_elbo: examples that have their ELBO.
        n_scored: examples that have their trusted numbers.
    """

    n_elbo: int
    n_scored: int


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says.

    Attributes:
        settings: whose maps are those that were made.
        pca: the parameters of the PCA map, which every atlas has, whether the map is one of its own or not.
        map_parameters: those of the other maps that have any, by id.
        omitted: maps that could not be made of these codes, and why.
        growth: how far it is; None once it is whole.
    """

    format_version: int
    model_name: str
    model_digest: str
    data: DataSource
    settings: AtlasSettings
    n_examples: int
    latent_dim: int
    pca: Mapping[str, Any]
    shards: tuple[Shard, ...]
    map_parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    omitted: Mapping[str, str] = field(default_factory=dict)
    growth: Growth | None = None

    def parameters_of(self, map_id: str) -> Mapping[str, Any]:
        """What the chart of a stored map needs beside coordinates and codes."""
        return self.pca if map_id == "pca" else self.map_parameters.get(map_id, {})

    @property
    def identity(self) -> str:
        """sha256 of what fixes every number here, whole or not: weights, data, draws and seed."""
        settings = replace(self.settings, maps=())
        text = json.dumps([self.model_digest, self.data.digest, asdict(settings)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def digest(self) -> str:
        """sha256 of the manifest: it names every shard's checksum, so it stands for the whole atlas."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """The file's text; units are written for its readers and not read back."""
        content = asdict(self) | {"units": dict(UNITS)}
        for name in ("map_parameters", "omitted", "growth"):
            if not content[name]:
                del content[name]
        return json.dumps(content, indent=1, sort_keys=True) + "\n"


def rows_folder(folder: Path) -> Path:
    """Where the shards of an atlas lie; of older ones, beside the manifest."""
    rows = folder / ROWS_FOLDER
    return rows if rows.is_dir() else folder


def read_manifest(folder: Path) -> Manifest:
    """Reads and checks `manifest.json`.

    Raises:
        AtlasError: it is missing, damaged, or of another format.
    """
    path = folder / MANIFEST_FILE
    advice = f"Build it again: python -m explorer atlas CHECKPOINT --data NAME --out {folder}"
    if not path.exists():
        raise AtlasError(path, "file", "an atlas's manifest", "nothing", advice)
    try:
        content = json.loads(read.content(path, MAX_BYTES).decode("utf-8"))
        version = content["format_version"]
        if version != FORMAT_VERSION:
            raise AtlasError(path, "format_version", str(FORMAT_VERSION), repr(version), advice)
        content.pop("units", None)
        return _manifest(content)
    except AtlasError:
        raise
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise AtlasError(path, "content", "a manifest of this format", repr(error), advice) from error


def _manifest(content: dict[str, Any]) -> Manifest:
    data, settings = content["data"], content["settings"]
    data |= {k: tuple(data[k]) for k in ("shape", "label_names")}
    settings |= {"maps": tuple(settings["maps"])}
    shards = tuple(Shard(**s) for s in content["shards"])
    for shard in shards:
        # A name from a file is never a path. No file can have one with a NUL or half of a surrogate pair.
        if Path(shard.file).name != shard.file or not shard.file.isprintable():
            raise ValueError(f"shard name {shard.file!r} is a path, or no file's name")
    parts = {"data": DataSource(**data), "settings": AtlasSettings(**settings), "shards": shards}
    if content.get("growth") is not None:
        parts["growth"] = Growth(**content["growth"])
    manifest = Manifest(**{**content, **parts})
    _check_types(manifest)
    _check_counts(manifest)
    return manifest


def _check_types(manifest: Manifest) -> None:
    """JSON may hold anything in the place of a number or a name."""
    for name in (manifest.model_name, manifest.model_digest, *manifest.data.label_names):
        if not isinstance(name, str):
            raise TypeError(f"a name is {name!r}")
        # Half of a surrogate pair, which JSON can hold, can be sent to no page.
        name.encode()
    if not all(isinstance(text, str) for text in (*manifest.omitted, *manifest.omitted.values())):
        raise TypeError(f"omitted is {manifest.omitted!r}")
    for name in ("name", "split", "digest", "kind"):
        if not isinstance(getattr(manifest.data, name), str):
            raise TypeError(f"data.{name} is {getattr(manifest.data, name)!r}")
    counts = [n for shard in manifest.shards for n in (shard.n_rows, shard.n_bytes)]
    for n in (manifest.n_examples, manifest.latent_dim, *manifest.data.shape, *counts):
        if type(n) is not int or n < 1:
            raise TypeError(f"a count is {n!r}")
    if len(manifest.data.label_names) > MAX_LABELS:
        raise ValueError(f"{len(manifest.data.label_names)} names of labels, more than {MAX_LABELS}")


def _check_counts(manifest: Manifest) -> None:
    n_rows = sum(s.n_rows for s in manifest.shards)
    if not manifest.n_examples == n_rows > 0:
        raise ValueError(f"n_examples is {manifest.n_examples} and the shards have {n_rows} rows")
    if manifest.growth is not None:
        for n in (manifest.growth.n_elbo, manifest.growth.n_scored):
            if type(n) is not int or not 0 <= n <= manifest.n_examples:
                raise ValueError(f"{n!r} of {manifest.n_examples} examples are scored")
    d, pca = manifest.latent_dim, manifest.pca
    if stored_plane(pca).latent_dim != d:
        raise ValueError(f"the pca plane is not one of {d} latent dimensions")


def vectors(values: Any, latent_dim: int) -> pa.FixedSizeListArray:
    """Rows of (N, d) as an Arrow column of fixed-size lists."""
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel(), pa.float32()), latent_dim)


def sha256(path: Path) -> str:
    """Checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(shards: Sequence[Path], n_rows: Sequence[int]) -> tuple[Shard, ...]:
    """The manifest's entries for shard files."""
    sizes = zip(shards, n_rows, strict=True)
    return tuple(Shard(p.name, n, p.stat().st_size, sha256(p)) for p, n in sizes)
