// Sliders along principal directions: each with how much of the variance it holds.
import { element } from "../shared/element.js";

const FIRST = 8, REACH = 3;

export class Directions {
  /** @param {HTMLElement} place @param {HTMLElement} more @param {(amounts: number[]) => void} moved
   *  @param {(at: number) => void} touched which one is looked at */
  constructor(place, more, moved, touched) {
    Object.assign(this, { place, more, moved, touched, inputs: [], outputs: [], rows: [] });
    more.addEventListener("click", () => this.reveal());
  }

  /** @param {number[]} shares @param {(key: string, values?: any) => string} t */
  show(shares, t) {
    const most = shares[0] ?? 1, held = this.inputs.length === shares.length ? this.amounts : shares.map(() => 0);
    this.inputs = [];
    this.outputs = [];
    this.rows = shares.map((share, at) => {
      const says = t("direction", { number: at + 1 }), part = t("share", { share: (100 * share).toPrecision(2) });
      const input = element("input", { type: "range", min: -REACH, max: REACH, step: 0.05, value: held[at], "aria-label": says, list: "" });
      const output = element("output", {}, signed(held[at]));
      const bar = element("span", { class: "share", style: `--share: ${share / most}`, title: part });
      input.addEventListener("input", () => this.changed(at));
      input.addEventListener("focus", () => this.touched(at));
      input.addEventListener("dblclick", () => { input.value = "0"; this.changed(at); });
      this.inputs.push(input);
      this.outputs.push(output);
      return element("label", { class: "direction" }, element("span", { class: "number" }, String(at + 1)), bar, input, output);
    });
    this.rows.forEach((row, at) => { row.hidden = at >= FIRST; });
    this.more.hidden = shares.length <= FIRST;
    this.place.replaceChildren(...this.rows);
  }

  reveal() {
    this.rows.forEach((row) => { row.hidden = false; });
    this.more.hidden = true;
  }

  /** Standard deviations along each. @returns {number[]} */
  get amounts() {
    return this.inputs.map((input) => Number(input.value));
  }

  /** @param {number} at which one */
  changed(at) {
    this.outputs.forEach((output, at) => { output.value = signed(Number(this.inputs[at].value)); });
    this.moved(this.amounts);
    this.touched(at);
  }

  /** @param {number} at which one @param {number} amount */
  set(at, amount) {
    this.inputs[at].value = String(amount);
    this.changed(at);
  }

  /** All back to the middle, without telling. */
  rest() {
    this.inputs.forEach((input) => { input.value = "0"; });
    this.outputs.forEach((output) => { output.value = "0"; });
  }
}

function signed(value) {
  return value === 0 ? "0" : `${value > 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}`;
}
