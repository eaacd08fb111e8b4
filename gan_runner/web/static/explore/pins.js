// Samples that are kept, and the walk through them.
import { element } from "../shared/element.js";
import { tile } from "./tiles.js";

const MOST = 16, LEG = 12, PAUSE = 90;

export class Pins {
  /**
   * @param {(sample: any) => void} chosen
   * @param {(pins: any[], leg: number) => Promise<any[]>} walk asks for the way through the pins
   */
  constructor(chosen, walk) {
    Object.assign(this, { chosen, walk, pins: [], way: [], timer: 0, asked: 0 });
    this.shelf = document.getElementById("pinned");
    this.range = document.getElementById("frame");
    this.button = document.getElementById("play");
    this.range.addEventListener("input", () => { this.stop(); this.showFrame(); });
    this.button.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
  }

  /** @param {(key: string, values?: any) => string} t */
  speak(t) {
    this.t = t;
    this.draw();
    this.stop();
  }

  add(sample) {
    if (this.pins.length < MOST) this.pins.push(sample);
    this.changed();
  }

  clear() {
    this.pins = [];
    this.changed();
  }

  async changed() {
    this.stop();
    this.draw();
    const asked = ++this.asked, pins = [...this.pins];
    const way = pins.length > 1 ? await this.walk(pins, LEG) : [];
    if (asked !== this.asked) return;
    this.way = way;
    this.range.max = String(Math.max(0, way.length - 1));
    this.range.value = "0";
    document.getElementById("walk").hidden = way.length < 2;
  }

  draw() {
    document.getElementById("pins-empty").hidden = this.pins.length > 1;
    this.shelf.replaceChildren(...this.pins.map((pin, at) => {
      const says = this.t("unpin", { number: at + 1 });
      const remove = element("button", { type: "button", class: "remove", "aria-label": says, title: says }, "×");
      remove.addEventListener("click", () => { this.pins.splice(at, 1); this.changed(); });
      return element("div", { class: "pin" }, tile(pin, this.t("pinned", { number: at + 1 }), this.chosen), remove);
    }));
  }

  showFrame() {
    const frame = this.way[Number(this.range.value)];
    if (frame) this.chosen(frame);
  }

  start() {
    if (Number(this.range.value) >= this.way.length - 1) this.range.value = "0";
    this.timer = setInterval(() => {
      this.range.value = String(Number(this.range.value) + 1);
      this.showFrame();
      if (Number(this.range.value) >= this.way.length - 1) this.stop();
    }, PAUSE);
    this.button.textContent = this.t("pause");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.button.textContent = this.t("play");
  }
}
