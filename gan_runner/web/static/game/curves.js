// Curves over batches: losses, how often D is right, distances between the densities, modes.
import { palette } from "../shared/colours.js";

/** @typedef {{key: string, colour: string, dash?: number[]}} Line a colour is a key of the palette */
/** @typedef {{title: string, lines: Line[], low?: number, high?: number, middle?: number}} Chart */

const ACCURACY = [{ key: "accuracy_real", colour: "real" }, { key: "accuracy_fake", colour: "fake" }];
const CRITIC = [{ key: "logit_real", colour: "real" }, { key: "logit_fake", colour: "fake" }];
const LOSSES = [{ key: "loss_d", colour: "discriminator" }, { key: "loss_g", colour: "generator" }];

/** The charts of a game whose D answers with probabilities, or (a critic) with any number. @returns {Chart[]} */
export function chartsOf(critic, modes) {
  return [
    { title: "chart_losses", lines: LOSSES },
    critic ? { title: "chart_critic", lines: CRITIC } : { title: "chart_accuracy", lines: ACCURACY, low: 0, high: 1, middle: 0.5 },
    { title: "chart_densities", lines: [{ key: "kl", colour: "blue" }, { key: "js", colour: "amber" }], low: 0 },
    { title: "chart_modes", lines: [{ key: "covered", colour: "ink" }], low: 0, high: modes || undefined },
  ];
}

/** What has been told of a game, thinned out as it grows. */
export class History {
  constructor(most = 1200) {
    this.most = most;
    this.clear();
  }

  clear() {
    this.rows = [];
    this.stride = 1;
    this.seen = 0;
  }

  /** @param {Object<string, number|null>} row with its batch */
  add(row) {
    const last = this.rows.at(-1);
    if (last && row.batch <= last.batch) return;
    this.seen += 1;
    if (this.seen % this.stride && last) return;
    this.rows.push(row);
    if (this.rows.length > this.most) {
      this.rows = this.rows.filter((_, i) => i % 2 === 0);
      this.stride *= 2;
    }
  }
}

/**
 * Draw a chart of rows up to a batch.
 * @param {HTMLCanvasElement} canvas
 * @param {Chart} chart
 * @param {Object<string, number|null>[]} rows
 * @param {(key: string) => string} t words
 */
export function drawChart(canvas, chart, rows, t, upTo = Infinity) {
  const colours = palette();
  const ratio = canvas.width / Math.max(canvas.clientWidth, 1);
  const [wide, high] = [canvas.width / ratio, canvas.height / ratio];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, wide, high);
  const shown = rows.filter((row) => row.batch <= upTo);
  const area = { left: 34, right: wide - 6, top: 20, bottom: high - 8 };
  const range = rangeOf(chart, shown);
  drawFrame(context, chart, range, area, colours, t);
  if (shown.length < 2) return;
  const first = shown[0].batch;
  const span = Math.max(shown.at(-1).batch - first, 1);
  for (const line of chart.lines) {
    context.strokeStyle = colours[line.colour];
    context.lineWidth = 1.6;
    context.beginPath();
    let begun = false;
    for (const row of shown) {
      if (row[line.key] === null || row[line.key] === undefined) continue;
      const x = area.left + ((row.batch - first) / span) * (area.right - area.left);
      const y = area.bottom - ((clamped(row[line.key], range) - range[0]) / (range[1] - range[0])) * (area.bottom - area.top);
      if (begun) context.lineTo(x, y);
      else context.moveTo(x, y);
      begun = true;
    }
    context.stroke();
  }
}

function clamped(value, [low, high]) {
  return Math.min(Math.max(value, low), high);
}

/** From the lowest to the highest that matters: a spike of one batch does not flatten all others. */
function rangeOf(chart, rows) {
  const values = chart.lines.flatMap(({ key }) => rows.map((row) => row[key])).filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  const quantile = (share) => values[Math.min(values.length - 1, Math.floor(share * values.length))];
  let low = chart.low ?? (values.length ? quantile(0.01) : 0);
  let high = chart.high ?? (values.length ? quantile(0.995) : 1);
  if (high - low < 1e-6) [low, high] = [chart.low ?? low - 0.5, chart.high ?? high + 0.5];
  const margin = (high - low) * 0.06;
  return [chart.low === undefined ? low - margin : low - margin / 3, high + margin];
}

function drawFrame(context, chart, [low, high], area, colours, t) {
  context.font = "600 12px system-ui, sans-serif";
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.fillStyle = colours.ink;
  context.fillText(t(chart.title), area.left, 12);
  let x = area.left + context.measureText(t(chart.title)).width + 9;
  context.font = "12px system-ui, sans-serif";
  for (const line of chart.lines.length > 1 ? chart.lines : []) {
    context.fillStyle = colours[line.colour];
    context.fillRect(x, 4, 9, 8);
    context.fillStyle = colours.quiet;
    context.fillText(t(`line_${line.key}`), x + 12, 12);
    x += 12 + context.measureText(t(`line_${line.key}`)).width + 8;
  }
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.strokeRect(area.left + 0.5, area.top + 0.5, area.right - area.left - 1, area.bottom - area.top - 1);
  context.fillStyle = colours.quiet;
  context.textAlign = "right";
  context.font = "10.5px system-ui, sans-serif";
  context.fillText(short(chart.high ?? high), area.left - 4, area.top + 9);
  context.fillText(short(chart.low ?? low), area.left - 4, area.bottom);
  if (chart.middle === undefined) return;
  const y = area.bottom - ((chart.middle - low) / (high - low)) * (area.bottom - area.top);
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(area.left, y);
  context.lineTo(area.right, y);
  context.stroke();
  context.setLineDash([]);
  context.fillText(short(chart.middle), area.left - 4, y + 3);
}

function short(value) {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1000) return String(value);
  return size >= 1000 ? value.toExponential(0) : size >= 10 ? value.toFixed(0) : size >= 1 ? value.toFixed(1) : value.toFixed(2);
}
