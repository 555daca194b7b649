// regl comes as a script that leaves a global; regl-scatterplot imports it as a module.
export default window.createREGL;
