// The smallest page that shows the points: fetch, draw, and say on the canvas how far it is.
import createScatterplot from "./node_modules/regl-scatterplot/dist/regl-scatterplot.esm.js";

const PALETTE = [
  "#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#9498a0",
];

// Places in [-1, 1] and labels, one column after another: float32 x, float32 y, uint8 label.
const bytes = await (await fetch("points.bin")).arrayBuffer();
const n = bytes.byteLength / 9;
const canvas = document.querySelector("#plot");
const { width, height } = canvas.getBoundingClientRect();
const scatterplot = createScatterplot({ canvas, width, height, pointSize: 2, colorBy: "valueA", pointColor: PALETTE });
scatterplot.subscribe("view", () => {
  canvas.dataset.views = String(Number(canvas.dataset.views ?? 0) + 1);
});
await scatterplot.draw(
  {
    x: new Float32Array(bytes, 0, n),
    y: new Float32Array(bytes, 4 * n, n),
    valueA: Array.from(new Uint8Array(bytes, 8 * n, n)),
  },
  { zDataType: "categorical" },
);
canvas.dataset.ready = "true";
