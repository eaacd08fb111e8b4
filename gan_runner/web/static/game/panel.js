// The settings beside the game: what can be played with is read from the configurations, nothing is listed here.
import { element } from "../shared/element.js";
import { field, numberField } from "./settings.js";
import { given, put, without, withKey, withTrick } from "./state.js";

const PLAYERS = ["discriminator", "generator"];

export class Panel {
  /**
   * @param {HTMLElement} root
   * @param {Function} t words
   * @param {Object<string, {name: string, summary: string, settings: Object[]}[]>} controls
   * @param {Object<string, string>} summaries of options in the page's language, where they are not the configurations'
   * @param {{begin: (state: Object) => void, rate: Function, steps: Function, draw: () => void, pick: (side: string) => void}} does
   */
  constructor(root, t, controls, summaries, does) {
    Object.assign(this, { root, t, controls, summaries, does });
  }

  /** Show a state, of which `values` is what its settings come to. */
  show(state, values, side) {
    Object.assign(this, { state, side, values: values[side] ?? {} });
    const focused = document.activeElement?.dataset?.key;
    const scrolled = this.root.scrollTop;
    this.root.replaceChildren(...[
      state.right ? this.sides() : null, this.recipe(), this.data(), this.noise(), this.loss(), this.players(), this.optimizer(), this.tricks(),
    ].filter(Boolean));
    this.root.scrollTop = scrolled;
    if (focused && this.root.contains(document.querySelector(`[data-key="${focused}"]`))) this.root.querySelector(`[data-key="${focused}"]`).focus();
  }

  /** What an option says of itself: in the page's language where there are words for it. */
  says(group, option) {
    return this.summaries[`${group}.${option.name}`] ?? option.summary;
  }

  set(key, value) {
    this.does.begin(withKey(this.state, this.side, key, value));
  }

  own(list) {
    this.does.begin({ ...this.state, [this.side]: list });
  }

  section(title, ...children) {
    return element("section", { class: "set" }, element("h2", {}, this.t(title)), ...children);
  }

  sides() {
    const button = (side) => element("button", { type: "button", "data-key": `side-${side}`, "aria-pressed": String(side === this.side), onclick: () => this.does.pick(side) }, this.t(`game_${side}`));
    return element("div", { class: "sides", role: "group", "aria-label": this.t("which_game") }, button("left"), button("right"));
  }

  recipe() {
    const { t } = this;
    const present = given(this.state[this.side], "experiment") ?? "";
    const menu = element("select", { "aria-label": t("recipe"), "data-key": "recipe", onchange: () => this.take(menu.value) }, element("option", { value: "" }, t("own_settings")));
    const groups = grouped(this.controls.recipe);
    for (const [folder, options] of [...groups].sort(([one], [other]) => (other === "lesson") - (one === "lesson"))) {
      menu.append(element("optgroup", { label: t(`recipes_${folder}`) }, ...options.map((one) => element("option", { value: one.name, title: one.summary }, one.name.split("/")[1].replaceAll("_", " ")))));
    }
    menu.value = present;
    const option = this.controls.recipe.find((one) => one.name === present);
    return this.section("recipe", menu, option ? element("p", { class: "says" }, option.summary) : null);
  }

  /** Play a recipe as it is, or go back to the page's own settings. */
  take(name) {
    const shared = this.state.right ? this.state.shared : this.state.shared.filter((one) => one.startsWith("seed="));
    if (name) this.does.begin({ ...this.state, shared, drawn: this.state.right ? this.state.drawn : [], [this.side]: [`experiment=${name}`] });
    else this.does.begin(this.does.plain(this.state, this.side));
  }

  data() {
    const present = this.values.data;
    const drawn = this.state.drawn.length > 0;
    const chip = (name, words, pressed, onclick, hint) => element("button", { type: "button", title: hint, "data-key": `data-${name}`, "aria-pressed": String(pressed), onclick }, words);
    const chips = this.controls.data.filter((one) => one.name !== "points").map((one) =>
      chip(one.name, one.name.replaceAll("_", " "), !drawn && one.name === present, () => this.chooseData(one.name), this.says("data", one)));
    chips.push(chip("draw", `✎ ${this.t("draw")}`, drawn, this.does.draw, this.t("draw_says")));
    const seed = numberField({ type: "integer", minimum: 0 }, this.values.seed ?? 0, (value) => this.set("seed", value), { id: "seed", "data-key": "seed" });
    return this.section("data", element("div", { class: "chips", role: "group" }, ...chips),
      element("div", { class: "setting", style: "margin-top:8px" }, element("label", { for: "seed" }, this.t("seed")), seed));
  }

  chooseData(name) {
    const shared = this.state.shared.filter((one) => !/^data(\.path)?=/.test(one));
    this.does.begin({ ...this.state, drawn: [], shared: put(shared, "data", name) });
  }

  noise() {
    const dims = [1, 2].map((count) => element("button", { type: "button", "data-key": `noise-${count}`, "aria-pressed": String(this.values["latent.latent_dim"] === count), onclick: () => this.noisy("latent.latent_dim", count) }, this.t(`noise_${count}`)));
    const kinds = this.controls.latent.map((one) => element("button", { type: "button", title: this.says("latent", one), "data-key": `latent-${one.name}`, "aria-pressed": String(this.values.latent === one.name), onclick: () => this.noisy("latent", one.name) }, this.t(`latent_${one.name}`)));
    return this.section("noise", element("div", { class: "chips", role: "group" }, ...dims, ...kinds));
  }

