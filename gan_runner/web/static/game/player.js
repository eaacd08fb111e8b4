// The page of a recording: its games, a slider through time, curves up to the moment that is seen.
import { chartsOf, drawChart } from "../game/curves.js";
import { drawScene, LAYERS } from "../game/scene.js";

const SPEED = 120;

/**
 * Show a recording.
 * @param {HTMLElement} root
 * @param {{command: string, language: string, games: Object[]}} recording
 * @param {Object<string, Object<string, string>>} words of all languages
 */
export function showRecording(root, recording, words) {
  const known = words[recording.language] ?? words.en;
  const t = (key) => known[key] ?? key;
  document.documentElement.lang = recording.language;
  const shown = Object.fromEntries(LAYERS.map((layer) => [layer, layer !== "trails"]));
  const games = recording.games.map((game) => planeOf(game, t));
  const last = Math.max(...recording.games.map((game) => game.frames.length)) - 1;
  const slider = made("input", { type: "range", min: 0, max: last, value: 0, ariaLabel: t("moment") });
  const button = made("button", { type: "button", className: "primary", textContent: t("play") });
  const place = made("output", {});
  const layers = made("div", { className: "layers" }, ...LAYERS.filter((layer) => layer !== "trails").map((layer) => {
    const box = made("input", { type: "checkbox", checked: true, onchange: () => { shown[layer] = box.checked; draw(); } });
    return made("label", {}, box, t(`layer_${layer}`));
  }));
  const command = made("code", { textContent: recording.command });
  root.append(made("div", { className: "recorded" }, ...games.map((game) => game.node)), layers, made("div", { className: "time" }, button, slider, place), command);

  function draw() {
    for (const game of games) game.draw(Number(slider.value) / Math.max(last, 1), shown);
    place.textContent = `${t("batches")} ${recording.games[0].frames[Math.round((slider.value / Math.max(last, 1)) * (recording.games[0].frames.length - 1))].row.batch}`;
  }
  let clock = null;
  function stop() {
    clearInterval(clock);
    clock = null;
    button.textContent = t("play");
  }
  button.onclick = () => {
    if (clock) return stop();
    if (Number(slider.value) >= last) slider.value = 0;
    button.textContent = t("pause");
    clock = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      draw();
      if (Number(slider.value) >= last) stop();
    }, SPEED);
    return undefined;
  };
  slider.oninput = draw;
  addEventListener("resize", draw);
  draw();
}

function planeOf(game, t) {
  const canvas = made("canvas", { width: 1000, height: 1000 });
  const charts = Array.from({ length: 4 }, () => made("canvas", {}));
  const rows = game.frames.map((frame) => frame.row);
  const list = chartsOf(rows.some((row) => "logit_real" in row), game.frames[0].of);
  const state = made("span", { className: "quiet" });
  const node = made("section", { className: "panel" }, made("h2", { textContent: game.title }, " ", state), canvas, made("div", { className: "charts" }, ...charts));
  const width = game.box[1] - game.box[0];
  function draw(share, shown) {
    const frame = game.frames[Math.round(share * (game.frames.length - 1))];
    const moment = { box: game.box, reals: game.reals, fakes: numbers(frame.fakes, width), needles: numbers(frame.needles, width), manifold: numbers(frame.manifold, width), surface: bytes(frame.surface) };
    drawScene(canvas, moment, shown);
    state.textContent = frame.state ? t(`state_${frame.state.replaceAll(" ", "_")}`) : "";
    charts.forEach((chart, i) => {
      chart.width = chart.clientWidth * devicePixelRatio;
      chart.height = chart.clientHeight * devicePixelRatio;
      drawChart(chart, list[i], rows, t, frame.row.batch);
    });
  }
  return { node, draw };
}

function bytes(text) {
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
}

function numbers(text, width) {
  return text ? Float32Array.from(new Int16Array(bytes(text).buffer), (x) => (x / 16000) * width) : undefined;
}

function made(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}
