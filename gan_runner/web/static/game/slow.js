// Slow motion: each player's update in five stages with a caption, as a teacher would tell it.
import { element } from "../shared/element.js";

/** Milliseconds of a stage. */
const STAGE = 1250;
const NOTHING = { reals: true, fakes: false, surface: false, needles: false, manifold: false, trails: false };
/** What is seen in each stage; at the last one the player moves. */
const STAGES = {
  discriminator: [
    { fakes: true, manifold: true }, { fakes: true, surface: true }, { fakes: true, surface: true },
    { fakes: true, surface: true }, { fakes: true, surface: true },
  ],
  generator: [
    { fakes: true, manifold: true }, { fakes: true, surface: true }, { fakes: true, surface: true },
    { fakes: true, surface: true, needles: true }, { fakes: true, surface: true, trails: true },
  ],
};

export class SlowMotion {
  /**
   * @param {(players: string[]) => void} step has players move
   * @param {() => number} updates of D for each of G
   * @param {() => import("./view.js").View[]} views
   */
  constructor(step, updates, views, t) {
    Object.assign(this, { step, updates, views, t });
    this.turn = 0;
  }

  get plays() {
    return this.turn > 0 && this.running;
  }

  /** Play until stopped. */
  async play() {
    const turn = (this.turn += 1);
    this.running = true;
    while (this.running && turn === this.turn) {
      for (let i = 0; i < this.updates() && (await this.update("discriminator", turn)); i += 1);
      await this.update("generator", turn);
    }
  }

  stop() {
    this.running = false;
    this.turn += 1;
    for (const view of this.views()) {
      view.emphasis = null;
      view.stale = true;
      view.caption?.remove();
      view.caption = null;
      view.node.classList.remove("slow");
    }
  }

  /** One player's five stages. @returns {Promise<boolean>} whether to go on */
  async update(player, turn) {
    for (const [i, seen] of STAGES[player].entries()) {
      if (turn !== this.turn) return false;
      for (const view of this.views()) {
        view.emphasis = { ...NOTHING, ...seen };
        view.stale = true;
        this.tell(view, player, i);
      }
      if (i === 4) this.step([player]);
      await new Promise((done) => setTimeout(done, STAGE));
    }
    return turn === this.turn;
  }

  tell(view, player, stage) {
    const { t } = this;
    const short = player === "discriminator" ? "d" : "g";
    const names = STAGES[player].map((_, i) => element("li", { "aria-current": i === stage ? "step" : null }, `${i + 1} ${t(`stage_${i + 1}`)}`));
    const loss = view.history.rows.at(-1)?.[`loss_${short}`];
    const said = t(`stage_${short}_${stage + 1}`, { loss: Number.isFinite(loss) ? loss.toFixed(3) : "–" });
    const caption = element("div", { class: "caption", style: `--who: var(--${short})` }, element("ol", {}, ...names),
      element("p", {}, element("span", { class: "who" }, `${t(player)} `), said));
    view.caption?.replaceWith(caption);
    if (!view.caption) view.node.append(caption);
    view.node.classList.add("slow");
    view.caption = caption;
  }
}