  /** Noise is shared by both games: what one side says of it goes. */
  noisy(key, value) {
    const clean = (list) => list && list.filter((one) => !one.startsWith(`${key}=`));
    const dim = key === "latent" && this.values["latent.latent_dim"];
    let shared = put(clean(this.state.shared), key, value);
    if (dim) shared = put(shared, "latent.latent_dim", dim);
    this.does.begin({ ...this.state, shared, left: clean(this.state.left), right: clean(this.state.right) });
  }

  loss() {
    const option = this.controls.loss.find((one) => one.name === this.values.loss);
    const menu = this.menu("loss", this.controls.loss, this.values.loss, (name) => this.own(put(without(this.state[this.side], "loss"), "loss", name)));
    return this.section("loss", menu, option ? element("p", { class: "says" }, this.says("loss", option)) : null, ...this.fields(option));
  }

  menu(group, options, value, changed) {
    const menu = element("select", { "aria-label": this.t(group), "data-key": group, onchange: () => changed(menu.value) },
      ...options.map((one) => element("option", { value: one.name, title: this.says(group, one) }, one.name.replaceAll("_", " "))));
    menu.value = value ?? "";
    return menu;
  }

  fields(option, leaveOut = []) {
    return (option?.settings ?? []).filter(({ key }) => !leaveOut.includes(key)).map((one) => field(one, this.values[one.key], (value) => this.set(one.key, value)));
  }

  /** Rates and turns act while the game plays; sizes begin it anew. */
  players() {
    const { t, values } = this;
    const cell = (label, make) => [element("span", {}, t(label)), ...PLAYERS.map(make)];
    const rate = (player) => this.live(numberField({ type: "number", minimum: 0, maximum: 10 }, values[`optimizer.${player}.lr`], () => {}, this.named(player, "rate")), (value) => this.does.rate(this.side, player, value));
    const hidden = (player) => values[`network.${player}.hidden`] ?? [];
    const size = (player, depth, width) => this.set(`network.${player}.hidden`, Array(depth).fill(width));
    const layers = (player) => numberField({ type: "integer", minimum: 1, maximum: 8 }, hidden(player).length, (depth) => size(player, depth, hidden(player)[0] ?? 64), this.named(player, "layers"));
    const width = (player) => numberField({ type: "integer", minimum: 1, maximum: 1024 }, hidden(player)[0], (units) => size(player, hidden(player).length || 1, units), this.named(player, "width"));
    const steps = this.live(numberField({ type: "integer", minimum: 1, maximum: 100 }, values["system.discriminator_steps"] ?? 1, () => {}, { "aria-label": t("steps"), "data-key": "steps" }), (value) => this.does.steps(this.side, value));
    return this.section("players", element("div", { class: "players" }, element("span"), element("b", { class: "of-d", title: t("discriminator") }, "D"), element("b", { class: "of-g", title: t("generator") }, "G"),
      ...cell("rate", rate), ...cell("layers", layers), ...cell("width", width), element("span", { title: t("steps_says") }, t("steps")), steps, element("span", { class: "quiet" }, t("steps_per"))));
  }

  named(player, what) {
    return { "aria-label": `${this.t(what)}: ${this.t(player)}`, "data-key": `${what}-${player}` };
  }

  /** Acts with every turn of the field, not only when it is left. */
  live(input, changed) {
    input.oninput = () => {
      if (input.value !== "" && input.checkValidity()) changed(Number(input.value));
    };
    input.onchange = null;
    return input;
  }

  optimizer() {
    const option = this.controls.optimizer.find((one) => one.name === this.values.optimizer);
    const menu = this.menu("optimizer", this.controls.optimizer, this.values.optimizer, (name) => this.own(this.moved(name)));
    return this.section("optimizer", menu, ...this.fields(option, ["optimizer.lr"]));
  }

  /** Another optimizer with its own usual rates: those of the last one mean nothing to it. */
  moved(name) {
    let list = put(without(this.state[this.side], "optimizer"), "optimizer", name);
    for (const { key, value } of this.controls.optimizer.find((one) => one.name === name).settings) {
      list = put(list, key, value);
      if (key === "optimizer.lr") for (const player of PLAYERS) list = put(list, `optimizer.${player}.lr`, value);
    }
    return list;
  }

  tricks() {
    const present = this.values.tricks ?? [];
    const rows = this.controls.tricks.map((one) => this.trick(one, present));
    return this.section("tricks", ...rows);
  }

  trick(option, present) {
    const on = present.includes(option.name);
    const box = element("input", { type: "checkbox", "data-key": `trick-${option.name}`, onchange: () => this.own(withTrick(this.state[this.side], present, option.name, box.checked)) });
    box.checked = on;
    const says = this.says("tricks", option);
    return element("div", { class: on ? "trick on" : "trick" }, element("label", { title: says }, box, option.name.replaceAll("_", " ")),
      ...(on ? [element("p", { class: "says" }, says), ...this.fields(option)] : []));
  }
}

function grouped(options) {
  const found = new Map();
  for (const one of options) found.set(one.name.split("/")[0], [...(found.get(one.name.split("/")[0]) ?? []), one]);
  return found;
}
