"""From places on a map to pictures: lift, decode, and say how far to trust the place.

For n positions u of one model and one map, in one pass:

    z = lift(u; z_base, u_base) + offset,   picture = E[x|z],   log p(z),   support and nearest example at z,

and the round trip of those that ask for it (`round_trip.py`),
the support being no better than the map itself is at u (its remoteness: far from all examples, an approximate
map has nothing to say, whatever code it lifts to).

u_base is where the browser drew the example: the stored coordinates, not the chart's own placing of its code,
which for UMAP is only near. A handle that has not moved then has u = u_base, and without an offset z is the
example's code bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.datasets import Features
from explorer.latent import lift_handles
from explorer.live.messages import DecodedPicture, Request, RoundTrip, pack_error, pack_picture
from explorer.live.model_map import ModelMap, model_map
from explorer.live.round_trip import device_of, round_trips
from explorer.live.sources import (
    OUTSIDE_FAULTS,
    Atlas,
    Entry,
    UnknownModelError,
    Workspace,
    fault_of_version,
    open_entry,
)
from explorer.show.vector_axis import axis_of, is_listed, largest, place_name

Floats = NDArray[np.float32]
Doubles = NDArray[np.floating]
_NOWHERE = "this place is too far out for the model: its decoded values are not finite"
# A lone drag, and a crowd of them: torch chooses its kernels by the batch's size at the first use of each.
_WARM_BATCHES = (1, 2, 8, 64)
_N_TOP = 8


def answer(workspace: Workspace, model: str, map_id: str, requests: Sequence[Request]) -> list[bytes | str]:
    """One reply a request, in their order: a packed picture, or the text that says why there is none."""
    try:
        entry = open_entry(workspace, model)
        found = pictures(entry, map_id, requests)
    except (UnknownModelError, *OUTSIDE_FAULTS) as fault:
        found = [str(fault)] * len(requests)
    return [_pack(request, each) for request, each in zip(requests, found, strict=True)]


def pictures(entry: Entry, map_id: str, requests: Sequence[Request]) -> list[DecodedPicture | str]:
    """A picture a request, or why there is none: an unknown example, an offset of another length, a place without
    finite values.

    Raises:
        MapError: there is no such map.
        AtlasError: the atlas cannot be read.
    """
    on_map, atlas = model_map(entry, map_id), entry.atlas
    faults = [_fault(entry, request) for request in requests]
    fine = [request for request, fault in zip(requests, faults, strict=True) if fault is None]
    seen = iter(_look(entry, on_map, _Places.of(on_map, atlas, fine)) if fine else ())
    return [next(seen) if fault is None else fault for fault in faults]


def warm(entry: Entry, map_id: str) -> None:
    """Does all that the first drag would wait for: the chart, the searches, the decoder's first batches."""
    x, y = model_map(entry, map_id).homes[0].tolist()
    request = Request("warm", 0, entry.name, None, map_id, x, y)
    for n in _WARM_BATCHES:
        pictures(entry, map_id, [request] * n)


def _fault(entry: Entry, request: Request) -> str | None:
    """What is wrong with a position in the light of its model."""
    atlas = entry.atlas
    if stale := fault_of_version(entry, request.version):
        return stale
    if request.base is not None and not atlas.has(request.base):
        return f"there is no example {request.base} in {entry.name}"
    if len(request.offset) not in (0, atlas.latent_dim):
        wanted = f"as many numbers as the codes of {entry.name}, {atlas.latent_dim}, or none"
        return f"'offset' has {wanted}; this one has {len(request.offset)}"
    return None


def _pack(request: Request, found: DecodedPicture | str) -> bytes | str:
    if isinstance(found, str):
        return pack_error(found, request.id, request.seq)
    return pack_picture(request, found)


@dataclass(frozen=True, eq=False)
class _Places:
    """n places u (n, 2), their latents z (n, d), which of them (n,) want a round trip, and the rows (n,) of the
    examples that they belong to, and of those whose likelihood they want; -1 for none."""

    u: Doubles
    z: Floats
    wants_trip: NDArray[np.bool_]
    rows: NDArray[np.int64]
    rows_of_x: NDArray[np.int64]

    @classmethod
    def of(cls, on_map: ModelMap, atlas: Atlas, requests: Sequence[Request]) -> _Places:
        """Lifts the places of several clients at once."""
        u = np.array([(request.x, request.y) for request in requests])
        rows = [None if request.base is None else atlas.row(request.base) for request in requests]
        z = lift_handles(on_map.chart, u, rows, atlas.means, on_map.homes)
        for code, request in zip(z, requests, strict=True):
            if request.offset:
                code += np.asarray(request.offset, z.dtype)
        own = np.array([-1 if row is None else row for row in rows], np.int64)
        wants_trip, wants_likelihood = (
            np.array([getattr(request, name) for request in requests])
            for name in ("round_trip", "likelihood")
        )
        return cls(u, z, wants_trip, own, np.where(wants_likelihood, own, -1))


