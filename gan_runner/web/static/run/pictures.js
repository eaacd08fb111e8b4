// Pictures of the run over time: which series, which moment, real data beside samples.
import { element } from "../shared/element.js";

const PAUSE = 350; // milliseconds
const SAMPLES = "samples";
const at = (id) => document.getElementById(id);

export class Pictures {
  constructor() {
    Object.assign(this, { told: null, series: SAMPLES, timer: 0, follows: true });
    at("series").addEventListener("change", () => this.look(at("series").value));
    at("moment").addEventListener("input", () => { this.stop(); this.follows = this.isAtEnd; this.show(); });
    at("play").addEventListener("click", () => (this.timer ? this.stop() : this.start()));
  }

  /** @param {(key: string, values?: any) => string} t @param {{real: boolean, series: {name: string, called: string, batches: number[]}[]}} told */
  tell(t, told) {
    Object.assign(this, { t, told });
    const options = told.series.map((one) => element("option", { value: one.name }, one.called));
    at("series").replaceChildren(...options);
    if (!told.series.some((one) => one.name === this.series)) this.series = told.series[0]?.name ?? SAMPLES;
    at("series").value = this.series;
    at("no-pictures").hidden = told.series.length > 0;
    at("beside").hidden = at("slider").hidden = !told.series.length;
    this.stop();
    this.list();
    this.glance();
  }

  /** The newest picture of every other series: a click looks at it. */
  glance() {
    const others = this.told.series.filter((one) => one.name !== SAMPLES);
    at("others").replaceChildren(...others.map((one) => {
      const source = `/run/picture/${encodeURIComponent(one.name)}/${one.batches.at(-1)}.png`;
      const button = element("button", { type: "button", title: one.called }, element("img", { src: source, alt: "" }), element("span", {}, one.called));
      button.addEventListener("click", () => this.look(one.name));
      return button;
    }));
  }

  look(name) {
    this.series = at("series").value = name;
    this.follows = true;
    this.stop();
    this.list();
  }

  get batches() {
    return this.told.series.find((one) => one.name === this.series)?.batches ?? [];
  }

  get isAtEnd() {
    return Number(at("moment").value) >= Number(at("moment").max);
  }

  /** The newest picture is followed until somebody looks at an earlier one. */
  list() {
    const { batches } = this, last = Math.max(0, batches.length - 1);
    const held = Math.min(Number(at("moment").value), last);
    at("moment").max = String(last);
    at("moment").value = String(this.follows ? last : held);
    at("moment").disabled = at("play").disabled = batches.length < 2;
    const isBeside = this.series === SAMPLES && this.told.real;
    at("reals").hidden = !isBeside;
    at("beside").classList.toggle("two", isBeside);
    if (isBeside) at("real").alt = this.t("real");
    if (batches.length) this.show();
  }

  show() {
    const after = this.batches[Number(at("moment").value)];
    const says = this.t(after === 1 ? "after_one" : "after", { count: after.toLocaleString(document.documentElement.lang) });
    at("after").value = says;
    at("moment").setAttribute("aria-valuetext", says);
    at("picture-says").textContent = this.told.series.find((one) => one.name === this.series).called;
    this.load(`/run/picture/${encodeURIComponent(this.series)}/${after}.png`, says);
  }

  /** The picture before stays until this one has come whole. */
  async load(source, says) {
    this.wanted = source;
    const image = new Image();
    image.src = source;
    try {
      await image.decode();
    } catch {
      return;
    }
    if (this.wanted !== source) return;
    at("picture").src = source;
    at("picture").alt = says;
  }

  start() {
    if (this.isAtEnd) at("moment").value = "0";
    this.show();
    this.timer = setInterval(() => {
      at("moment").value = String(Number(at("moment").value) + 1);
      this.show();
      if (this.isAtEnd) this.stop();
    }, PAUSE);
    at("play").textContent = this.t("pause");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    at("play").textContent = this.t("play");
    this.follows ||= this.isAtEnd;
  }
}
