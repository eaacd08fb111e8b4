// The curves of a run: zoom by dragging, values under the pointer, smoothing, the monitor's states as bands.
const { theme, seen, whenChanged } = window.report;
const SHARES = [0, 0.01, 0.02, 0.05, 0.1]; // of a curve's points that one mean is over
const HEIGHT = 190, ON_PAPER = 325; // pixels: of a chart, and its width where two stand side by side on A4
const SHORT = 50; // points up to which nothing is smoothed
const holder = document.getElementById("charts");
const told = document.getElementById("charts-data");
if (holder && told) begin(JSON.parse(told.textContent));
window.report.curves = begin; // of a page whose curves grow

/** Draws curves. @returns {(data: any) => void} what draws newer ones in their place, as far as is zoomed in */
function begin(data) {
  const smoothing = document.getElementById("smoothing");
  let plots = [];

  function draw() {
    plots.forEach((plot) => plot.destroy());
    holder.replaceChildren();
    plots = data.panels.map((panel) => chart(panel, data, SHARES[smoothing.value]));
    const output = smoothing.parentElement.querySelector("output"), share = SHARES[smoothing.value];
    output.value = share ? `${100 * share} %` : output.dataset.none;
    smoothing.setAttribute("aria-valuetext", output.value);
  }

  smoothing.addEventListener("input", draw);
  document.getElementById("whole").addEventListener("click", () =>
    plots.forEach((plot) => plot.setScale("x", { min: 0, max: data.end })));
  whenChanged(() => { draw(); legend(data.bands); });
  new ResizeObserver(() => plots.forEach((plot) => fit(plot))).observe(holder);
  draw();
  legend(data.bands);
  return (newer) => {
    const zoom = plots.length ? { ...plots[0].scales.x } : null, end = data.end;
    data = newer;
    draw();
    legend(data.bands);
    if (zoom && (zoom.min > 0 || zoom.max < end)) plots.forEach((plot) => plot.setScale("x", { min: zoom.min, max: zoom.max }));
  };
}

/** What the bands' colours mean, each state once. */
function legend(bands) {
  const place = document.getElementById("bands");
  place.querySelectorAll(".chip").forEach((chip) => chip.remove());
  const told = new Map(bands.filter((band) => band.state !== "healthy").map((band) => [band.state, band]));
  place.hidden = !told.size;
  for (const band of told.values()) {
    const chip = document.createElement("span"), dot = document.createElement("span");
    chip.className = "chip";
    dot.className = "dot";
    dot.style.background = seen(band.colour);
    chip.append(dot, band.label);
    place.append(chip);
  }
}

function chart(panel, data, share) {
  const place = document.createElement("div"), title = document.createElement("h3");
  place.className = "chart";
  title.textContent = panel.title;
  place.append(title);
  if (panel.name) {
    const full = document.createElement("code");
    full.className = "full";
    full.textContent = panel.name;
    place.append(full);
  }
  holder.append(place);
  const columns = [panel.x], series = [{ label: holder.dataset.batches, value: (_, x) => (x == null ? "–" : count(x)) }];
  for (const curve of panel.curves) add(curve, share, !panel.name, columns, series);
  if (panel.level) {
    columns.push(panel.x.map(() => panel.level.value));
    const look = { stroke: seen(panel.level.colour), dash: [2, 4], width: 1.2, points: { show: false } };
    series.push({ ...look, label: panel.level.label, class: "level", value: (_, y) => number(y) });
  }
  const { ink, line } = theme();
  const rule = { stroke: line, width: 1 };
  const axis = { stroke: ink, grid: rule, ticks: rule, font: "11px system-ui, sans-serif" };
  const plot = new uPlot({
    width: widthOf(place), height: HEIGHT, series,
    scales: { x: { time: false }, y: scaleOf(panel) },
    axes: [
      { ...axis, size: 30, values: (_, ticks) => ticks.map(count) },
      { ...axis, size: 52, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : number(tick))) },
    ],
    cursor: { y: false, sync: { key: "report" }, focus: { prox: 16 } },
    legend: { live: true, markers: { fill: (plot, at) => plot.series[at].stroke(plot, at) } },
    hooks: { drawClear: [(plot) => bands(plot, data.bands)], setSeries: [follow] },
  }, columns, place);
  plot.root.setAttribute("role", "img");
  plot.root.setAttribute("aria-label", `${panel.title}: ${panel.curves.map((curve) => curve.label).join(", ")}`);
  return plot;
}

/** A curve: where it is smoothed, also its numbers as they are, faintly below it. spanGaps: whether it goes on where a
 *  number is missing, since another curve of its panel was logged there. */
function add(curve, share, spanGaps, columns, series) {
  const colour = seen(curve.colour), count = curve.y.filter((y) => y !== null).length;
  const points = curve.dots ? { show: true, size: 6, fill: colour } : { show: false };
  const look = { stroke: colour, dash: curve.dash, width: 1.6, spanGaps, points };
  const line = { ...look, label: curve.label, value: (_, y) => number(y) };
  if (share && count > SHORT && !curve.dots) {
    columns.push(curve.y);
    series.push({ ...line, alpha: 0.3, width: 0.8, class: "hidden" });
    columns.push(smooth(curve.y, Math.round(count * share)));
  } else {
    columns.push(curve.y);
  }
  series.push(line);
}

/** Hides the faint curve with its mean. */
function follow(plot, index) {
  const below = index > 1 && plot.series[index - 1];
  if (below && below.class === "hidden" && below.show !== plot.series[index].show) {
    plot.setSeries(index - 1, { show: plot.series[index].show });
  }
}

/** The mean of each number with those about it, up to `width` in all; gaps stay. */
function smooth(values, width) {
  const known = values.map((value, at) => [value, at]).filter(([value]) => value !== null);
  const means = values.map(() => null), half = Math.max(1, Math.floor(width / 2));
  const sums = [0];
  for (const [value] of known) sums.push(sums[sums.length - 1] + value);
  known.forEach(([, at], index) => {
    const from = Math.max(0, index - half), to = Math.min(known.length, index + half + 1);
    means[at] = (sums[to] - sums[from]) / (to - from);
  });
  return means;
}

function scaleOf(panel) {
  if (panel.log) return { distr: 3 };
  return panel.within ? { range: [panel.within[0] - 0.03, panel.within[1] + 0.03] } : {};
}

/** The states of the games, healthy ones left white; several games share the height. */
function bands(plot, all) {
  const games = [...new Set(all.map((band) => band.game))], { ctx, bbox } = plot;
  ctx.save();
  ctx.globalAlpha = theme().isDark ? 0.22 : 0.15;
  for (const band of all.filter((one) => one.state !== "healthy")) {
    const left = Math.max(bbox.left, plot.valToPos(band.start, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(band.end, "x", true));
    const height = bbox.height / games.length;
    ctx.fillStyle = seen(band.colour);
    if (right > left) ctx.fillRect(left, bbox.top + games.indexOf(band.game) * height, right - left, height);
  }
  ctx.restore();
}

/** Batches, as the language of the page writes them. */
function count(batches) {
  return batches.toLocaleString(document.documentElement.lang);
}

function number(value) {
  if (value == null) return "–";
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(1) : String(Number(value.toPrecision(4)));
}

function widthOf(place) {
  return theme().isPaper ? ON_PAPER : Math.max(240, place.clientWidth);
}

function fit(plot) {
  const width = widthOf(plot.root.parentElement);
  if (width !== plot.width) plot.setSize({ width, height: HEIGHT });
}
