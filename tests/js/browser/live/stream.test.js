import assert from "node:assert/strict";
import { test } from "node:test";

import { NewestWins } from "../../../../explorer/ui/browser/live/stream.js";

const at = (x) => ({ model: "m", map: "umap", base: 1, x, y: 0 });

test("of the positions that wait, only the newest is sent", () => {
  const stream = new NewestWins(2);
  for (const x of [1, 2, 3]) stream.offer("a", at(x));
  assert.equal(stream.take().x, 3);
  assert.equal(stream.take(), null);
});

test("no more than the limit are on their way", () => {
  const stream = new NewestWins(2);
  for (const x of [1, 2]) {
    stream.offer("a", at(x));
    stream.take();
  }
  stream.offer("a", at(3));
  assert.equal(stream.take(), null);
  stream.settle("a", 1);
  assert.equal(stream.take().x, 3);
});

test("an answer ends the earlier ones of its handle, which the server has skipped", () => {
  const stream = new NewestWins(2);
  for (const x of [1, 2]) {
    stream.offer("a", at(x));
    stream.take();
  }
  assert.equal(stream.settle("a", 2), true);
  assert.equal(stream.inFlight.size, 0);
});

test("an answer that comes after a newer one is not news", () => {
  const stream = new NewestWins(2);
  assert.equal(stream.settle("a", 5), true);
  assert.equal(stream.settle("a", 4), false);
  assert.equal(stream.settle("a", 5), false);
});

test("handles do not overtake each other", () => {
  const stream = new NewestWins(4);
  stream.offer("a", at(1));
  stream.offer("b", at(2));
  assert.deepEqual([stream.take().id, stream.take().id], ["a", "b"]);
  assert.equal(stream.settle("b", 2), true);
  assert.equal(stream.settle("a", 1), true);
});

test("numbers rise and are never used twice", () => {
  const stream = new NewestWins(9);
  const seqs = [1, 2, 3].map((x) => {
    stream.offer("a", at(x));
    return stream.take().seq;
  });
  assert.deepEqual(seqs, [1, 2, 3]);
});

test("what was on its way when the connection went is asked again, unless something newer waits", () => {
  const stream = new NewestWins(2);
  stream.offer("a", at(1));
  stream.take();
  stream.offer("b", at(2));
  stream.take();
  stream.offer("a", at(9));
  stream.rewind();
  const again = [stream.take(), stream.take()].map(({ id, x }) => [id, x]);
  assert.deepEqual(new Map(again), new Map([["a", 9], ["b", 2]]));
});

test("of two positions on their way, the newer is asked again", () => {
  const stream = new NewestWins(2);
  for (const x of [1, 2]) {
    stream.offer("a", at(x));
    stream.take();
  }
  stream.rewind();
  assert.equal(stream.take().x, 2);
});

test("answers to what was forgotten are not news", () => {
  const stream = new NewestWins(2);
  stream.offer("a", at(1));
  stream.take();
  stream.offer("a", at(2));
  stream.clear();
  assert.equal(stream.settle("a", 1), false);
  assert.equal(stream.take(), null);
  stream.offer("a", at(3));
  assert.equal(stream.settle("a", stream.take().seq), true);
});
