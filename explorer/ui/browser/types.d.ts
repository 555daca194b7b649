/** Records that the modules of every component pass between them. */

export type How = "replace" | "add" | "remove";

/** What Streamlit hands to a component's function. */
export type Component<Props> = {
  data: [Props];
  parentElement: HTMLElement | ShadowRoot;
  setStateValue: (name: string, value: unknown) => void;
  setTriggerValue: (name: string, value: unknown) => void;
};

export type Place = { x: number; y: number };

export type Size = { width: number; height: number };