def _look(entry: Entry, on_map: ModelMap, places: _Places) -> list[DecodedPicture | str]:
    """What is at these places; a text where the decoded values are not finite."""
    means, log_priors = _decode(entry, places)
    is_finite: NDArray[np.bool_] = np.all(np.isfinite(_flat(means)), axis=1)
    trips = _trips(entry, on_map, places, means, is_finite & places.wants_trip)
    report = entry.support.at(places.z, on_map.chart.remoteness(places.u))
    ids, values = on_map.example_ids[report.nearest], _values(means)
    likelihoods = _likelihoods(entry, places).tolist()
    seen = map(
        DecodedPicture,
        values,
        log_priors.tolist(),
        report.ratio.tolist(),
        ids.tolist(),
        trips,
        likelihoods,
        _top_features(means, entry.dataset.features),
    )
    return [picture if fine else _NOWHERE for picture, fine in zip(seen, is_finite.tolist(), strict=True)]


def _top_features(means: Floats, features: Features | None) -> list[tuple[tuple[str, float], ...]]:
    """The largest of each of n vectors (n, D) whose features are listed rather than drawn; nothing of others."""
    axis = axis_of(features, means.shape[1])
    if means.ndim != 2 or not is_listed(axis, means.shape[1]):
        return [()] * len(means)
    return [tuple((place_name(axis, i), float(x[i])) for i in largest(x, _N_TOP)) for x in means]


def _trips(
    entry: Entry, on_map: ModelMap, places: _Places, means: Floats, asked: NDArray[np.bool_]
) -> list[RoundTrip | None]:
    """The round trips of the places in the mask `asked` (n,); None for the others."""
    if not asked.any():
        return [None] * len(asked)
    model = entry.checkpoint.model
    made = iter(round_trips(model, on_map.chart, places.u[asked], places.z[asked], means[asked]))
    return [next(made) if each else None for each in asked.tolist()]


def _likelihoods(entry: Entry, places: _Places) -> Doubles:
    """log p(x|z) (n,) of the examples that were asked for; NaN for the others."""
    found = np.full(len(places.z), np.nan)
    asked = places.rows_of_x >= 0
    if asked.any():
        model = entry.checkpoint.model
        with torch.inference_mode():
            x = torch.from_numpy(entry.dataset.x(places.rows_of_x[asked])).to(device_of(model))
            codes = torch.from_numpy(places.z[asked]).to(device_of(model))
            found[asked] = model.likelihood(codes).log_prob(x).double().cpu().numpy()
    return found


def _decode(entry: Entry, places: _Places) -> tuple[Floats, Doubles]:
    """E[x|z] with shape (n, *shape) and log p(z) with shape (n,)."""
    model = entry.checkpoint.model
    with torch.inference_mode():
        codes = torch.from_numpy(places.z).to(device_of(model))
        likelihood = model.likelihood(codes)
        if likelihood.takes_counts:
            likelihood = likelihood.given(torch.from_numpy(_bases(entry, places)).to(codes))
        means = likelihood.mean.float().cpu().numpy()
        return means, model.prior().log_prob(codes).double().cpu().numpy()


def _bases(entry: Entry, places: _Places) -> Floats:
    """The examples (n, *shape) that the handles belong to, NaN where they belong to none."""
    x = entry.dataset.x(places.rows)
    x[places.rows < 0] = np.nan
    return x


def _values(means: Floats) -> NDArray[np.uint8] | Floats:
    """uint8 (n, H, W, C) from images' means (n, C, H, W) in [0, 1]; vectors' means as they are, flat."""
    if means.ndim != 4:
        return _flat(means)
    levels = np.rint(np.clip(np.nan_to_num(means), 0.0, 1.0) * np.float32(255)).astype(np.uint8)
    return levels.transpose(0, 2, 3, 1)


def _flat(means: Floats) -> Floats:
    return means.reshape(len(means), -1)
