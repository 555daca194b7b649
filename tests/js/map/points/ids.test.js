import assert from "node:assert/strict";
import { test } from "node:test";

import { Ids } from "../../../../explorer/ui/map/points/ids.js";

test("an id leads to its row, in order or not", () => {
  for (const ids of [Int32Array.of(3, 5, 9), Int32Array.of(9, 3, 5)]) {
    const found = new Ids(ids);
    ids.forEach((id, row) => assert.equal(found.rowOf(id), row));
    assert.equal(found.rowOf(4), -1);
    assert.equal(found.rowOf(10), -1);
    assert.equal(found.at(1), ids[1]);
  }
  assert.equal(new Ids(Int32Array.of()).rowOf(0), -1);
});
