"""Every reader of what comes from outside, as a function of bytes, and whole contents for the changes to begin with."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import importlib
import io
import json
import re
import shutil
import warnings
import zipfile
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import safetensors.torch
import torch
from PIL import Image
from starlette.applications import Starlette

from explorer.atlas import Atlas, AtlasError, calibration
from explorer.atlas.build.builder import build
from explorer.bounds.calibration import Calibration, CalibrationSettings
from explorer.bounds.stand_ins import load_checkpoint
from explorer.datasets import Dataset, DatasetError, archive, idx, load, options
from explorer.datasets.metadata import MOST_CHARACTERS, MOST_COLUMNS, is_free
from explorer.importing.draft import Draft, ImportFault
from explorer.importing.makes import diffusers, exported_program, pythae, state_dict
from explorer.latent.maps import MAPS, Layout
from explorer.live import messages, routes
from explorer.models import checkpoints, conventions
from explorer.models.checkpoints import CheckpointError
from explorer.training import resume
from explorer.ui.gate import Rule
from explorer.ui.linked.gallery import gallery
from explorer.ui.linked.histograms import histograms
from explorer.ui.state import address, gesture
from explorer.ui.state.opening import default_view, has_map
from explorer.ui.state.view import colours
from explorer.workspace import Workspace
from tests import tiny
from tests.conftest import SETTINGS
from tests.fuzz import mutator
from tests.fuzz.loop import Target
from tests.importing import archives
from tests.importing.tutorials import TUTORIALS

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 2, 3)).astype(np.uint8)
PYTHAE = Path(__file__).parents[1] / "importing" / "fixtures" / "pythae-vae"
DIFFUSERS = PYTHAE.parent / "diffusers-kl"
SHARD = "rows/examples-00000.parquet"
HEADERS = (
    "localhost:8501\nhttp://localhost:8501",
    "127.0.0.1\n",
    "[::1]:80\nhttps://[::1]:80",
    "a.example.org\nnull",
)


class Readers:
    """The readers, each by its name, with files of their own below a folder.

    Args:
        folder: empty; a checkpoint with an atlas is made there.
    """

    NAMES = (
        *("config", "weights", "training_state", "manifest", "shard", "calibration"),
        *("foreign_weights", "foreign_safetensors", "pythae_config", "diffusers_config"),
        *("npy", "npz", "csv", "parquet", "tar", "jsonl", "idx_file", "options", "image", "idx", "gzip"),
        *("pt2", "pt2_graph", "pt2_weights"),
        *("link", "message", "gesture", "acts", "gate", "routes"),
        # An extra.
        *(("h5ad",) if find_spec("h5py") else ()),
    )

    def __init__(self, folder: Path):
        self._root, self._model = folder, tiny.save(folder / "tiny")
        self._atlas = self._model / "atlas"
        build(checkpoints.load(self._model), tiny.digits(), self._atlas, SETTINGS)
        self._whole = {path: path.read_bytes() for path in self._model.rglob("*") if path.is_file()}

    def __getitem__(self, name: str) -> Target:
        """A reader among files that are whole."""
        for path, content in self._whole.items():
            path.write_bytes(content)
        return getattr(self, f"_{name}")()

    def _config(self) -> Target:
        found = self._of_file(self._model / "config.json", self._open_model, CheckpointError, *_configs())
        # What fits no weights is told of either file.
        return replace(found, file=str(self._model))

    def _weights(self) -> Target:
        found = self._of_file(self._model / "model.safetensors", self._open_model, CheckpointError)
        return replace(found, layout=mutator.TENSORS)

    def _open_model(self) -> None:
        """Opens the checkpoint, and goes once from code to picture and back."""
        found = load_checkpoint(self._model)
        conventions.notes(found.config)
        model = found.model
        with torch.no_grad():
            means = model.likelihood(torch.zeros(1, model.latent_dim)).mean.numpy()
            model.posterior(torch.from_numpy(model.data_spec.as_data(means)))
        _shown(model.data_spec.kind)

    def _training_state(self) -> Target:
        model = tiny.model().requires_grad_(True)
        optimiser = torch.optim.Adam(model.parameters())
        model.likelihood(torch.zeros(1, tiny.LATENT_DIM)).mean.sum().backward()
        optimiser.step()
        file = self._model / resume.STATE_FOLDER / resume.STATE_FILE
        file.parent.mkdir(exist_ok=True)
        resume.store(self._model, model, optimiser, resume.Progress(3, 2, -40.5, 1.5))
        found = self._of_file(file, lambda: resume.restore(self._model, model, optimiser), CheckpointError)
        return replace(found, layout=mutator.TENSORS)

    def _foreign_weights(self) -> Target:
        """Weights that somebody saved with torch, whatever they are wrapped in; pickles of both its formats."""
        states = [_state(TUTORIALS[name]().module) for name in ("linear", "norms")]
        wrapped = {"state_dict": states[0], "hyper_parameters": {"latent_dim": 2}, "epoch": 3}
        seeds = (
            _torch(states[0]),
            _torch(wrapped, is_old=True),
            _torch(states[1]),
            _torch(states[1], is_old=True),
        )
        return self._of_draft("foreign.pt", *seeds)

    def _foreign_safetensors(self) -> Target:
        names = ("linear", "slopes", "norms")
        seeds = [safetensors.torch.save(_state(TUTORIALS[name]().module)) for name in names]
        return replace(self._of_draft("foreign.safetensors", *seeds), layout=mutator.TENSORS)

    def _of_draft(self, name: str, *seeds: bytes) -> Target:
        file = self._root / name

        def read() -> None:
            _drafted(state_dict.read(file))

        return self._of_file(file, read, ImportFault, *seeds)

    def _pythae_config(self) -> Target:
        folder = self._root / "pythae"
        shutil.copytree(PYTHAE, folder, dirs_exist_ok=True)
        file = folder / pythae.CONFIG_FILE

        def read() -> None:
            _drafted(pythae.read(folder))

        whole = (PYTHAE / pythae.CONFIG_FILE).read_bytes()
        found = self._of_file(file, read, ImportFault, whole)
        return replace(found, file=str(folder))

    def _diffusers_config(self) -> Target:
        folder = self._root / "diffusers"
        shutil.copytree(DIFFUSERS, folder, dirs_exist_ok=True)
        file = folder / diffusers.CONFIG_FILE

        def read() -> None:
            _drafted(diffusers.read(folder))

        whole = (DIFFUSERS / diffusers.CONFIG_FILE).read_bytes()
        return replace(self._of_file(file, read, ImportFault, whole), file=str(folder))

    def _manifest(self) -> Target:
        found = self._of_file(self._atlas / "manifest.json", self._open_atlas, AtlasError)
        # A shard that is not what the manifest says is told by its own name.
        return replace(found, file=str(self._atlas))

    def _shard(self) -> Target:
        """A shard that somebody made: the manifest names it as it is."""
        file, content = (
            self._atlas / "manifest.json",
            json.loads((self._atlas / "manifest.json").read_bytes()),
        )

        def read(shard: bytes) -> None:
            (self._atlas / SHARD).write_bytes(shard)
            content["shards"][0] |= {"n_bytes": len(shard), "sha256": hashlib.sha256(shard).hexdigest()}
            file.write_text(json.dumps(content))
            self._open_atlas()

        return Target(read, (AtlasError,), (self._whole[self._atlas / SHARD],), file=str(self._atlas))

    def _open_atlas(self) -> None:
        atlas = Atlas.open(self._atlas)
        names = atlas.column_names
        places = np.stack([atlas.columns(names)[name] for name in MAPS["pca"].columns], axis=1)
        MAPS["pca"].chart(Layout(places, atlas.manifest.parameters_of("pca")), atlas.means)
        atlas.example(atlas.row(int(atlas.columns(["example_id"])["example_id"][0])), names)
        assert atlas.log_variances.shape == (atlas.n_examples, atlas.latent_dim)
        assert len(atlas.digest) == 64
        _shown(*atlas.label_names, atlas.manifest.model_name, atlas.manifest.data.name)

    def _calibration(self) -> Target:
        kinds = Calibration.__annotations__
        settings = CalibrationSettings(10, 4)
        same = {
            "n_examples": 10,
            "seed": 0,
            "sandwich_n_samples": settings.sandwich_n_samples,
            "n_annealed": 4,
        }
        figures: dict[str, Any] = {name: 5 if kind == "int" else 0.5 for name, kind in kinds.items()} | same
        whole = calibration.StoredCalibration("d" * 64, settings, Calibration(**figures))
        file = self._root / "calibration.json"
        unknown = replace(whole, calibration=replace(whole.calibration, log_px_nats=np.nan, n_missed=0))

        def read() -> None:
            found = calibration.read(file, "d" * 64)
            assert found is not None
            found.to_json()

        return self._of_file(file, read, AtlasError, whole.to_json().encode(), unknown.to_json().encode())

    def _npy(self) -> Target:
        arrays = (
            IMAGES,
            IMAGES[:, None] / 255,
            IMAGES[:, 0] > 99,
            np.asfortranarray(IMAGES),
            IMAGES.astype(">f2"),
        )
        return replace(self._of_data("mine.npy", *(_npy(array) for array in arrays)), layout=mutator.ARRAY)

    def _npz(self) -> Target:
        labels = {"y": np.arange(4) % 2, "label_names": np.array(["cat", "dog"])}
        whole = (_npz(x=IMAGES), _npz(x=IMAGES / 255, **labels), _npz(x=IMAGES[:, 0] > 99, y=labels["y"]))
        return replace(self._of_data("mine.npz", *whole), layout=mutator.ARCHIVE)

    def _csv(self) -> Target:
        seeds = (
            b'id,species,length,width,note\n0,cat,1.5,2,"a, b"\n1,dog,3,,\n2,cat,-1e3,NaN,<b>\n',
            b"label;a;b\n1;0;255\n0;3;4\n",
            b"x\ty\n0\t1\n1\t1\n",
        )
        return replace(self._of_data("mine.csv", *seeds[::-1]), layout=mutator.LINES)

    def _parquet(self) -> Target:
        rows = [{"bytes": _picture("PNG", mode), "path": None} for mode in ("L", "RGB", "L")]
        beside = {
            "label": ["a", "b", None],
            "n": [1, None, 3],
            "when": pa.array([0, 1, 2], pa.timestamp("ms")),
        }
        named = pa.table({"image": rows, "label": [1, 0, 1]}).replace_schema_metadata(
            {b"huggingface": b'{"info": {"features": {"label": {"names": ["cat", "dog"]}}}}'}
        )
        tables = (
            pa.table({"x": [[0.5, 1], [2, 3], [4, 5]], **beside}),
            pa.table({"a": [0.5, 1, 2], "b": [1, 2, 3], **beside}),
            named,
        )
        return self._of_data("mine.parquet", *map(_parquet, tables))

    def _tar(self) -> Target:
        about = json.dumps({"age": 3, "site": "north", "deep": [1]}).encode()
        members = [("0.png", _picture("PNG", "L")), ("0.cls", b"3"), ("0.json", about), ("0.txt", b"words")]
        more = [("a/1.jpg", _picture("JPEG", "RGB")), ("a/1.cls", b"cat"), ("2.txt", b"no image")]
        seeds = (
            mutator.TAR.join([part for name, content in each for part in (name.encode(), content)])
            for each in (members, [*members, *more])
        )
        return replace(self._of_data("mine.tar", *seeds), layout=mutator.TAR)

    def _jsonl(self) -> Target:
        """The table beside the images of a folder."""
        folder = self._root / "told"
        folder.mkdir(exist_ok=True)
        for name in "ab":
            (folder / f"{name}.png").write_bytes(_picture("PNG", "L"))

        def read() -> None:
            found = load(folder, "all")
            assert len(found) == 2
            _check(found)

        rows = [{"file_name": f"{name}.png", "label": name, "n": n} for n, name in enumerate("abc")]
        other = {
            "file_name": "b.png",
            "deep": {"a": [1]},
            "t": "\u00e9",
            "n": 10**30,
            "is": True,
            "none": None,
        }
        seeds = (b"\n".join(map(_json, rows)), b"\n".join(map(_json, (rows[0], other))))
        found = self._of_file(folder / "metadata.jsonl", read, DatasetError, *seeds)
        return replace(found, file=str(folder), layout=mutator.LINES)

    def _idx_file(self) -> Target:
        whole = bytes((0, 0, 8, 3)) + np.array(IMAGES.shape, ">u4").tobytes() + IMAGES.tobytes()
        return self._of_data(
            "mine-idx3-ubyte.gz", *(gzip.compress(whole, level, mtime=0) for level in (0, 9))
        )

    def _h5ad(self) -> Target:
        return self._of_data("mine.h5ad", *_h5ad())

    def _pt2(self) -> Target:
        """Both halves of a VAE, or all of it, in one file."""
        whole = archives.entries(archives.FIXTURES / "exported-whole" / "vae.pt2")
        names = (archives.MODEL, archives.WEIGHTS, "byteorder", "data/weights/weight_0")
        # What is not read is left out: changes of it would reach nothing.
        content = {name: value for name, value in whole.items() if "weight" in name or name in names}
        content[archives.MODEL] = _plain_graph(content[archives.MODEL])
        seed = archives.write(self._root / "vae.pt2", content, zipfile.ZIP_DEFLATED).read_bytes()
        return replace(
            self._of_file(self._root / "vae.pt2", self._open_pt2, ImportFault, seed), layout=mutator.ENTRIES
        )

    def _pt2_graph(self) -> Target:
        return self._of_entry(archives.MODEL)

    def _pt2_weights(self) -> Target:
        return self._of_entry(archives.WEIGHTS)

    def _of_entry(self, name: str) -> Target:
        """One entry of an archive whose others are whole."""
        path = self._root / "vae.pt2"
        content = archives.entries(archives.FIXTURES / "exported-whole" / "vae.pt2")
        content[archives.MODEL] = _plain_graph(content[archives.MODEL])

        def read(entry: bytes) -> None:
            archives.write(path, content | {name: entry})
            self._open_pt2()

        return Target(read, (ImportFault,), (content[name],), file=str(path))

    def _open_pt2(self) -> None:
        """Reads it, and goes once from an example to its code and back."""
        (networks,) = exported_program.read_draft(self._root / "vae.pt2").networks
        assert networks.encoder is not None
        heads = networks.encoder.output_shapes(networks.input_shape)
        assert len(heads) in (1, 2)
        networks.decoder.output_shapes(networks.latent_shape)

    def _options(self) -> Target:
        def read(content: bytes) -> None:
            name = content.decode("utf-8", "replace")
            source, found = options.parse(name)
            assert name.startswith(source)
            assert all(1 <= side <= 4096 for frame in found.frames for side in (frame.height, frame.width))
            assert found.range is None or found.range[0] < found.range[1]

        seeds = (
            b"a.npz:resized-3x4:cropped-2x2:grey:range--1.5-2e3:label=cell type:binarised-7",
            b"digits:grey",
        )
        return Target(read, (DatasetError,), seeds)

    def _of_data(self, name: str, *seeds: bytes) -> Target:
        file = self._root / name

        def read() -> None:
            for part in ("all", "test"):
                with warnings.catch_warnings():
                    # Of a header by Python 2 numpy says that it takes longer to read.
                    warnings.filterwarnings("ignore", "Reading `.npy`")
                    found = load(file, part)
                _check(found)

        return self._of_file(file, read, DatasetError, *seeds)

    def _image(self) -> Target:
        """One image of a folder, beside another that is whole."""
        folder = self._root / "images"
        folder.mkdir(exist_ok=True)
        (folder / "b.png").write_bytes(_picture("PNG", "L"))

        def read() -> None:
            found = load(f"{folder}:resized-4x4", "all")
            assert found.shape[1:] == (4, 4)
            assert sorted(found.example_ids)[-1] == 1
            _shown(*found.notes)

        kinds = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
        seeds = [_picture(kind, mode) for kind in kinds for mode in ("L", "RGB")]
        return replace(self._of_file(folder / "a.png", read, DatasetError, *seeds), file=str(folder))

    def _idx(self) -> Target:
        whole = bytes((0, 0, 8, 3)) + np.array(IMAGES.shape, ">u4").tobytes() + IMAGES.tobytes()
        return Target(lambda content: idx.parse(content, 3, "a.idx"), (DatasetError,), (whole,), file="a.idx")

    def _gzip(self) -> Target:
        content = bytes(range(256))
        member = archive.Member(len(content), hashlib.sha256(content).hexdigest())
        file = self._root / "a.gz"
        whole = [gzip.compress(content, level, mtime=0) for level in (0, 9)]
        return self._of_file(file, lambda: archive.verified(file, member), DatasetError, *whole)

    def _link(self) -> Target:
        entry = Workspace(self._root).open("tiny")
        default, ids = default_view(entry), entry.atlas.columns(["example_id"])["example_id"]
        sizes = (len(entry.atlas.label_names), entry.atlas.n_examples, entry.atlas.latent_dim)
        has_one = lambda map_id: has_map(entry, map_id)  # noqa: E731
        targets = address.LinkTargets(entry.atlas.has, has_one, *sizes, colours(entry.atlas))

        def read(content: bytes) -> None:
            parts = parse_qsl(
                content.decode("utf-8", "replace"), keep_blank_values=True, errors="surrogateescape"
            )
            view, problems = address.from_query(dict(parts), default, targets)
            assert sum(map(len, problems)) <= 16 * address.MAX_LENGTH, (
                "what is said of a link is as long as the link"
            )
            # What was read can be told again, and is then the same.
            again, wrong = address.from_query(address.to_query(view), default, targets)
            assert address.to_query(again) == address.to_query(view)
            assert not wrong

        return Target(
            read, (), tuple(urlencode(query).encode() for query in _links(int(ids[0]), int(ids[7])))
        )

    def _message(self) -> Target:
        plain = {"id": "a", "seq": 17, "model": "tiny", "base": 4213, "map": "umap", "x": 1.2, "y": -0.3}
        wanted = {"base": None, "offset": [0.5, -1, 2], "round_trip": True, "likelihood": True}

        def read(content: bytes) -> None:
            try:
                messages.parse(content.decode())
            except UnicodeDecodeError:
                messages.parse(content)

        return Target(read, (messages.MessageError,), (_json(plain), _json(plain | wanted)))

    def _gesture(self) -> Target:
        entry = Workspace(self._root).open("tiny")
        example = int(entry.atlas.columns(["example_id"])["example_id"][0])
        handles = [
            {"id": "a", "base": example, "x": 0.5, "y": -1},
            {"id": "b", "base": None, "x": 0, "y": 2, "offset": [1, 0.5, 0]},
        ]
        whole = {
            "n": 3,
            "kind": "move",
            "selected": example,
            "handles": handles,
            "selection": "AQI=",
            "labels": [1, 0],
        }

        def read(raw: object) -> None:
            found = gesture.parse_gesture(raw)
            assert found is None or gesture.fits(found, entry) in (True, False)

        return _of_json(read, whole, whole | {"kind": "select", "handles": []})

    def _acts(self) -> Target:
        acts: list[dict[str, Any]] = [
            {"kind": "inspect", "id": 7},
            {"kind": "choose", "selection": "AQI="},
            {"kind": "clear"},
        ]
        brush: dict[str, Any] = {"kind": "brush", "column": "gap_nats", "low": -1, "high": 2.5, "how": "add"}
        entry = Workspace(self._root).open("tiny")
        view = default_view(entry)

        def read(raw: object) -> None:
            if (act := gallery.parse(raw)) is not None:
                gallery.after(view, act, entry)
            if (brushed := histograms.parse(raw)) is not None:
                histograms.after(view, brushed, entry)

        return _of_json(read, *({"n": 2, **act} for act in (*acts, brush)))

    def _gate(self) -> Target:
        rule = Rule(Rule().names | {"*.example.org"}, frozenset({("example.org", None)}))

        def read(content: bytes) -> None:
            host, *origins = content.split(b"\n")
            headers = [(b"host", host), *((b"origin", origin) for origin in origins if origin)]
            refusal = rule.refusal({"type": "http", "headers": headers})
            assert refusal is None or len(refusal.body) < 4096

        return Target(read, (), tuple(text.encode() for text in HEADERS), mutator.LINES)

    def _routes(self) -> Target:
        app = Starlette(routes=routes(Workspace(self._root), {}))
        # As in the app: Starlette reads an address that it redirects as UTF-8, which not every one is.
        app.router.redirect_slashes = False
        entry = Workspace(self._root).open("tiny")
        example = entry.atlas.columns(["example_id"])["example_id"][0]
        urls = (
            "columns?names=pca_x,pca_y,axis_1",
            "columns?names=example_id,label&compact=1",
            "thumbnails/0.png",
        )
        seeds = [f"/live/tiny/{url}".encode() for url in (*urls, f"image/{example}.png?v=1")]
        return Target(lambda content: _asked(app, content), (), (*seeds, b"/live/assets/ui/map/map.js"))

    def _of_file(
        self, file: Path, read: Callable[[], object], fault: type[Exception], *seeds: bytes
    ) -> Target:
        def of_content(content: bytes) -> None:
            file.write_bytes(content)
            read()

        there = (self._whole[file],) if file in self._whole else ()
        written = (file.read_bytes(),) if not there and file.exists() and not seeds else ()
        return Target(of_content, (fault,), (*there, *written, *seeds), file=str(file))


def _check(found: Dataset) -> None:
    """What every data set promises."""
    assert len(found.digest) == 64
    values = found.x(slice(None))
    assert np.isfinite(values).all()
    assert found.n_levels is None or ((values >= 0) & (values <= 1)).all()
    assert found.labels.min(initial=-1) >= -1
    assert found.labels.max(initial=-1) < len(found.label_names) or not found.label_names
    assert len(found.metadata) <= MOST_COLUMNS
    for name, column in found.metadata.items():
        assert re.fullmatch(r"[A-Za-z_]\w{0,63}", name, re.ASCII)
        assert is_free(name)
        assert column.dtype in (np.int64, np.float64, object)
        if column.dtype == object:
            assert max(map(len, column), default=0) <= MOST_CHARACTERS
            _shown(*column)
    _shown(*found.label_names, *found.notes, *(found.features.names if found.features else ()))


def _shown(*texts: str) -> None:
    """Texts as a page sends them."""
    for text in texts:
        text.encode()


def _of_json(read: Callable[[object], None], *wholes: object) -> Target:
    """A reader of what Streamlit has made of a browser's JSON; what it cannot make anything of comes to nobody."""

    def of_content(content: bytes) -> None:
        try:
            raw = json.loads(content)
        except (ValueError, RecursionError):
            return
        read(raw)

    return Target(of_content, (), tuple(map(_json, wholes)))


