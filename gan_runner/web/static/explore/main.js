// The page of a latent space: tiles of a seed, one chosen sample, directions to move it along, pins to walk between.
import { element } from "../shared/element.js";
import { chosen as chosenLanguage, translate, words } from "../shared/language.js";
import { Directions } from "./directions.js";
import { Pins } from "./pins.js";
import { newestOnly, save } from "./questions.js";
import { latentsOf, samplesOf, tile, walkByKeys } from "./tiles.js";

const at = (id) => document.getElementById(id);
const ALL = 31, TENTH = 10; // the right end of truncation's slider: none; its steps are tenths
const STILL = 120, SAID = 9000; // milliseconds
const REACH = 3, STEPS = 7; // of a row: standard deviations each way, and images
let source, about, t, tiles = [], base = null, current = null, quiet = 0, learned = null, rowOf = "", looked = 0;

const directions = new Directions(at("directions"), at("more"), newestOnly(move), newestOnly(along));
const pins = new Pins(choose, async (pinned, leg) => {
  const told = await tried(() => source.ask("path", { ...latentsOf(pinned), leg }));
  return told ? samplesOf(told) : [];
});
const draw = newestOnly(drawTiles);
const look = newestOnly(lookForNearest);

/** Does something; a mistake is said, not thrown. */
async function tried(work) {
  try {
    return await work();
  } catch (error) {
    say(t(error.message)); // what is no word of the page stays as it is
    return null;
  }
}

function say(text) {
  at("said").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { at("said").textContent = ""; }, SAID);
}

// ---- seeds ----------------------------------------------------------------------------------------------------------

function asked() {
  const label = at("class").value, truncation = Number(at("truncation").value);
  return {
    seed: Number(at("seed").value), count: Number(at("count").value), label: label === "" ? null : Number(label),
    truncation: truncation >= ALL ? null : truncation / TENTH,
  };
}

async function drawTiles(request) {
  const told = await tried(() => source.ask("tiles", request));
  if (!told) return;
  tiles = samplesOf(told);
  at("command").textContent = told.command;
  at("command").parentElement.hidden = !told.command;
  showTiles();
  const again = tiles[base?.tile ?? 0] ?? tiles[0];
  if (!base || base.tile !== undefined) choose(again);
}

function showTiles() {
  at("tiles").replaceChildren(...tiles.map((sample, place) => tile(sample, nameOf(sample, place), choose)));
}

function nameOf(sample, place) {
  const name = sample.label === null ? "" : about.classes[sample.label];
  return t(name ? "tile_of" : "tile", { number: place + 1, name });
}

// ---- the chosen sample ----------------------------------------------------------------------------------------------

function choose(sample) {
  const place = tiles.indexOf(sample);
  base = { ...sample, tile: place < 0 ? undefined : place };
  directions.rest();
  rowOf = "";
  at("row").hidden = true;
  mark();
  show(sample);
}

function mark() {
  [...at("tiles").children].forEach((one, index) => one.setAttribute("aria-pressed", String(index === base?.tile)));
}

function show(sample) {
  current = sample;
  at("image").src = sample.image;
  at("image").alt = t("chosen");
  const name = sample.label === null || sample.label === undefined ? "" : about.classes[sample.label];
  at("image-says").textContent = [t("made"), name].filter(Boolean).join(": ");
  clearTimeout(quiet);
  if (at("nearest").getAttribute("aria-pressed") === "true") quiet = setTimeout(() => look(current), STILL);
}

async function move(along) {
  if (!base) return;
  const told = await tried(() => source.ask("move", { latent: base.latent, label: base.label, along }));
  if (told) show(samplesOf(told)[0]);
}

/** The chosen sample along one direction; it is asked for once. */
async function along(direction) {
  looked = direction;
  const mine = `${direction} ${base?.label} ${base?.latent}`;
  if (!base || mine === rowOf) return;
  const told = await tried(() => source.ask("row", { latent: base.latent, label: base.label, direction, reach: REACH, count: STEPS }));
  if (!told) return;
  rowOf = mine;
  const amounts = Array.from({ length: STEPS }, (_, step) => -REACH + (2 * REACH * step) / (STEPS - 1));
  at("row-says").textContent = t("row", { number: direction + 1, reach: REACH });
  at("row-tiles").replaceChildren(...samplesOf(told).map((sample, step) =>
    tile(sample, t("step", { amount: amounts[step] }), () => directions.set(direction, amounts[step]))));
  at("row").hidden = false;
}

async function lookForNearest(sample) {
  const told = await tried(() => source.ask("nearest", { latent: sample.latent, label: sample.label }));
  if (!told) return at("nearest").setAttribute("aria-pressed", "false");
  at("near-image").src = told.image;
  at("near-image").alt = t("near");
  const values = { distance: told.distance.toPrecision(3), of: told.of.toLocaleString(document.documentElement.lang), usual: told.usual?.toPrecision(3) };
  const lines = [told.label === null ? t("near") : `${t("near")}: ${told.label}`, t("distance", values)];
  if (told.usual !== null) lines.push(t("usual", values));
  at("near-says").replaceChildren(...lines.map((line) => element("span", {}, line)));
  at("near").classList.add("known");
}

