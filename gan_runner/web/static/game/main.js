// The game's page: puts settings, games and the server together.
import { palette } from "../shared/colours.js";
import { element } from "../shared/element.js";
import { chosen, part, translate, words } from "../shared/language.js";
import { openBoard } from "./board.js";
import { Panel } from "./panel.js";
import { Recorder } from "./recorder.js";
import { LAYERS } from "./scene.js";
import { SlowMotion } from "./slow.js";
import { alike, fromAddress, given, stateOf, toAddress } from "./state.js";
import { rowOf, View } from "./view.js";
import { connect } from "./wire.js";

const byId = (id) => document.getElementById(id);
const options = await (await fetch("/options.json")).json();
const address = fromAddress();
const language = chosen(address?.lang, options.language, options.languages);
const t = await words("game", language);
document.documentElement.lang = language;
translate(document, t);

const own = { lang: address?.lang ?? null, layers: Array.isArray(address?.layers) ? address.layers : null };
const shown = Object.fromEntries(LAYERS.map((layer) => [layer, own.layers ? own.layers.includes(layer) : layer !== "trails"]));
const views = {};
const recorder = new Recorder();
/** What the server last told of the state; `good` is the last state that has begun. */
let table = null;
let good = null;
let side = "left";
let playing = false;
let first = true;
let board = null;

// ---- what the page asks for -----------------------------------------------------------------------------------------

/** Says something to the server; the socket is opened last, when all else is there. */
let say = () => {};
let later = null;

/** Begin what a state says; several changes at once begin one game. */
function begin(state) {
  table = { ...table, state };
  clearTimeout(later);
  later = setTimeout(() => say({ do: "new", state: { shared: state.shared, left: state.left, right: state.right, drawn: state.drawn } }), 120);
}

const panel = new Panel(byId("controls"), t, options.controls, await part("options", language), {
  begin,
  rate: (of, player, value) => say({ do: "rate", side: of, player, value }),
  steps: (of, value) => say({ do: "steps", side: of, value }),
  draw,
  pick: (of) => { side = of; showState(); },
  plain: (state, of) => ({ ...state, shared: state.shared.some((one) => one.startsWith("data=")) ? state.shared : ["data=ring", ...state.shared], [of]: options.start }),
});
const slow = new SlowMotion((players) => say({ do: "step", players }), () => table?.values?.left?.["system.discriminator_steps"] ?? 1, () => Object.values(views), t);
let slowly = false;

byId("play").onclick = () => {
  if (slowly) {
    if (slow.plays) slow.stop();
    else slow.play();
    showPlaying();
  } else say({ do: playing ? "pause" : "play" });
};
byId("reset").onclick = () => { slow.stop(); say({ do: "reset" }); showPlaying(); };
for (const [id, players] of [["step-d", ["discriminator"]], ["step-g", ["generator"]], ["step-both", ["discriminator", "generator"]]]) {
  byId(id).onclick = () => { slow.stop(); say({ do: "step", players }); showPlaying(); };
}
byId("slow").onclick = () => {
  slowly = !slowly;
  byId("slow").setAttribute("aria-pressed", String(slowly));
  if (slowly) {
    say({ do: "pause" });
    slow.play();
  } else slow.stop();
  showPlaying();
};
byId("speed").oninput = () => {
  const share = Number(byId("speed").value) / 100;
  say({ do: "speed", batches_per_second: share >= 1 ? null : Math.round(10 ** (share * 3)) });
  showSpeed(share >= 1 ? null : Math.round(10 ** (share * 3)));
};
byId("compare").onclick = () => {
  const { state, values } = table;
  const shared = given(state.shared, "data") || !values.left?.data ? state.shared : [`data=${values.left.data}`, ...state.shared];
  side = state.right ? "left" : "right";
  begin({ ...state, shared, right: state.right ? null : [...state.left] });
};
byId("record").onclick = async () => {
  const button = byId("record");
  if (!recorder.on) {
    recorder.begin();
    for (const view of Object.values(views)) if (view.told) recorder.meet(view.side, view.told, view.name.textContent);
    if (!playing && !slowly) say({ do: "play" });
  } else {
    const count = await recorder.end(Object.values(table.commands).join("   |   "), language);
    tell(count ? t("recorded", { count }) : t("recorded_nothing"));
  }
  button.setAttribute("aria-pressed", String(recorder.on));
};
byId("share").onclick = () => copy(location.href, "shared");
byId("copy").onclick = () => copy(byId("command").textContent, "copied");
byId("language").append(...options.languages.map((one) => element("option", { value: one }, one)));
byId("language").value = language;
byId("language").onchange = () => {
  own.lang = byId("language").value;
  toAddress(table.state, own);
  location.reload();
};
document.addEventListener("keydown", (event) => {
  const busy = event.key === " " ? "input, select, button, [role=application]" : "input, select, [role=application]";
  if (event.target.closest(busy) || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = { " ": "play", d: "step-d", g: "step-g", b: "step-both", r: "reset", s: "slow", c: "compare" }[event.key];
  if (!key) return;
  event.preventDefault();
  byId(key).click();
});

function draw() {
  board?.();
  if (playing) say({ do: "pause" });
  board = openBoard(views.left.plane, t, table.state.drawn, (places) => {
    board = null;
    if (places?.length) begin({ ...table.state, drawn: places });
  });
}

async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    tell(t(done));
  } catch {
    getSelection().selectAllChildren(byId("command"));
    tell(t("copy_by_hand"));
  }
}

