/**
 * The points in WebGL 2: positions go to the graphics memory once a map, a colour or a selection replaces four bytes a
 * point, and panning, zooming and sizing are uniforms.
 *
 * A point at (x, y) is drawn at ((x - cx) / (s w/2), (y - cy) / (s h/2)) of the canvas, for the window (cx, cy, s) and a
 * surface of w by h pixels. During a transition it moves straight from its place under the old map and window.
 * @import {Size} from "../../browser/types"
 * @import {MapWindow} from "../types"
 */

const VERTEX = `#version 300 es
in float x0; in float y0; in float x1; in float y1;
in vec4 colour;
uniform vec4 before;
uniform vec4 after;
uniform float share;
uniform float size;
uniform float pass;
out vec4 tint;
void main() {
  vec2 from = (vec2(x0, y0) - before.xy) * before.zw;
  vec2 to = (vec2(x1, y1) - after.xy) * after.zw;
  bool isQuiet = colour.a < 0.5;
  bool isDrawn = isQuiet == (pass < 0.5);
  gl_Position = isDrawn ? vec4(mix(from, to, share), 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = size;
  tint = colour;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec4 tint;
uniform float size;
uniform float opacity;
uniform vec4 quiet;
uniform float pass;
out vec4 drawn;
void main() {
  float distance = length(gl_PointCoord - 0.5) * size;
  float cover = clamp(0.5 * size - distance + 0.5, 0.0, 1.0);
  vec4 shade = pass < 0.5 ? quiet : vec4(tint.rgb, opacity);
  float alpha = shade.a * cover;
  if (alpha <= 0.0) discard;
  drawn = vec4(shade.rgb * alpha, alpha);
}`;

/** @typedef {{colours: Uint8Array, hasQuiet: boolean}} Shades RGBA a point; an alpha of 0 is quiet */
/** @typedef {"x0" | "y0" | "x1" | "y1" | "colour"} Attribute */
/** @typedef {{size: number, opacity: number, quiet: [number, number, number, number]}} Look */

export class WebGLPoints {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} onRestored the graphics memory was lost and is empty again
   * @returns {WebGLPoints | null} null where the browser has no WebGL 2
   */
  static on(canvas, onRestored) {
    const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true, powerPreference: "high-performance" });
    return gl && new WebGLPoints(canvas, gl, onRestored);
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {WebGL2RenderingContext} gl
   * @param {() => void} onRestored
   */
  constructor(canvas, gl, onRestored) {
    this.canvas = canvas;
    this.gl = gl;
    this.count = 0;
    this.hasQuiet = false;
    /** @type {WebGLProgram | null} */
    this.program = null;
    /** @type {Map<Attribute, WebGLBuffer | null>} */
    this.buffers = new Map();
    this.#build();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.#build();
      onRestored();
    });
  }

  #build() {
    const { gl } = this;
    const program = /** @type {WebGLProgram} */ (gl.createProgram());
    gl.attachShader(program, compiled(gl, gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, compiled(gl, gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`the points' program: ${gl.getProgramInfoLog(program)}`);
    }
    gl.useProgram(program);
    this.program = program;
    for (const name of /** @type {Attribute[]} */ (["x0", "y0", "x1", "y1", "colour"])) this.#attribute(name);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  /** @param {Attribute} name */
  #attribute(name) {
    const { gl } = this;
    const buffer = gl.createBuffer();
    const at = gl.getAttribLocation(/** @type {WebGLProgram} */ (this.program), name);
    const isColour = name === "colour";
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, isColour ? 4 : 1, isColour ? gl.UNSIGNED_BYTE : gl.FLOAT, isColour, 0, 0);
    this.buffers.set(name, buffer);
  }

  /**
   * @param {Attribute} name
   * @param {ArrayBufferView<ArrayBuffer>} values
   */
  #fill(name, values) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.get(name) ?? null);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
  }

  /**
   * @param {Float32Array<ArrayBuffer>} x
   * @param {Float32Array<ArrayBuffer>} y
   * @param {{x: Float32Array<ArrayBuffer>, y: Float32Array<ArrayBuffer>} | null} from where the same points were before
   */
  place(x, y, from) {
    this.count = x.length;
    this.#fill("x1", x);
    this.#fill("y1", y);
    this.startFrom(from ?? { x, y });
  }

  /** @param {{x: Float32Array<ArrayBuffer>, y: Float32Array<ArrayBuffer>}} from */
  startFrom({ x, y }) {
    this.#fill("x0", x);
    this.#fill("y0", y);
  }

  /** @param {Shades} shades */
  shade({ colours, hasQuiet }) {
    this.hasQuiet = hasQuiet;
    this.#fill("colour", /** @type {Uint8Array<ArrayBuffer>} */ (colours));
  }

  /**
   * @param {MapWindow} window
   * @param {Size} size of the surface
   * @param {Look} look
   * @param {{window: MapWindow, share: number} | null} transition
   */
  draw(window, size, look, transition) {
    const { gl, canvas } = this;
    const ratio = canvas.width / size.width;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (this.count === 0) return;
    const to = window4(window, size);
    const from = transition ? window4(transition.window, size) : to;
    gl.uniform4f(this.#uniform("before"), ...from);
    gl.uniform4f(this.#uniform("after"), ...to);
    gl.uniform1f(this.#uniform("share"), transition ? transition.share : 1);
    gl.uniform1f(this.#uniform("size"), look.size * ratio);
    gl.uniform1f(this.#uniform("opacity"), look.opacity);
    gl.uniform4f(this.#uniform("quiet"), ...look.quiet);
    for (const pass of this.hasQuiet ? [0, 1] : [1]) {
      gl.uniform1f(this.#uniform("pass"), pass);
      gl.drawArrays(gl.POINTS, 0, this.count);
    }
  }

  /** @param {string} name */
  #uniform(name) {
    return this.gl.getUniformLocation(/** @type {WebGLProgram} */ (this.program), name);
  }

  destroy() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/**
 * @param {MapWindow} window
 * @param {Size} size
 * @returns {[number, number, number, number]}
 */
function window4({ cx, cy, scale }, { width, height }) {
  return [cx, cy, 2 / (scale * width), 2 / (scale * height)];
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {number} kind
 * @param {string} source
 */
function compiled(gl, kind, source) {
  const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
    throw new Error(`the points' shader: ${gl.getShaderInfoLog(shader)}`);
  }
  return shader;
}
