import assert from "node:assert/strict";
import { test } from "node:test";

import { cardPlace } from "../../../explorer/ui/browser/card_place.js";

test("a card stands to the right, or to the left where there is no room, and never leaves the stage", () => {
  const [card, stage] = [{ width: 100, height: 120 }, { width: 600, height: 400 }];
  assert.deepEqual(cardPlace({ x: 200, y: 200 }, card, stage, 20), { x: 220, y: 140 });
  assert.deepEqual(cardPlace({ x: 560, y: 200 }, card, stage, 20), { x: 440, y: 140 });
  assert.deepEqual(cardPlace({ x: 200, y: 5 }, card, stage, 20), { x: 220, y: 8 });
  assert.deepEqual(cardPlace({ x: 200, y: 399 }, card, stage, 20), { x: 220, y: 272 });
});
