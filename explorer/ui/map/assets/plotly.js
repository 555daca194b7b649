/**
 * Plotly.js, served by the app itself out of the installed plotly package, loaded once a page.
 * Its build leaves two names on `window`; both are taken off again.
 * @import {PlotlyApi} from "./types"
 */

/** @type {Promise<PlotlyApi> | undefined} */
let loading;

/**
 * @param {string} root the live routes' address
 * @param {string} version lets the browser keep it
 * @returns {Promise<PlotlyApi>}
 */
export function loadPlotly(root, version) {
  loading ??= load(`${root}plotly.js?v=${encodeURIComponent(version)}`).catch((fault) => {
    loading = undefined;
    throw fault;
  });
  return loading;
}

/**
 * @param {string} source
 * @returns {Promise<PlotlyApi>}
 */
function load(source) {
  const page = /** @type {any} */ (window);
  const before = page.Plotly;
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => {
      const api = page.Plotly;
      if (before === undefined) delete page.Plotly;
      else page.Plotly = before;
      delete page.moduleName;
      script.remove();
      resolve(api);
    };
    script.onerror = () => reject(new Error(`Plotly.js could not be loaded from ${source}`));
    document.head.append(script);
  });
}
