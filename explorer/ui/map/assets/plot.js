/**
 * The points: one scattergl trace, drawn once a map. Panning and zooming set the axes' ranges, a new colour
 * or filter restyles; neither touches the positions. Plotly's own interaction is off: the surface above has it.
 * @import {Column, Margin, PlotlyApi, Size, Theme} from "./types"
 */

const FADED = "rgba(128, 132, 140, 0.12)";
const OPACITY = 0.78;

/** @typedef {{x: [number, number], y: [number, number]}} Ranges */
/** @typedef {{x: Column, y: Column, colours: string[], visible: Int32Array | null}} Points */

export class Plot {
  /**
   * @param {PlotlyApi} plotly
   * @param {HTMLElement} node
   */
  constructor(plotly, node) {
    this.plotly = plotly;
    this.node = node;
    this.isDrawn = false;
  }

  /**
   * @param {Points} points
   * @param {number} markerSize pixels
   * @param {object} layout
   */
  async draw(points, markerSize, layout) {
    const trace = {
      type: "scattergl",
      mode: "markers",
      hoverinfo: "skip",
      x: points.x,
      y: points.y,
      selectedpoints: points.visible,
      marker: { color: points.colours, size: markerSize, opacity: OPACITY, line: { width: 0 } },
      selected: { marker: { opacity: OPACITY } },
      unselected: { marker: { color: FADED, opacity: 1 } },
    };
    if (this.isDrawn) this.plotly.purge(this.node);
    await this.plotly.newPlot(this.node, [trace], layout, { staticPlot: true, displayModeBar: false });
    this.isDrawn = true;
  }

  /** @param {Pick<Points, "colours" | "visible">} points */
  recolour({ colours, visible }) {
    return this.plotly.restyle(this.node, { "marker.color": [colours], selectedpoints: [visible] });
  }

  /** @param {number} markerSize */
  resizeMarkers(markerSize) {
    return this.plotly.restyle(this.node, { "marker.size": markerSize });
  }

  /** @param {Ranges} ranges */
  setRanges(ranges) {
    return this.plotly.relayout(this.node, { "xaxis.range": ranges.x, "yaxis.range": ranges.y });
  }

  /**
   * @param {Size} size of the whole plot
   * @param {Ranges} ranges
   */
  setSize({ width, height }, ranges) {
    return this.plotly.relayout(this.node, { width, height, "xaxis.range": ranges.x, "yaxis.range": ranges.y });
  }

  /** @param {Theme} theme */
  setTheme(theme) {
    const changes = Object.entries({ xaxis: axisTheme(theme), yaxis: axisTheme(theme) }).flatMap(([axis, values]) =>
      Object.entries(values).map(([name, value]) => [`${axis}.${name}`, value]),
    );
    return this.plotly.relayout(this.node, { ...Object.fromEntries(changes), "font.family": theme.font });
  }

  purge() {
    if (this.isDrawn) this.plotly.purge(this.node);
    this.isDrawn = false;
  }
}

/** @param {Theme} theme */
function axisTheme({ text, faint, grid }) {
  return { color: faint, gridcolor: grid, zerolinecolor: grid, "title.font.color": text };
}

/**
 * Room for ticks and titles where the axes mean something; none on a map whose axes mean nothing.
 * @param {[string, string] | null} axisLabels
 * @returns {Margin}
 */
export function margins(axisLabels) {
  return axisLabels ? { l: 56, r: 0, t: 0, b: 48 } : { l: 0, r: 0, t: 0, b: 0 };
}

/**
 * @param {Size} size
 * @param {Ranges} ranges
 * @param {[string, string] | null} axisLabels
 * @param {Theme} theme
 */
export function plotLayout(size, ranges, axisLabels, theme) {
  const axis = (/** @type {[number, number]} */ range, /** @type {string | undefined} */ title) => ({
    range,
    autorange: false,
    visible: axisLabels !== null,
    color: theme.faint,
    gridcolor: theme.grid,
    zeroline: true,
    zerolinecolor: theme.grid,
    zerolinewidth: 1,
    ticks: "",
    tickfont: { size: 11 },
    nticks: 8,
    title: { text: escapeMarkup(title ?? ""), font: { size: 12, color: theme.text }, standoff: 8 },
  });
  return {
    ...size,
    autosize: false,
    margin: { ...margins(axisLabels), pad: 0 },
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    font: { family: theme.font },
    showlegend: false,
    hovermode: false,
    dragmode: false,
    xaxis: axis(ranges.x, axisLabels?.[0]),
    yaxis: axis(ranges.y, axisLabels?.[1]),
  };
}

/**
 * Plotly reads some HTML in titles, and an axis may be named in a user's file.
 * @param {string} text
 */
function escapeMarkup(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
