"""Where on the screen the examples of the open map are, so that a test can point at one of them or at none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from playwright.sync_api import expect
from sklearn.neighbors import NearestNeighbors

from explorer.workspace import Entry
from tests.browser.visitor import Visitor, box_of

# Beyond the reach of a click, and clear of what lies over the map's edges.
REACH_PIXELS = 10
EDGE_PIXELS = 90


@dataclass(frozen=True)
class Places:
    """Screen positions of the examples, in the window's pixels.

    Attributes:
        ids: example ids (N,).
        at: (N, 2).
        low, high: the corners of the map's open part.
    """

    ids: np.ndarray
    at: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, visitor: Visitor, entry: Entry, map_id: str) -> Places:
        """Reads where the map is looking."""
        expect(visitor.map).to_have_attribute("data-map", map_id)
        expect(visitor.map).to_have_attribute("data-model", entry.name)
        view = visitor.map.get_attribute("data-window")
        assert view is not None, "the map says where it looks"
        left, right, bottom, top = map(float, view.split())
        box = box_of(visitor.surface)
        low = np.array([box["x"], box["y"]])
        size = np.array([box["width"], box["height"]])
        place = entry.coordinates(map_id).astype(np.float64)
        share = (place - [left, top]) / [right - left, bottom - top]
        return cls(entry.dataset.example_ids, low + share * size, low + EDGE_PIXELS, low + size - EDGE_PIXELS)

    def of_example(self, example_id: int) -> tuple[float, float]:
        x, y = self.at[np.flatnonzero(self.ids == example_id)[0]]
        return float(x), float(y)

    def lonely(self, apart: float = 120) -> list[int]:
        """Examples that no other lies near, far from one another too, the loneliest first."""
        nearest = NearestNeighbors(n_neighbors=2).fit(self.at).kneighbors(self.at)[0][:, 1]
        inside = np.all((self.at > self.low) & (self.at < self.high), axis=1)
        chosen: list[int] = []
        for row in np.argsort(-np.where(inside & (nearest > REACH_PIXELS), nearest, -1.0)):
            if not inside[row] or nearest[row] <= REACH_PIXELS:
                break
            if all(np.linalg.norm(self.at[row] - self.at[other]) > apart for other in chosen):
                chosen.append(int(row))
        return [int(self.ids[row]) for row in chosen]

    def empty(self, away_from: tuple[tuple[float, float], ...] = ()) -> tuple[float, float]:
        """The open place that is farthest from every example."""
        xs, ys = (np.linspace(low, high, 24) for low, high in zip(self.low, self.high, strict=True))
        grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        marks = np.concatenate([self.at, np.array(away_from).reshape(-1, 2)])
        distance = np.array([np.linalg.norm(marks - place, axis=1).min() for place in grid])
        x, y = grid[distance.argmax()]
        return float(x), float(y)
