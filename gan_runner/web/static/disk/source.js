// The network in the page as the source of its samples.
import { Network } from "./network.js";
import { npz, ofTexts } from "./npz.js";
import { floatsOf, bytesOf } from "./parts.js";
import { address, sheet, shown, toBytes } from "./pictures.js";
import { latentsOfSeed } from "./priors.js";
import { read, toNumbers } from "./reading.js";
import { command } from "./shell.js";
import { walk } from "./walks.js";

const SAME = 1e-4; // latents of PyTorch's and of this page's random numbers differ by less, in their last bits
const DIGITS = 3; // of a share of pixels

/** @implements {import("../explore/source.js").Source} */
export class Within {
  /** @param {any} facts what gan-export wrote into the page */
  constructor(facts) {
    const { prior } = facts;
    for (const key of ["bounds", "means", "factors"]) if (prior[key]) prior[key] = floatsOf(prior[key]);
    Object.assign(this, { facts, can: [], seeds: true, found: null, failed: false, changed: () => {} });
    this.steps = floatsOf(facts.steps);
    this.started = this.encoder = null;
  }

  /** @param {string} name @param {any} asked */
  async ask(name, asked) {
    const answers = {
      "about.json": () => this.facts.about, "directions.json": () => this.facts.directions,
      tiles: this.tiles, move: this.move, row: this.row, path: this.path, save: this.save, encode: this.encode,
    };
    return answers[name].call(this, asked);
  }

  /** @param {(key: string, values?: any) => string} t */
  note(t) {
    if (this.found === null) return this.failed ? "" : t("starting");
    const held = t(this.found.most ? "apart_by" : "equal", this.found);
    return `${t("within")} ${t(this.seeds ? "seeds_same" : "seeds_own")} ${held}`;
  }

  listen(changed) {
    this.changed = changed;
  }

  // ---- answers ------------------------------------------------------------------------------------------------------

  async tiles({ seed, count, label, truncation }) {
    const { prior, about } = this.facts, { classes } = about;
    await this.network(); // which tells whether seeds are gan-sample's
    const labels = classes.length ? Array.from({ length: count }, (_, at) => label ?? at % classes.length) : null;
    const told = await this.told(this.rows(latentsOfSeed(prior, seed, count, truncation)), labels);
    return { ...told, command: this.seeds ? command(about, { seed, count, label, truncation }) : "" };
  }

  move({ latent, label, along }) {
    const moved = along.reduce((held, amount, direction) => this.stepped(held, direction, amount), latent);
    return this.told([moved], this.labelled([label]));
  }

  row({ latent, label, direction, reach, count }) {
    const amounts = Array.from({ length: count }, (_, step) => -reach + (2 * reach * step) / (count - 1));
    const moved = amounts.map((amount) => this.stepped(latent, direction, amount));
    return this.told(moved, this.labelled(amounts.map(() => label)));
  }

  path({ latents, labels, leg }) {
    const way = walk(this.facts.walk, latents, leg, this.facts.prior);
    return this.told(way, this.labelled(way.map((_, frame) => labels[Math.floor((frame + Math.floor(leg / 2)) / leg)])));
  }

  async encode({ file, label }) {
    const { shape } = this.facts.about, bytes = await read(file, shape), labels = this.labelled([label]);
    await this.network();
    this.encoder ??= Network.started("encoder", "image", shape);
    const [code] = await (await this.encoder).made(toNumbers(bytes, shape), labels);
    return { ...(await this.told([[...code]], labels)), input: address(this.picture(bytes)) };
  }

  async save({ form, latents, labels }) {
    const known = this.labelled(labels), made = await this.bytes(latents, known), { about } = this.facts;
    if (form === "png") return sheet(made.map((bytes) => this.picture(bytes)));
    const [bands, height, width] = about.shape, count = latents.length;
    const images = new Uint8Array(count * bands * height * width);
    made.forEach((bytes, at) => images.set(bytes, at * bytes.length));
    return npz({
      images: { type: "|u1", shape: [count, height, width, bands], data: images },
      latents: { type: "<f4", shape: [count, about.size], data: Float32Array.from(latents.flat()) },
      ...(known && {
        labels: { type: "<i8", shape: [count], data: BigInt64Array.from(known, BigInt) },
        class_names: ofTexts(about.classes),
      }),
    });
  }

  // ---- what they are made of ----------------------------------------------------------------------------------------

  /** Started once, and held against pictures of PyTorch's. @returns {Promise<Network>} */
  network() {
    this.started ??= this.start();
    return this.started;
  }

  async start() {
    await new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); }); // the page is drawn before
    try {
      const network = await Network.started("model", "latent", [this.facts.about.size]);
      await this.check(network);
      return network;
    } catch (error) {
      console.error(error);
      this.failed = true;
      this.changed();
      throw new Error("too_old");
    }
  }

  /** Holds latents and pictures against those that PyTorch drew and made. @param {Network} network */
  async check(network) {
    const { witness, prior, about } = this.facts, latents = floatsOf(witness.latents), labels = witness.labels;
    const drawn = latentsOfSeed(prior, witness.seed, latents.length / about.size, null);
    this.seeds = drawn.every((one, at) => Math.abs(one - latents[at]) < SAME);
    const theirs = bytesOf(witness.images);
    const made = (await network.made(latents, labels)).map((one) => toBytes(one, about.shape));
    let most = 0, other = 0;
    made.forEach((bytes, image) => bytes.forEach((byte, at) => {
      const apart = Math.abs(byte - theirs[image * bytes.length + at]);
      most = Math.max(most, apart);
      other += apart > 0;
    }));
    this.found = { count: made.length, most, share: Number(((100 * other) / theirs.length).toPrecision(DIGITS)) };
    this.changed();
  }

  /** Arrays of latents. @param {Float32Array} latents @returns {number[][]} */
  rows(latents) {
    const { size } = this.facts.about;
    return Array.from({ length: latents.length / size }, (_, at) => [...latents.subarray(at * size, (at + 1) * size)]);
  }

  stepped(latent, direction, amount) {
    return latent.map((one, at) => Math.fround(one + amount * this.steps[direction * latent.length + at]));
  }

  /** Labels that are known; the first class where none was said. */
  labelled(labels) {
    return this.facts.about.classes.length ? labels.map((label) => label ?? 0) : null;
  }

  async bytes(latents, labels) {
    const made = await (await this.network()).made(Float32Array.from(latents.flat()), labels);
    return made.map((values) => toBytes(values, this.facts.about.shape));
  }

  picture(bytes) {
    return shown(bytes, this.facts.about.shape, this.facts.transparent);
  }

  async told(latents, labels) {
    const made = await this.bytes(latents, labels);
    return { latents, labels, images: made.map((bytes) => address(this.picture(bytes))) };
  }
}
