"""What a kind of map is: how it is laid out, what it is called, and the chart from it to latent space and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.latent.arrays import Floats
from explorer.latent.chart import Chart

Progress = Callable[[float], None]
"""Told the share that is done, from 0 to 1."""


@dataclass(frozen=True)
class FitSettings:
    """What fixes a map, together with the codes.

    Attributes:
        seed: of what is random in it.
        n_neighbours: UMAP's; 15 is its authors' default.
        min_dist: UMAP's; 0.1 is its authors' default.
    """

    seed: int = 0
    n_neighbours: int = 15
    min_dist: float = 0.1


@dataclass(frozen=True, eq=False)
class Layout:
    """A map that was made.

    Attributes:
        places: where each of N codes lies, float32 (N, 2).
        parameters: what its chart needs beside the places and the codes, as JSON has it.
    """

    places: Floats
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MapKind:
    """One kind of map: a row of the registry.

    Attributes:
        title: its name for a person.
        making: what its stage of a build is called.
        is_plane: whether its chart is a plane in latent space, on which a density can be drawn.
        columns: where an atlas has the coordinates.
        fit: codes (N, d) to a layout.
        chart: a layout and its codes (N, d) to both directions between them.
        axis_titles: what the axes are as directions in latent space; None where axes mean nothing.
        mean_titles: the same where posterior means are drawn along them; `axis_titles` unless they differ.
    """

    title: str
    making: str
    is_plane: bool
    columns: tuple[str, str]
    fit: Callable[[Floats, FitSettings, Progress], Layout]
    chart: Callable[[Layout, Floats], Chart]
    axis_titles: tuple[str, str] | None = None
    mean_titles: tuple[str, str] | None = None
