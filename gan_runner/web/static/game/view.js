// One game on the page: its plane, its curves and what is said of it.
import { STATES } from "../shared/colours.js";
import { element } from "../shared/element.js";
import { chartsOf, drawChart, History } from "./curves.js";
import { Movement } from "./movement.js";
import { drawScene } from "./scene.js";

export class View {
  /**
   * @param {"left"|"right"} side
   * @param {Function} t words
   * @param {() => Object} shown the layers that are on
   * @param {() => void} undo take back what was refused
   */
  constructor(side, t, shown, undo) {
    Object.assign(this, { side, t, shown, movement: new Movement(), history: new History() });
    this.told = null;
    this.frame = null;
    this.emphasis = null;
    this.size = 0;
    this.build(undo);
    this.resized = new ResizeObserver(() => (this.stale = true));
    for (const node of [this.plane, ...this.charts]) this.resized.observe(node);
  }

  build(undo) {
    const { t } = this;
    this.canvas = element("canvas", { role: "img", "aria-label": t("plane_says") });
    this.plane = element("div", { class: "plane" }, this.canvas);
    this.waiting = element("p", { class: "waiting" }, t("waiting"));
    this.sentence = element("span");
    this.refusal = element("div", { class: "refusal", role: "alert", hidden: true }, this.sentence,
      element("button", { type: "button", onclick: undo }, t("undo")));
    this.name = element("span", { class: "name" });
    this.badge = element("span", { class: "badge" }, t("state_none"));
    this.facts = element("span", { class: "facts" });
    this.layers = element("div", { class: "layers" });
    this.charts = Array.from({ length: 4 }, () => element("canvas", { role: "img" }));
    this.node = element("section", { class: "game panel", "data-side": this.side, "aria-label": t(`game_${this.side}`) },
      element("div", { class: "head" }, this.name, this.badge, this.facts),
      element("div", { class: "stage" }, this.plane, this.waiting, this.refusal),
      this.layers, element("div", { class: "charts" }, ...this.charts));
  }

  /** A game has begun. */
  begin(told) {
    this.told = told;
    this.movement.clear();
    this.history.clear();
    this.frame = null;
    this.waiting.hidden = true;
    this.refusal.hidden = true;
    this.list = null;
    this.stale = true;
  }

  /** Why nothing goes on: refused settings, or a game that is over; one that is played out has nothing to take back. */
  refuse(sentence) {
    const out = Boolean(this.told && this.frame && this.frame.batch >= this.told.max_steps);
    this.refusal.querySelector("button").hidden = out;
    this.refusal.classList.toggle("out", out);
    this.sentence.textContent = sentence;
    this.refusal.hidden = false;
    this.waiting.hidden = true;
  }

  /** A frame has come. */
  take(frame, now) {
    this.frame = frame;
    this.movement.take(frame, now);
    this.history.add(rowOf(frame));
    this.list ??= chartsOf("logit_real" in rowOf(frame), frame.of);
    this.stale = this.news = true;
  }

  /** Draw what has changed; called for each picture of the screen. */
  draw(now) {
    if (!this.told) return;
    this.fit();
    if (this.stale || this.movement.moves()) {
      const moment = { ...this.movement.at(now), box: this.told.box, reals: this.told.reals };
      drawScene(this.canvas, moment, { ...this.shown(), ...this.emphasis });
    }
    if (this.stale) this.drawCurves(now);
    this.stale = false;
    if (this.news) this.say();
    this.news = false;
  }

  /** Curves are drawn less often than points. */
  drawCurves(now) {
    if (this.list && (now - (this.drawn ?? 0) > 120 || !this.frame?.playing)) {
      this.charts.forEach((canvas, i) => {
        drawChart(canvas, this.list[i], this.history.rows, this.t);
        canvas.setAttribute("aria-label", this.t(this.list[i].title));
      });
      this.drawn = now;
    }
  }

  fit() {
    const ratio = window.devicePixelRatio || 1;
    const fitted = (canvas) => {
      const [wide, high] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
      if (wide && (canvas.width !== wide || canvas.height !== high)) {
        canvas.width = wide;
        canvas.height = high;
        this.stale = true;
        this.drawn = 0;
      }
    };
    [this.canvas, ...this.charts].forEach(fitted);
  }

  say() {
    const { frame, t } = this;
    const fact = (key, value) => element("span", {}, `${t(key)} `, element("b", { "data-fact": key }, value));
    const facts = [fact("batches", frame.batch.toLocaleString(document.documentElement.lang)), fact("batches_per_second", Math.round(frame.batches_per_second ?? 0))];
    if (frame.of) facts.unshift(fact("modes", `${frame.covered ?? "–"} / ${frame.of}`));
    if (frame.kl !== null && frame.kl !== undefined) this.kl = frame.kl;
    if (this.kl !== undefined) facts.unshift(fact("kl", this.kl.toFixed(2)));
    this.facts.replaceChildren(...facts);
    this.badge.textContent = frame.state ? t(`state_${frame.state.replaceAll(" ", "_")}`) : t("state_none");
    this.badge.style.setProperty("--state", STATES[frame.state] ?? "var(--line)");
  }
}

/** What curves are drawn of. */
export function rowOf(frame) {
  const row = { batch: frame.batch, kl: frame.kl, js: frame.js, covered: frame.covered };
  for (const [name, value] of Object.entries(frame.figures ?? {})) {
    const parts = name.split("/");
    const word = parts.at(-1);
    if (word === "adversarial") row[parts[0] === "discriminator" ? "loss_d" : "loss_g"] = value;
    else if (/^(accuracy|logit)_(real|fake)$/.test(word) && parts[0] === "discriminator") row[word] = value;
  }
  return row;
}