def _asked(app: Starlette, content: bytes) -> None:
    """A request for an address, which is answered: not by a fault of the server."""
    path, _, query = content.partition(b"?")
    status: list[int] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "headers": [], "scheme": "http", "server": ("localhost", 80)}
    text = path.decode("utf-8", "replace")
    where = {"path": text, "raw_path": quote(text).encode(), "query_string": query, "root_path": ""}
    asyncio.run(app({**scope, **where}, receive, send))
    assert status[0] < 500, status


def _plain_graph(content: bytes) -> bytes:
    """Without what nobody reads."""
    found = json.loads(content)
    module = found["graph_module"]
    for node in module["graph"]["nodes"]:
        node["metadata"] = {}
    module["graph"]["tensor_values"] = {
        name: {key: value[key] for key in ("dtype", "sizes")}
        for name, value in module["graph"]["tensor_values"].items()
    }
    kept = {"graph_module": {key: module[key] for key in ("graph", "signature")}}
    return _json(kept | {key: found[key] for key in ("schema_version", "range_constraints")})


def _configs() -> list[bytes]:
    """One of each kind of network and likelihood: their weights are not there, so that they are built and refused."""
    conv = {"kind": "conv", "channels": [4, 8], "hidden": 16, "activation": "relu"}
    kinds = (
        tiny.config(encoder=conv, decoder=conv),
        tiny.config({"kind": "gaussian", "scale": "per_element"}, encoder={"kind": "linear"}),
        tiny.config({"kind": "bernoulli"}, replace(tiny.DIGITS, n_levels=2, binarise=True)),
    )
    head: dict[str, Any] = {
        "format_version": 1,
        "model_type": "vae",
        "training": {"data": "digits", "seed": 0},
    }
    loss = {"likelihood": {"kind": "mse"}, "objective": {"reduction": "mean", "beta": 0.5}}
    return [_json(head | kind.to_dict() | extra) for kind, extra in zip(kinds, (loss, {}, {}), strict=True)]


