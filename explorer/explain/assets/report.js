// Draws the figures of the file in the reader's theme, and in the light one on paper.
"use strict";
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const plots = [...document.querySelectorAll("[data-figure]")];

  const template = (isDark) => {
    const grid = isDark ? "#3a3f4b" : "#e3e5ea";
    const axis = { gridcolor: grid, linecolor: grid, zerolinecolor: grid, automargin: true };
    return {
      layout: {
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: isDark ? "#e6e8ee" : "#23262f" },
        xaxis: axis,
        yaxis: axis,
        hoverlabel: { bgcolor: isDark ? "#23262f" : "#ffffff" },
      },
    };
  };

  const draw = (isDark) => {
    for (const plot of plots) {
      const figure = figures[plot.dataset.figure];
      const layout = { ...figure.layout, template: template(isDark), autosize: true };
      Plotly.react(plot, figure.data, layout, { displayModeBar: false, displaylogo: false, responsive: true });
    }
  };

  draw(dark.matches);
  dark.addEventListener("change", () => draw(dark.matches));
  window.addEventListener("beforeprint", () => draw(false));
  window.addEventListener("afterprint", () => draw(dark.matches));
  document.documentElement.dataset.ready = "true";
})();
