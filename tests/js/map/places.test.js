import assert from "node:assert/strict";
import { test } from "node:test";

import { placeBeside } from "../../../explorer/ui/browser/card_place.js";
import { describeValue, labelName, markerOpacity, markerSize } from "../../../explorer/ui/map/points/points.js";
import { channels } from "../../../explorer/ui/map/points/theme.js";
import { tileOf } from "../../../explorer/ui/browser/live/thumbnails.js";

const THUMBNAILS = { tile: [28, 20], columns: 32, rows: 32 };

test("a row has its tile on its page", () => {
  assert.deepEqual(tileOf(0, THUMBNAILS), { page: 0, left: 0, top: 0 });
  assert.deepEqual(tileOf(33, THUMBNAILS), { page: 0, left: 20, top: 28 });
  assert.deepEqual(tileOf(1024 + 31, THUMBNAILS), { page: 1, left: 620, top: 0 });
});

test("a card stands to the right, or to the left where there is no room, and never leaves the stage", () => {
  const [card, stage] = [{ width: 100, height: 120 }, { width: 600, height: 400 }];
  assert.deepEqual(placeBeside({ x: 200, y: 200 }, card, stage, 20), { x: 220, y: 140 });
  assert.deepEqual(placeBeside({ x: 560, y: 200 }, card, stage, 20), { x: 440, y: 140 });
  assert.deepEqual(placeBeside({ x: 200, y: 5 }, card, stage, 20), { x: 220, y: 8 });
  assert.deepEqual(placeBeside({ x: 200, y: 399 }, card, stage, 20), { x: 220, y: 272 });
});

test("dots are smaller in a crowd and larger up close, within reason", () => {
  assert.ok(markerSize(1e6, 1) < markerSize(1e4, 1));
  assert.ok(markerSize(1e4, 1) < markerSize(1e4, 10));
  assert.equal(markerSize(1e4, 0.2), markerSize(1e4, 1));
  assert.equal(markerSize(10, 1e6), 12);
  assert.ok(markerOpacity(1e6, 1) < markerOpacity(1e4, 1));
  assert.ok(markerOpacity(1e6, 50) > markerOpacity(1e6, 1));
});

test("labels and values are told in words", () => {
  assert.deepEqual([1, -1, 9].map((code) => labelName(code, ["Coat", "Bag"])), ["Bag", "no label", "label 9"]);
  const gap = { kind: "continuous", column: "gap_nats", label: "gap (nats)", limits: [0, 1], stops: [], note: "", digits: 2 };
  assert.equal(describeValue(-1.5, gap), "gap (nats) \u22121.50");
  assert.equal(describeValue(NaN, gap), "gap (nats) not available");
});

test("a theme's colour is read however it is written", () => {
  assert.deepEqual(channels("#102030"), [16, 32, 48]);
  assert.deepEqual(channels("#fff"), [255, 255, 255]);
  assert.deepEqual(channels("rgb(1, 2, 3)"), [1, 2, 3]);
  assert.deepEqual(channels(""), [128, 128, 128]);
});
