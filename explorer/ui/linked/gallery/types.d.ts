/** What the page sends to the gallery, and the records that its modules pass between them. */

import type { Thumbnails } from "../../browser/live/types";
import type { Size } from "../../browser/types";

/** A column to sort by; `scale` turns what is stored into the unit that is shown, `note` says how many are scored so far. */
export type Order = { column: string; name: string; unit: string; scale: number; digits: number; note: string };

export type GalleryProps = {
  model: string;
  version: string;
  /** Another one when the rows are others: it stays while an atlas is being built. */
  examples: string;
  n_examples: number;
  label_names: string[];
  visible_labels: number[] | null;
  thumbnails: Thumbnails | null;
  selected: number | null;
  selection: string;
  orders: Order[];
  acknowledged: number;
  height: number;
};

export type Act = { n: number; kind: "inspect"; id: number } | { n: number; kind: "choose"; selection: string };

/** What a click means when no key is held. */
export type Mode = "inspect" | "pick";

export type Scope = "selected" | "all";

/** Tiles in rows: `cell` is a tile with the gap to the next. */
export type Grid = { columns: number; rows: number; cell: Size; height: number };

/** One example as a tile shows it. */
export type Shown = {
  row: number;
  id: number;
  label: string;
  value: string;
  isSelected: boolean;
  isInspected: boolean;
};

export type Tools = { order: string; isDescending: boolean; scope: Scope; mode: Mode };
