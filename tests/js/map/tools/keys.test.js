import assert from "node:assert/strict";
import { test } from "node:test";

import { isWriting, meaning } from "../../../../explorer/ui/map/tools/keys.js";

const KEY = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

test("keys have one meaning, with and without modifiers", () => {
  assert.deepEqual(meaning({ ...KEY, key: "l" }), { tool: "lasso" });
  assert.deepEqual(meaning({ ...KEY, key: "z", ctrlKey: true }), { action: "undo" });
  assert.deepEqual(meaning({ ...KEY, key: "Z", metaKey: true, shiftKey: true }), { action: "redo" });
  assert.deepEqual(meaning({ ...KEY, key: "z" }), { tool: "zoom" });
  assert.deepEqual(meaning({ ...KEY, key: "?", shiftKey: true }), { action: "keys" });
  assert.deepEqual(meaning({ ...KEY, key: "Escape" }), { action: "escape" });
  for (const key of ["x", "Enter", "ArrowLeft"]) assert.equal(meaning({ ...KEY, key }), null);
  assert.equal(meaning({ ...KEY, key: "l", altKey: true }), null);
  assert.equal(meaning({ ...KEY, key: "c", ctrlKey: true }), null);
});

test("nobody's writing is taken for keys of the map", () => {
  globalThis.Element = class {
    constructor(writes) {
      this.writes = writes;
    }
    closest() {
      return this.writes ? this : null;
    }
  };
  assert.equal(isWriting({ composedPath: () => [new Element(true)] }), true);
  assert.equal(isWriting({ composedPath: () => [new Element(false)] }), false);
  delete globalThis.Element;
});
