// Tables of what was measured, of changes of state and of settings.
import { element } from "../shared/element.js";

/** @param {string[]} heads @param {(string|Node)[][]} rows */
function table(heads, rows) {
  const head = element("tr", {}, ...heads.map((one) => element("th", { scope: "col" }, one)));
  const body = rows.map(([first, ...others]) =>
    element("tr", {}, element("th", { scope: "row" }, first), ...others.map((one) => element("td", {}, one))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

/** A word after a dot of a colour. */
export function chip(label, colour, before = "") {
  const dot = element("span", { class: "dot", style: `background: ${colour}`, "aria-hidden": "true" });
  return element("span", { class: "chip" }, dot, before ? `${before}: ${label}` : label);
}

function controls(row) {
  return row.controls.map(([what, value]) => `${what}: ${value}`).join(", ") || "–";
}

/** What was measured, each figure beside what real data has in its place. */
export function measured(t, rows) {
  if (!rows.length) return element("p", { class: "quiet" }, t("no_figures"));
  const cells = rows.map((row) => [
    element("span", { title: row.name }, row.short), element("span", { class: "number" }, row.value), controls(row), row.says,
  ]);
  return table([t("figure"), t("value"), t("beside"), t("says")], cells);
}

/** The figures that runs are compared by. */
export function tiles(rows) {
  return rows.map((row) => element("div", { title: `${row.name}: ${row.says}` },
    element("dt", {}, row.short), element("dd", {}, row.value), element("dd", { class: "control" }, controls(row))));
}

export function changes(t, rows) {
  const cells = rows.map((row) => [
    row.batches.toLocaleString(document.documentElement.lang), chip(row.label, row.colour), row.game,
    row.quantity ? `${row.quantity} ${row.value.toPrecision(3)} (${row.threshold.toPrecision(3)})` : "",
  ]);
  return table([t("batches"), t("state"), t("game"), t("decided")], cells);
}

/** In what the settings differ from the recipe. */
export function differences(t, told) {
  if (told.recipe === null) return element("p", { class: "quiet" }, t("no_recipe"));
  const line = element("p", { class: "quiet" }, t(told.differences.length ? "differs" : "same", { recipe: told.recipe }));
  if (!told.differences.length) return line;
  const cells = told.differences.map((one) => [element("code", {}, one.key), one.recipe ?? "–", one.here ?? "–"]);
  return element("div", {}, line, table([t("key"), t("in_recipe"), t("here")], cells));
}

/** What can be done with the run: commands to paste. */
export function commands(told) {
  const known = Object.entries(told.called).filter(([name]) => told.commands[name]);
  return known.flatMap(([name, says]) => [element("h3", {}, says), element("code", { class: "line-of", tabindex: "0" }, told.commands[name])]);
}