def _links(first: int, second: int) -> list[dict[str, str]]:
    selection = address.to_text(b"\x05\x01") or ""
    return [
        {"model": "tiny", "map": "pca", "colour": "gap_nats", "labels": "0,7", "example": str(first)},
        {"map": "axes:0,2", "pins": f"{first}@1.5,-0.25;@2,3@1,0.5,-1;{second}@1e-3,2", "path": "spherical"},
        {"select": selection, "layers": "contours,names", "units": "bits", "shelf": "table"},
        {"draws": "64", "k": "512", "proposal": "wider:1.5"},
    ]


def _picture(kind: str, mode: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(IMAGES[0]).convert(mode).save(buffer, kind)
    return buffer.getvalue()


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy's stub takes the names for allow_pickle
    return file.getvalue()


def _parquet(table: pa.Table) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def _h5ad() -> list[bytes]:
    """Cells by genes, dense and sparse."""
    h5py = importlib.import_module("h5py")
    found = []
    for is_sparse in (False, True):
        content = io.BytesIO()
        with h5py.File(content, "w") as file:
            for name, n in (("obs", 3), ("var", 2)):
                file[f"{name}/_index"] = [f"{name} {i}" for i in range(n)]
                file[name].attrs["_index"] = "_index"
            file["obs"].attrs["column-order"] = ["n", "kind"]
            file["obs/n"], file["obs/kind/categories"] = np.arange(3), ["B", "T"]
            file["obs/kind/codes"] = np.array([0, 1, -1], np.int8)
            if is_sparse:
                file["X/data"], file["X/indices"], file["X/indptr"] = [1.0, 3.0], [0, 1], [0, 1, 1, 2]
                file["X"].attrs["encoding-type"], file["X"].attrs["shape"] = "csr_matrix", (3, 2)
            else:
                file["X"] = np.arange(6.0).reshape(3, 2)
        found.append(content.getvalue())
    return found


def _state(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.contiguous() for name, value in module.state_dict().items()}


def _torch(content: object, is_old: bool = False) -> bytes:
    file = io.BytesIO()
    torch.save(content, file, _use_new_zipfile_serialization=not is_old)
    return file.getvalue()


def _drafted(draft: Draft) -> None:
    """Every draft's networks can be computed."""
    first = draft.networks[0]
    if first.reduction is not None:
        # Of any size: a small one.
        first = first.of_size((first.input_shape[0], *[2 * first.reduction] * 2))
    assert first.encoder is not None
    first.encoder(torch.zeros(2, *first.input_shape))
    first.decoder(torch.zeros(2, *first.latent_shape))
    _shown(*draft.said, *draft.assumed, *(networks.name for networks in draft.networks))


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
