import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("../../explorer", import.meta.url));

/** What the scripts of a folder may import beside their own; a folder is a room. */
const ALLOWED = {
  "explain/assets": [],
  "ui/browser": [],
  "ui/browser/live": ["ui/browser"],
  "ui/map/points": ["ui/browser", "ui/browser/live"],
  "ui/map/words": ["ui/browser", "ui/browser/live", "ui/map/points"],
  "ui/map/handles": ["ui/browser", "ui/browser/live"],
  "ui/map/tools": ["ui/browser", "ui/browser/live", "ui/map/words"],
  "ui/map": ["ui/browser", "ui/browser/live", "ui/map/handles", "ui/map/points", "ui/map/tools", "ui/map/words"],
  "ui/linked/gallery": ["ui/browser", "ui/browser/live"],
  "ui/linked/histograms": ["ui/browser", "ui/browser/live"],
  "ui/pages/bound": ["explain/assets", "ui/browser"],
};

const SCRIPTS = readdirSync(PACKAGE, { recursive: true }).filter((name) => name.endsWith(".js"));

/** Folders of what a script imports. */
function reached(name) {
  const text = readFileSync(join(PACKAGE, name), "utf8");
  const found = [...text.matchAll(/^(?:import|export)\b[^;]*? from "(\.[^"]+)";/gm), ...text.matchAll(/\bimport\("(\.[^"]+\.js)"\)(?!\.)/g)];
  return found.map(([, other]) => relative(PACKAGE, join(PACKAGE, dirname(name), dirname(other))));
}

test("every folder with scripts has its arrows", () => {
  assert.deepEqual([...new Set(SCRIPTS.map(dirname))].sort(), Object.keys(ALLOWED).sort());
});

test("a script imports only what lies below its folder: no feature another, no shared script a feature", () => {
  for (const name of SCRIPTS) {
    const folder = dirname(name);
    for (const other of reached(name)) {
      assert.ok(other === folder || ALLOWED[folder].includes(other), `${name} imports from ${other}`);
    }
  }
});

test("the arrows have no circle", () => {
  const below = new Map(Object.entries(ALLOWED));
  while (below.size > 0) {
    const leaves = [...below].filter(([, needs]) => !needs.some((need) => below.has(need)));
    assert.ok(leaves.length > 0, `a circle among ${[...below.keys()]}`);
    for (const [name] of leaves) below.delete(name);
  }
});
