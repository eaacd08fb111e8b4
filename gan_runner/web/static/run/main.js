// The page of a run: what its folder tells, refreshed while it plays.
import { element } from "../shared/element.js";
import { chosen, translate, words } from "../shared/language.js";
import { follow } from "./news.js";
import { Pictures } from "./pictures.js";
import { changes, chip, commands, differences, measured, tiles } from "./tables.js";

const at = (id) => document.getElementById(id);
const seen = {};
let t = (key) => key, language = "en", redraw = null;
const pictures = new Pictures();

const SHOW = { head, charts, figures, pictures: (told) => pictures.tell(t, told), settings };

function count(number) {
  return number.toLocaleString(language);
}

function head(told) {
  at("title").textContent = told.title;
  document.title = `${told.title} · gan-play`;
  at("status").textContent = told.called;
  at("status").title = told.why;
  at("status").className = `chip status ${told.status}`;
  at("status").hidden = !told.status;
  at("states").replaceChildren(...told.states.map((one) => chip(one.label, one.colour, told.states.length > 1 ? one.game : t("monitor"))));
  at("played").textContent = t(told.of ? "played_of" : "played", { count: count(told.played), of: count(told.of ?? 0) });
  at("progress").hidden = !told.of;
  if (told.of) at("progress").value = Math.min(1, told.played / told.of);
  at("tiles").replaceChildren(...tiles(told.tiles));
  at("explore").hidden = !told.samples;
}

async function charts(told) {
  at("no-curves").hidden = told !== null;
  if (!told) return;
  if (redraw) return redraw(told);
  at("charts").dataset.batches = t("batches");
  await import("/run/charts/curves.js");
  redraw = window.report.curves(told);
}

function figures(told) {
  at("table").replaceChildren(measured(t, told.rows));
  at("changes").replaceChildren(changes(t, told.changes));
  at("changes").hidden = at("changes-title").hidden = !told.changes.length;
}

function settings(told) {
  at("command").textContent = told.command;
  at("differences").replaceChildren(differences(t, told));
  at("commands").replaceChildren(...commands(told));
  at("config").textContent = told.config;
}

function tell({ parts, trouble }) {
  for (const [name, part] of Object.entries(parts)) {
    if (part === null && name !== "charts") continue; // not there yet
    seen[name] = part;
    SHOW[name](part);
  }
  at("trouble").hidden = !trouble;
  at("trouble").textContent = { "": "", apart: t("apart") }[trouble] ?? t("trouble", { why: trouble });
}

async function speak(wanted) {
  language = wanted;
  t = await words("run", language);
  document.documentElement.lang = language;
  document.getElementById("smoothing-says").dataset.none = t("no_smoothing");
  at("charts").dataset.batches = t("batches");
  translate(document, t);
}

async function begin() {
  const about = await (await fetch("/run/about.json")).json();
  await speak(chosen(new URLSearchParams(location.search).get("lang"), about.language, about.languages));
  at("language").replaceChildren(...about.languages.map((one) => element("option", { value: one, selected: one === language }, one)));
  const again = follow(() => language, tell);
  at("language").addEventListener("change", async () => { await speak(at("language").value); again(); });
  at("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(at("command").textContent);
      at("said").textContent = t("copied");
    } catch {
      getSelection().selectAllChildren(at("command"));
      at("said").textContent = t("copy_by_hand");
    }
    setTimeout(() => { at("said").textContent = ""; }, 4000);
  });
}

begin();