// ---- what the server says -------------------------------------------------------------------------------------------

function hear(event) {
  const view = views[event.side];
  if (event.event === "state") takeState(event);
  else if (event.event === "playing") setPlaying(event.playing);
  else if (event.event === "error") tell(event.sentence);
  else if (!view) return;
  else if (event.event === "began") {
    view.begin(event);
    answered[event.side] = true;
    settle();
    recorder.meet(event.side, event, view.name.textContent);
  } else if (event.event === "frame") {
    const now = performance.now();
    view.take(event, now);
    recorder.take(event.side, event, rowOf(event), now);
  } else if (event.event === "refused") view.refuse(event.sentence);
  else if (event.event === "ended") view.refuse(event.reason);
}

/** Which games have begun what the server told last: once all have, "undo" leads back to it. */
let answered = {};
let last = null;
function settle() {
  if (answered.left && (answered.right || !last.right)) good = last;
}

function takeState(event) {
  const wanted = first && stateOf(address);
  first = false;
  table = event;
  last = event.state;
  if (event.begins) answered = {};
  else settle();
  setPlaying(event.playing);
  showSpeed(event.speed);
  arrange();
  showState();
  if (wanted && !alike(wanted, event.state)) begin(wanted);
}

/** As many games on the page as are played. */
function arrange() {
  const wanted = table.state.right ? ["left", "right"] : ["left"];
  for (const one of ["left", "right"]) {
    if (wanted.includes(one) && !views[one]) {
      views[one] = new View(one, t, () => shown, () => good && begin(good));
      views[one].layers.append(...LAYERS.map(layerBox));
      byId("games").append(views[one].node);
    } else if (!wanted.includes(one) && views[one]) {
      views[one].node.remove();
      delete views[one];
    }
  }
  if (!table.state.right) side = "left";
  byId("games").classList.toggle("two", wanted.length === 2);
  byId("compare").setAttribute("aria-pressed", String(wanted.length === 2));
}

function layerBox(layer) {
  const colour = { surface: "looksReal", reals: "real", fakes: "fake", needles: "needle", manifold: "generator", trails: "fake" }[layer];
  const box = element("input", { type: "checkbox", "data-layer": layer, onchange: () => {
    shown[layer] = box.checked;
    own.layers = LAYERS.filter((one) => shown[one]);
    for (const other of document.querySelectorAll(`[data-layer=${layer}]`)) other.checked = box.checked;
    for (const view of Object.values(views)) view.stale = true;
    toAddress(table.state, own);
  } });
  box.checked = shown[layer];
  const said = palette()[colour];
  return element("label", { style: `--of: ${Array.isArray(said) ? `rgb(${said})` : said}` }, box, t(`layer_${layer}`));
}

// ---- what is shown --------------------------------------------------------------------------------------------------

function showState() {
  const { state, values, commands } = table;
  panel.show(state, values, side);
  byId("command").textContent = commands[side] ?? "";
  for (const view of Object.values(views)) view.name.textContent = nameOf(view.side);
  toAddress(state, own);
}

/** What a game is called: its recipe, or its loss and tricks. */
function nameOf(of) {
  const values = table.values[of] ?? {};
  const recipe = given(table.state[of], "experiment");
  const parts = [recipe?.split("/")[1] ?? values.loss, ...(values.tricks ?? [])].filter(Boolean);
  const letter = table.state.right ? `${t(`game_${of}`)}: ` : "";
  return letter + (parts.join(" + ").replaceAll("_", " ") || "–");
}

function setPlaying(on) {
  playing = on;
  showPlaying();
}

function showPlaying() {
  const on = slowly ? slow.plays : playing;
  const [sign, word] = byId("play").children;
  sign.textContent = on ? "❚❚" : "▶";
  word.textContent = t(on ? "pause" : "play");
}

function showSpeed(batches) {
  byId("speed-says").textContent = batches === null ? t("fastest") : t("per_second", { count: batches });
  if (document.activeElement !== byId("speed")) byId("speed").value = batches === null ? 100 : Math.min(99, Math.round((Math.log10(batches) / 3) * 100));
}

let hush = null;
/** Say something in passing. */
function tell(text) {
  byId("said").textContent = text;
  byId("said").classList.add("on");
  clearTimeout(hush);
  hush = setTimeout(() => byId("said").classList.remove("on"), 4000);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const view of Object.values(views)) {
    view.stale = true;
    view.drawn = 0;
    view.layers.replaceChildren(...LAYERS.map(layerBox));
  }
});

let painted = 0;
/** Thirty times a second is enough for the eye, and leaves the processor to the game. */
const APART = 1000 / 31;
function paint(now) {
  if (now - painted >= APART - 8) {
    painted = now;
    for (const view of Object.values(views)) view.draw(now);
  }
  requestAnimationFrame(paint);
}
requestAnimationFrame(paint);
say = connect(hear, (there) => {
  document.body.classList.toggle("apart", !there);
  if (!there && table) tell(t("apart"));
});
