import assert from "node:assert/strict";
import { test } from "node:test";

import { seats } from "../../../explorer/ui/browser/mounts.js";

function counted() {
  const views = [];
  const seat = seats(() => {
    const view = { shown: [], isThere: true, destroy() { this.isThere = false; } };
    views.push(view);
    return view;
  });
  return { views, seat };
}

test("one view for a place, whatever it is given", () => {
  const { views, seat } = counted();
  const parent = {};
  for (const data of ["a", "b"]) seat(parent, (view) => view.shown.push(data));
  seat({}, (view) => view.shown.push("elsewhere"));
  assert.deepEqual(views.map((view) => view.shown), [["a", "b"], ["elsewhere"]]);
});

test("a clean-up that comes when a later call has drawn leaves its view alone", () => {
  const { views, seat } = counted();
  const parent = {};
  const early = seat(parent, () => {});
  const late = seat(parent, () => {});
  early();
  assert.equal(views[0].isThere, true);
  late();
  assert.equal(views[0].isThere, false);
});

test("a place that was left is taken anew", () => {
  const { views, seat } = counted();
  const parent = {};
  seat(parent, () => {})();
  seat(parent, () => {});
  assert.deepEqual(views.map((view) => view.isThere), [false, true]);
});
