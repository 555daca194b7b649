/** What the live routes send and are asked. */

export type Thumbnails = { tile: [number, number]; columns: number; rows: number };

export type Column = Float32Array | Int32Array | Uint8Array | Uint16Array;

export type SupportLevel = "good" | "thin" | "outside";

export type ReplyHeader = {
  id: string;
  seq: number;
  dtype: "uint8" | "float32";
  /** [H, W, C] of an image, [D] of a vector. */
  shape: number[];
  log_prior_nats: number | null;
  support: { ratio: number | null; level: SupportLevel };
  nearest_example_id: number;
  round_trip: { x: number; y: number; distance: number } | null;
  /** log p(x|z) of the base's own x; null where it was not asked for. */
  log_likelihood_nats: number | null;
  /** Names and values of the largest, of a vector whose features are too many to be drawn each. */
  top_features: [string, number][];
};

export type Reply = { header: ReplyHeader; values: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> };

export type Target = {
  model: string;
  /** Digest of the atlas whose places these are. */
  version: string;
  map: string;
  base: number | null;
  x: number;
  y: number;
  offset: number[];
  round_trip: boolean;
  likelihood: boolean;
};

export type Request = Target & { id: string; seq: number };
