// A board to draw a distribution on: where the pointer goes, or the arrow keys and the space bar.
import { palette } from "../shared/colours.js";
import { element } from "../shared/element.js";
import { mapping } from "./scene.js";

const BOX = [-1.3, 1.3, -1.3, 1.3];
const APART = 0.035;
const MOST = 1500;

/**
 * Open a board above a game's plane.
 * @param {HTMLElement} plane
 * @param {Function} t words
 * @param {number[][]} begun places that are drawn already
 * @param {(places: number[][]|null) => void} done with what was drawn, or null where it was given up
 * @returns {() => void} closes the board
 */
export function openBoard(plane, t, begun, done) {
  const places = begun.map((place) => [...place]);
  let cursor = [0, 0];
  let drawing = false;
  const canvas = element("canvas", { class: "board", tabindex: 0, role: "application", "aria-label": t("board_says") });
  const use = element("button", { type: "button", class: "primary", onclick: () => close(places) }, t("board_use"));
  const tools = element("div", { class: "board-tools" }, element("p", {}, t("board_says")), use,
    element("button", { type: "button", onclick: () => { places.length = 0; draw(); } }, t("board_clear")),
    element("button", { type: "button", onclick: () => close(null) }, t("cancel")));
  plane.append(canvas, tools);
  canvas.width = canvas.height = Math.round(plane.clientWidth * (devicePixelRatio || 1));
  const at = mapping(BOX, canvas.width);

  function draw() {
    const context = canvas.getContext("2d");
    const colours = palette();
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, canvas.width, canvas.width);
    context.strokeStyle = colours.line;
    context.strokeRect(at.x(-1), at.y(1), at.x(1) - at.x(-1), at.y(-1) - at.y(1));
    context.fillStyle = colours.real;
    for (const [x, y] of places) {
      context.beginPath();
      context.arc(at.x(x), at.y(y), canvas.width / 130, 0, 7);
      context.fill();
    }
    if (document.activeElement === canvas && !drawing) {
      context.strokeStyle = colours.ink;
      context.strokeRect(at.x(cursor[0]) - 6, at.y(cursor[1]) - 6, 12, 12);
    }
    use.disabled = places.length === 0;
  }

  function set(x, y) {
    const last = places.at(-1);
    if (places.length >= MOST || Math.max(Math.abs(x), Math.abs(y)) > 1.3) return;
    if (last && drawing && Math.hypot(x - last[0], y - last[1]) < APART) return;
    places.push([Number(x.toFixed(3)), Number(y.toFixed(3))]);
    draw();
  }

  function under(event) {
    const edge = canvas.getBoundingClientRect();
    const scale = canvas.width / edge.width;
    return at.back((event.clientX - edge.left) * scale, (event.clientY - edge.top) * scale);
  }

  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    set(...under(event));
    drawing = true;
  };
  canvas.onpointermove = (event) => {
    if (drawing) for (const one of event.getCoalescedEvents?.() ?? [event]) set(...under(one));
  };
  canvas.onpointerup = canvas.onpointercancel = () => (drawing = false);
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  canvas.onkeydown = (event) => {
    if (event.key === "Escape") return close(null);
    if (event.key === " ") set(...cursor);
    else if (moves[event.key]) cursor = cursor.map((value, i) => Math.min(1.2, Math.max(-1.2, value + 0.05 * moves[event.key][i])));
    else return undefined;
    event.preventDefault();
    event.stopPropagation();
    return draw();
  };
  canvas.onfocus = canvas.onblur = draw;

  function close(drawn) {
    canvas.remove();
    tools.remove();
    done(drawn);
  }
  draw();
  canvas.focus();
  return () => close(null);
}
