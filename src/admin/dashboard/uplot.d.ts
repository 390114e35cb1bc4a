/** Served as /uplot.js from the package's own ES module. */
import uPlot from 'uplot';

export default uPlot;
