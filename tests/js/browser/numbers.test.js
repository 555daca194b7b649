import assert from "node:assert/strict";
import { test } from "node:test";

import { formatCount, formatNumber, MISSING } from "../../../explorer/ui/browser/numbers.js";

test("minus is a minus sign, not a hyphen", () => {
  assert.equal(formatNumber(-239.8149), "\u2212239.81");
});

test("zero has no sign, however it was reached", () => {
  assert.equal(formatNumber(-0), "0.00");
  assert.equal(formatNumber(-0.004), "0.00");
  assert.equal(formatNumber(-0.006), "\u22120.01");
});

test("thousands are grouped, decimals are kept", () => {
  assert.equal(formatNumber(12345.5, 1), "12,345.5");
  assert.equal(formatCount(10000), "10,000");
});

test("what is not a number says so", () => {
  for (const value of [NaN, Infinity, null]) assert.equal(formatNumber(value), MISSING);
});
