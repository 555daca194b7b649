import assert from "node:assert/strict";
import { test } from "node:test";

import { mounts } from "../../../explorer/ui/browser/mounts.js";

function counted() {
  const instances = [];
  const mount = mounts(() => {
    const instance = { shown: [], isThere: true, destroy() { this.isThere = false; } };
    instances.push(instance);
    return instance;
  });
  return { instances, mount };
}

test("one instance for a place, whatever it is given", () => {
  const { instances, mount } = counted();
  const parent = {};
  for (const data of ["a", "b"]) mount(parent, (instance) => instance.shown.push(data));
  mount({}, (instance) => instance.shown.push("elsewhere"));
  assert.deepEqual(instances.map((instance) => instance.shown), [["a", "b"], ["elsewhere"]]);
});

test("a clean-up that comes when a later call has drawn leaves its instance alone", () => {
  const { instances, mount } = counted();
  const parent = {};
  const early = mount(parent, () => {});
  const late = mount(parent, () => {});
  early();
  assert.equal(instances[0].isThere, true);
  late();
  assert.equal(instances[0].isThere, false);
});

test("a place that was left is taken anew", () => {
  const { instances, mount } = counted();
  const parent = {};
  mount(parent, () => {})();
  mount(parent, () => {});
  assert.deepEqual(instances.map((instance) => instance.isThere), [false, true]);
});
