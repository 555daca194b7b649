/** What the page sends to the map, and the records that its modules pass between them. */

import type { Thumbnails } from "../browser/live/types";
import type { Place } from "../browser/types";

/** `offset` is added to the code that the place lifts to; [] for nothing. */
export type Pin = { id: string; base: number | null; x: number; y: number; offset: number[] };

export type Categorical = {
  kind: "categorical";
  column: string;
  label: string;
  names: string[];
  colours: string[];
};

export type Continuous = {
  kind: "continuous";
  column: string;
  label: string;
  limits: [number, number];
  stops: [number, string][];
  note: string;
  digits: number;
  missing: string;
};

export type Colour = Categorical | Continuous;

export type MapSpec = { id: string; x: string; y: string; label: string; exact: boolean };

/** What decoded vectors are drawn over: the range of the data's values, as a line or as bars from zero. */
export type VectorLook = { low: number; high: number; is_line: boolean };

export type Props = {
  model: string;
  version: string;
  examples: string;
  map: MapSpec;
  axis_labels: [string, string] | null;
  n_examples: number;
  colour: Colour;
  visible_labels: number[] | null;
  label_names: string[];
  thumbnails: Thumbnails | null;
  vectors: VectorLook | null;
  selected: number | null;
  /** Packed bits in base64, see selection.js. */
  selection: string;
  can_undo: boolean;
  can_redo: boolean;
  layers: Layer[];
  /** A level in (0, 1] and a line. */
  contours: [number, [number, number][]][];
  /** x, y and the covariance's xx, xy, yy. */
  ellipses: [number, number, number, number, number][];
  has_handles: boolean;
  diagonal: boolean;
  handles: Pin[];
  path: [number, number][];
  hint: boolean;
  revision: number;
  acknowledged: number;
  height: number;
};

export type Layer = "names" | "contours" | "ellipses" | "round trip" | "likelihood";

export type GestureKind = "select" | "move" | "place" | "remove" | "choose" | "labels" | "undo" | "redo";

export type Gesture = {
  n: number;
  kind: GestureKind;
  selected: number | null;
  handles: Pin[];
  selection: string;
  labels: number[];
};

/** A handle and the place it returns to. */
export type HomedPin = Pin & { home: Place & { offset: number[] } };

export type Pins = { selected: number | null; pins: HomedPin[] };

export type Margin = { l: number; r: number; t: number; b: number };

/** What of the map is in sight: its centre in map units; `scale` is map units per pixel, the same on both axes. */
export type MapWindow = { cx: number; cy: number; scale: number };

export type Bounds = { x0: number; x1: number; y0: number; y1: number };
