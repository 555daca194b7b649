import assert from "node:assert/strict";
import { test } from "node:test";

import { bars, tallest } from "../../../../explorer/ui/linked/histograms/bars.js";
import { below, binAt, countIn, ends, keyed, limitsOf, spanOf } from "../../../../explorer/ui/linked/histograms/brush.js";
import { headline, inForce, missing, range } from "../../../../explorer/ui/linked/histograms/words.js";

const PANEL = {
  column: "gap_nats",
  name: "gap",
  unit: "nats",
  scale: 1,
  digits: 2,
  edges: [0, 1, 2, 3, 4],
  lowest: -7,
  highest: 90,
  counts: [5, 0, 10, 1],
  selected: [1, 0, 2, 0],
  n_missing: 0,
  n_to_come: 0,
};

test("a place is in the bin that is drawn there, and beyond the ends in the one at the end", () => {
  assert.deepEqual([-5, 0, 24.9, 25, 99.9, 100, 400].map((x) => binAt(x, 100, 4)), [0, 0, 0, 1, 3, 3, 3]);
});

test("a range drawn leftwards is the range drawn rightwards", () => {
  assert.deepEqual(ends({ anchor: 3, head: 1 }), [1, 3]);
  assert.deepEqual(limitsOf({ anchor: 2, head: 1 }, PANEL), limitsOf({ anchor: 1, head: 2 }, PANEL));
});

test("a range holds its lower edge and not its upper one, as its bins do", () => {
  const { low, high } = limitsOf({ anchor: 1, head: 1 }, PANEL);
  assert.equal(low, 1);
  assert.ok(high < 2 && high > 2 - 1e-15);
});

test("the bins at the ends stand for all that lies beyond them", () => {
  assert.deepEqual(limitsOf({ anchor: 0, head: 3 }, PANEL), { low: -7, high: 90 });
});

test("a range comes back from its limits", () => {
  for (let anchor = 0; anchor < 4; anchor++) {
    for (let head = anchor; head < 4; head++) {
      assert.deepEqual(spanOf(limitsOf({ anchor, head }, PANEL), PANEL), { anchor, head });
    }
  }
});

test("the number below another is smaller, and none lies between", () => {
  for (const value of [1, 2, 1e300, -1, -3.5, 0, Number.MIN_VALUE]) {
    assert.ok(below(value) < value);
    const middle = below(value) + (value - below(value)) / 2;
    assert.ok(middle === value || middle === below(value));
  }
});

test("the first arrow takes the bin at the end that it comes from", () => {
  assert.deepEqual(keyed(null, "ArrowRight", false, 4), { anchor: 0, head: 0 });
  assert.deepEqual(keyed(null, "ArrowLeft", false, 4), { anchor: 3, head: 3 });
  assert.deepEqual(keyed(null, "Home", false, 4), { anchor: 0, head: 0 });
  assert.deepEqual(keyed(null, "End", true, 4), { anchor: 3, head: 3 });
});

test("an arrow moves a range without changing its width, up to the end", () => {
  assert.deepEqual(keyed({ anchor: 0, head: 1 }, "ArrowRight", false, 4), { anchor: 1, head: 2 });
  assert.deepEqual(keyed({ anchor: 2, head: 3 }, "ArrowRight", false, 4), { anchor: 2, head: 3 });
  assert.deepEqual(keyed({ anchor: 3, head: 2 }, "Home", false, 4), { anchor: 1, head: 0 });
  assert.deepEqual(keyed({ anchor: 0, head: 1 }, "PageUp", false, 4), { anchor: 2, head: 3 });
});

test("with Shift one end stays where it is, and the other may go past it", () => {
  assert.deepEqual(keyed({ anchor: 1, head: 1 }, "ArrowRight", true, 4), { anchor: 1, head: 2 });
  assert.deepEqual(keyed({ anchor: 1, head: 1 }, "ArrowLeft", true, 4), { anchor: 1, head: 0 });
  assert.deepEqual(keyed({ anchor: 1, head: 3 }, "ArrowRight", true, 4), { anchor: 1, head: 3 });
});

test("other keys mean nothing", () => {
  assert.equal(keyed({ anchor: 1, head: 1 }, "Tab", false, 4), null);
  assert.equal(keyed(null, "toString", false, 4), null);
});

test("a range counts its bins, both ends with it", () => {
  assert.equal(countIn(PANEL.counts, { anchor: 2, head: 0 }), 15);
});

test("bars are as high as their counts, a small one is still seen, an empty one is none", () => {
  const path = bars([10, 0, 1, 5], 10, { width: 40, height: 100 });
  assert.equal(path, "M0 100v-100h9v100zM20 100v-10h9v10zM30 100v-50h9v50z");
  assert.match(bars([1], 1000, { width: 40, height: 100 }), /v-2h/);
  assert.equal(bars([0, 0], 0, { width: 40, height: 100 }), "");
});

test("shapes are compared at full height, counts on one scale", () => {
  assert.deepEqual(tallest([5, 20], [1, 2], "counts"), { all: 20, selected: 20 });
  assert.deepEqual(tallest([5, 20], [1, 2], "shares"), { all: 20, selected: 2 });
});

test("a range is said in words, in its unit, with its open ends", () => {
  assert.equal(range({ low: 1, high: 2.5 }, PANEL), "1.00 to 2.50 nats");
  assert.equal(range({ low: -7, high: 2.5 }, PANEL), "up to 2.50 nats");
  assert.equal(range({ low: 1, high: 90 }, PANEL), "from 1.00 nats");
  assert.equal(range({ low: -7, high: 90 }, PANEL), "all values");
  assert.equal(range({ low: 1, high: 2 }, { ...PANEL, unit: "bits/dim", scale: 0.5, digits: 4 }), "0.5000 to 1.0000 bits/dim");
  assert.equal(inForce({ column: "gap_nats", low: 1, high: 2, how: "remove" }, PANEL), "removed: 1.00 to 2.00 nats");
});

test("values that are missing are counted in words", () => {
  assert.equal(missing(PANEL), "");
  assert.equal(missing({ ...PANEL, n_missing: 1 }), "1 example without a finite value");
});

test("the headline says how many are selected and by which range", () => {
  const props = { n_selected: 0, n_examples: 1000, brush: null, panels: [PANEL] };
  assert.equal(headline(props), "Nothing of 1,000 examples is selected");
  const brush = { column: "gap_nats", low: 1, high: 2, how: "replace" };
  assert.equal(headline({ ...props, n_selected: 11, brush }), "11 of 1,000 examples selected · gap 1.00 to 2.00 nats");
});

test("what is still to come is told apart from what has no value, and the headline says how many are scored", () => {
  assert.equal(missing({ ...PANEL, n_to_come: 24 }), "24 examples still to come");
  assert.equal(missing({ ...PANEL, n_to_come: 24, n_missing: 1 }), "24 examples still to come · 1 example without a finite value");
  const props = { n_selected: 0, n_examples: 40, brush: null, panels: [PANEL], note: "16 of 40 scored so far" };
  assert.equal(headline(props), "Nothing of 40 examples is selected · 16 of 40 scored so far");
});