async function encode(file) {
  const told = await tried(() => source.ask("encode", { file, label: base?.label ?? null }));
  if (!told) return;
  at("given").hidden = false;
  at("given-image").src = told.input;
  at("given-image").alt = t("given");
  choose(samplesOf(told)[0]);
}

// ---- wiring ---------------------------------------------------------------------------------------------------------

function sayTruncation() {
  const { truncation } = asked();
  at("truncation-says").value = truncation === null ? t("no_truncation") : truncation.toFixed(1);
  at("truncation").setAttribute("aria-valuetext", at("truncation-says").value);
}

function listClasses() {
  const options = about.classes.map((name, place) => element("option", { value: place }, name));
  const held = at("class").value;
  at("class").replaceChildren(element("option", { value: "" }, t("all_classes")), ...options);
  at("class").value = held;
  at("of-class").hidden = !options.length;
}

async function learn() {
  at("directions-says").textContent = t("finding");
  learned = await tried(() => source.ask("directions.json"));
  tellDirections();
}

function tellDirections() {
  if (learned) directions.show(learned.shares, t);
  at("directions-says").textContent = learned ? t(learned.of === "codes" ? "of_codes" : "of_features") : "";
}

function tellRun() {
  at("title").textContent = about.title;
  at("weights").textContent = t("after", { count: about.batches.toLocaleString(document.documentElement.lang) });
  at("weights").title = about.weights;
  at("drop").hidden = !about.takes_images;
}

async function speak(language) {
  t = await words("explore", language);
  document.documentElement.lang = language;
  document.title = t("explore_title");
  translate(document, t);
  pins.speak(t);
  tellNote();
}

/** All that words stand in. */
function retell() {
  tellRun();
  listClasses();
  sayTruncation();
  tellDirections();
  showTiles();
  mark();
  if (current) show(current);
  rowOf = "";
  if (!at("row").hidden) along(looked);
}

function listen() {
  at("draw").addEventListener("submit", (event) => event.preventDefault());
  for (const id of ["seed", "count", "class", "truncation"]) {
    at(id).addEventListener("input", () => { sayTruncation(); draw(asked()); });
  }
  at("next").addEventListener("click", () => { at("seed").value = String(Number(at("seed").value) + 1); draw(asked()); });
  at("copy").addEventListener("click", () => tried(async () => {
    await navigator.clipboard.writeText(at("command").textContent);
    say(t("copied"));
  }));
  at("still").addEventListener("click", () => { directions.rest(); if (base) show(base); });
  at("pin").addEventListener("click", () => { if (current) pins.add(current); });
  at("nearest").addEventListener("click", () => {
    const on = at("nearest").getAttribute("aria-pressed") !== "true";
    at("nearest").setAttribute("aria-pressed", String(on));
    at("near").classList.toggle("known", false);
    if (on && current) look(current);
  });
  for (const form of ["png", "npz"]) {
    at(`tiles-${form}`).addEventListener("click", () => tried(() => save(source, { form, ...latentsOf(tiles) })));
    at(`save-${form}`).addEventListener("click", () => tried(() => save(source, { form, ...latentsOf([current]) })));
    at(`walk-${form}`).addEventListener("click", () => tried(() => save(source, { form, ...latentsOf(pins.way) })));
  }
  at("file").addEventListener("change", () => { if (at("file").files[0]) encode(at("file").files[0]); });
  walkByKeys(at("tiles"));
  takeDrops();
  at("newest").addEventListener("click", async () => {
    const told = await tried(() => source.ask("newest", {}));
    if (!told) return;
    about = told;
    pins.clear();
    base = null;
    tellRun();
    await Promise.all([draw(asked()), learn()]);
  });
}

/** Files may be dropped anywhere on the page. */
function takeDrops() {
  addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("over"); });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("over"); });
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    const file = event.dataTransfer.files[0];
    if (file && about.takes_images) encode(file);
  });
}

/** Tells what a source says of itself. */
function tellNote() {
  const note = source.note?.(t) ?? "";
  at("note").textContent = note;
  at("note").hidden = !note;
}

/** Begins the page with where its samples come from. @param {import("./source.js").Source} from */
export async function explore(from) {
  source = from;
  for (const node of document.querySelectorAll("[data-needs]")) node.hidden = !source.can.includes(node.dataset.needs);
  t = (key) => key;
  const languages = ["en", "es"], said = new URLSearchParams(location.search).get("lang");
  const offered = await tried(() => source.ask("about.json"));
  const first = chosenLanguage(said, offered?.language, offered?.languages ?? languages);
  await speak(first);
  at("language").replaceChildren(...languages.map((one) => element("option", { value: one, selected: one === first }, one)));
  at("language").addEventListener("change", async () => { await speak(at("language").value); if (about) retell(); });
  if (!offered) return; // which was said
  about = offered;
  tellRun();
  listClasses();
  sayTruncation();
  listen();
  source.listen?.(tellNote);
  draw(asked());
  await learn();
}
