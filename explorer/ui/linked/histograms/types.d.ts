/** What the page sends to the histograms, and the records that their modules pass between them. */

import type { How } from "../../browser/types";

/** A range of a column's stored values, both ends included, and what it did to the selection. */
export type Brush = { column: string; low: number; high: number; how: How };

/**
 * One histogram. `edges` has one more than there are counts; the bins at the ends collect what lies beyond, down to
 * `lowest` and up to `highest`. `scale` turns what is stored into the unit that is shown.
 */
export type Panel = {
  column: string;
  name: string;
  unit: string;
  scale: number;
  digits: number;
  edges: number[];
  lowest: number;
  highest: number;
  counts: number[];
  selected: number[];
  n_missing: number;
  /** Examples whose number is still to come. */
  n_to_come: number;
};

export type HistogramsProps = {
  n_examples: number;
  n_selected: number;
  panels: Panel[];
  /** How many are scored so far; "" where all are. */
  note: string;
  brush: Brush | null;
  acknowledged: number;
};

export type Act = ({ n: number; kind: "brush" } & Brush) | { n: number; kind: "clear" };

/** Bins from the one where a range began to the one where it ends now, whichever is greater; both with it. */
export type Span = { anchor: number; head: number };

export type Bars = "counts" | "shares";
