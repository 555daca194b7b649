"""A workspace of thirty examples: a linear decoder, three latent dimensions, two stored maps, no files.

x = sigmoid(W z + b) has shape (1, 4, 5), and the like in colour, as a vector, and big. Example i has the id
100 + 7 i; the last two have one code, and a place each on the bent map.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import torch
import uvicorn
from starlette.applications import Starlette
from torch import Tensor
from torch.distributions import Distribution, Independent, Normal

from explorer.datasets import Dataset
from explorer.latent import Chart, LocalLift, MapError, Support
from explorer.latent.maps import axes, pca
from explorer.likelihoods import Bernoulli
from explorer.live import routes
from explorer.live.messages import DecodedPicture, Request
from explorer.live.pictures import pictures
from explorer.models.checkpoints import CheckpointError
from explorer.models.latent_model import DataSpec

N, D = 30, 3
SHAPES = {"grey": (1, 4, 5), "colour": (3, 4, 5), "vector": (6,), "big": (1, 256, 256)}


class LinearModel:
    """p(x|z) = Bernoulli(sigmoid(W z + b)), and an encoder that finds the z of a mean again, moved by `shift`.

    Remembers the size of every batch, what was encoded, and can be told to be slow or to fail.
    """

    def __init__(self, shape: tuple[int, ...]):
        rng = np.random.default_rng(0)
        n_values = int(np.prod(shape))
        self.latent_dim, self.data_spec = D, DataSpec(shape, "grey image", None)
        self.weight = torch.from_numpy(rng.normal(size=(D, n_values)).astype(np.float32))
        self.bias = torch.from_numpy(rng.normal(size=n_values).astype(np.float32))
        self.shift = torch.zeros(D)
        self.batches: list[int] = []
        self.encoded: list[np.ndarray] = []
        self.seconds = 0.0
        self.fault: Exception | None = None

    def prior(self) -> Distribution:
        return Independent(Normal(torch.zeros(D), torch.ones(D)), 1)

    def posterior(self, x: Tensor) -> Distribution:
        self.encoded.append(x.numpy())
        codes = (x.flatten(1).logit(1e-6) - self.bias) @ torch.linalg.pinv(self.weight) + self.shift
        return Independent(Normal(codes, torch.ones_like(codes), validate_args=False), 1)

    def likelihood(self, z: Tensor) -> Bernoulli:
        self.batches.append(len(z))
        time.sleep(self.seconds)
        if self.fault is not None:
            raise self.fault
        logits = z @ self.weight + self.bias
        return Bernoulli(logits.unflatten(-1, self.data_spec.shape), len(self.data_spec.shape))


@dataclass(frozen=True)
class ThirtyPoints:
    """An atlas in memory."""

    means: np.ndarray
    stored: dict[str, np.ndarray]
    digest: str = "d" * 64
    n_examples: int = N
    latent_dim: int = D

    def columns(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        return {name: self.stored[name] for name in names}

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self.stored)

    def is_number(self, name: str) -> bool:
        return self.stored[name].dtype.kind in "iuf"

    def has(self, example_id: int) -> bool:
        return example_id in self.stored["example_id"].tolist()

    def row(self, example_id: int) -> int:
        return self.stored["example_id"].tolist().index(example_id)


@dataclass(frozen=True)
class OnlyModel:
    model: LinearModel


@dataclass(frozen=True, eq=False)
class LinearEntry:
    """One model with its thirty points."""

    name: str
    checkpoint: OnlyModel
    atlas: ThirtyPoints
    dataset: Dataset
    support: Support
    charts: dict[str, Chart]
    earlier: frozenset[str] = frozenset()

    def chart(self, map_id: str) -> Chart:
        if map_id.startswith("axes:"):
            i, j = map(int, map_id.removeprefix("axes:").split(","))
            return axes(i, j, D)
        if map_id not in self.charts:
            raise MapError("map", "umap, pca or axes:i,j", repr(map_id))
        return self.charts[map_id]

    def coordinates(self, map_id: str) -> np.ndarray:
        if map_id.startswith("axes:"):
            return self.atlas.means[:, list(map(int, map_id.removeprefix("axes:").split(",")))]
        return np.stack([self.atlas.stored[f"{map_id}_{end}"] for end in "xy"], axis=1)


@dataclass
class LinearWorkspace:
    """A linear model a shape; `opening` counts as seconds that opening one takes."""

    entries: dict[str, LinearEntry] = field(default_factory=dict)
    opening: float = 0.0

    def names(self) -> tuple[str, ...]:
        return (*self.entries, "broken")

    def open(self, name: str) -> LinearEntry:
        time.sleep(self.opening)
        if name == "broken":
            raise CheckpointError(Path("broken/config.json"), "latent_dim", "an integer", "'two'")
        if name not in self.entries:
            raise CheckpointError(Path("checkpoints"), "checkpoint", "another name", repr(name))
        return self.entries[name]


def _entry(name: str, shape: tuple[int, ...]) -> LinearEntry:
    rng = np.random.default_rng(1)
    codes = rng.normal(size=(N, D)).astype(np.float32)
    codes[N - 1] = codes[N - 2]
    bent = np.stack([codes[:, 0] + codes[:, 2] ** 2, codes[:, 1] - codes[:, 2]], axis=1).astype(np.float32)
    bent[N - 1] += 0.5
    plane = pca(codes)
    flat = plane.place(codes)
    ids = 100 + 7 * np.arange(N)
    numbers = {f"{key}": rng.normal(size=N).astype(np.float32) for key in ("elbo_nats", "gap_nats")}
    placed = {"umap_x": bent[:, 0], "umap_y": bent[:, 1], "pca_x": flat[:, 0], "pca_y": flat[:, 1]}
    texts = {"trust": np.array(["trusted", "not trusted"] * (N // 2), dtype=object)}
    stored: dict[str, np.ndarray] = {
        "example_id": ids,
        "label": np.arange(N) % 3,
        **numbers,
        **placed,
        **texts,
    }
    values = rng.integers(0, 256, size=(N, *shape)).astype(np.uint8)
    dataset = Dataset(name, "test", values, 256, stored["label"], ("a", "b", "c"), ids, "grey image")
    charts: dict[str, Chart] = {"umap": LocalLift.fit(bent, codes), "pca": plane}
    atlas = ThirtyPoints(codes, stored)
    return LinearEntry(name, OnlyModel(LinearModel(shape)), atlas, dataset, Support.fit(codes), charts)


def picture(entry: LinearEntry, request: Request) -> DecodedPicture:
    """The picture of one position, which must have one."""
    found = pictures(entry, request.map, [request])[0]
    assert isinstance(found, DecodedPicture), found
    return found


@pytest.fixture
def workspace() -> LinearWorkspace:
    return LinearWorkspace({name: _entry(name, shape) for name, shape in SHAPES.items()})


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """A folder as the pages have it, with what nobody may have in it and beside it."""
    folder = tmp_path / "ui"
    (folder / "map" / "points").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "map" / "map.js").write_text("export const map = 1;\n")
    (folder / "map" / "map.css").write_text(".map { color: red; }\n")
    (folder / "map" / "points" / "grid.js").write_text("export const grid = 1;\n")
    for name in (
        "map/.hidden.js",
        ".git/hook.js",
        "map/secret.py",
        "map/secret.txt",
        "map/secret",
        "../secret.js",
    ):
        (folder / name).write_text("secret\n")
    (folder / "map" / "inside.js").symlink_to(folder / "map" / "map.js")
    (folder / "map" / "outside.js").symlink_to(tmp_path / "secret.js")
    (folder / "map" / "disguised.js").symlink_to(folder / "map" / "secret.py")
    (folder / "map" / "unhidden.js").symlink_to(folder / "map" / ".hidden.js")
    (folder / "climbing").symlink_to(tmp_path)
    (folder / "map" / "folder.js").mkdir()
    return folder


@pytest.fixture
def roots(assets: Path, tmp_path: Path) -> dict[str, Path]:
    """That folder, and a single file of a folder from which nothing else is served."""
    (tmp_path / "library").mkdir()
    for name in ("plot.js", "other.js"):
        (tmp_path / "library" / name).write_text(
            "secret\n" if name == "other.js" else "export const plot = 1;\n"
        )
    return {"ui": assets, "plot.js": tmp_path / "library" / "plot.js"}


@pytest.fixture
def app(workspace: LinearWorkspace, roots: dict[str, Path]) -> Starlette:
    return Starlette(routes=routes(workspace, roots))


@contextmanager
def _served(app: Any, **options: Any) -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        settings = {"ws": "websockets-sansio", "log_level": "error", **options}
        server = uvicorn.Server(uvicorn.Config(app, **settings))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 10
        while not server.started:
            assert time.monotonic() < deadline, "uvicorn did not start"
            time.sleep(0.01)
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture
def address(app: Starlette) -> Iterator[str]:
    """host:port of the live routes behind a real uvicorn, set up as Streamlit sets it up."""
    with _served(app) as at:
        yield at


@dataclass(frozen=True)
class Browser:
    """Asks the app for pages without a server between: what most of HTTP's tests need."""

    app: Starlette

    def get(self, url: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._get(url, options))

    async def _get(self, url: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://explorer") as client:
            return await client.get(url, **options)


@pytest.fixture
def browser(app: Starlette) -> Browser:
    return Browser(app)
