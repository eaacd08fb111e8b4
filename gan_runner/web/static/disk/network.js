// The network of the page: an ONNX file that onnxruntime-web runs, both parts of the page.
import { part } from "./parts.js";

const AT_ONCE = 8; // samples; between such chunks the page may draw

export class Network {
  /** @param {any} runtime @param {any} session @param {{size: number, batch: number|null}} facts */
  constructor(runtime, session, facts) {
    Object.assign(this, { runtime, session, facts, turn: Promise.resolve() });
  }

  /** Throws where this browser cannot run it. @param {{size: number, batch: number|null}} facts */
  static async started(facts) {
    const [code, binary, model] = await Promise.all(["runtime", "wasm", "model"].map(part));
    const runtime = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    Object.assign(runtime.env.wasm, { wasmBinary: binary.buffer, numThreads: 1 });
    return new Network(runtime, await runtime.InferenceSession.create(model), facts);
  }

  /**
   * What it makes of latents.
   * @param {Float32Array} latents count × size @param {number[]|null} labels of each, where it is told the class
   * @returns {Promise<Float32Array[]>} one for each latent
   */
  async made(latents, labels) {
    const { size, batch } = this.facts, count = latents.length / size, step = batch ?? AT_ONCE, made = [];
    for (let start = 0; start < count; start += step) {
      if (start) await new Promise((resolve) => { setTimeout(resolve); });
      const end = Math.min(start + step, count), rows = batch ?? end - start;
      const given = new Float32Array(rows * size);
      given.set(latents.subarray(start * size, end * size));
      const answer = await this.alone(given, labels && Array.from({ length: rows }, (_, at) => labels[start + at] ?? 0));
      const each = answer.length / rows;
      for (let at = 0; at < end - start; at++) made.push(answer.subarray(at * each, (at + 1) * each));
    }
    return made;
  }

  /** One question after the other. @returns {Promise<Float32Array>} */
  alone(latents, labels) {
    const answer = this.turn.then(() => this.run(latents, labels));
    this.turn = answer.catch(() => {});
    return answer;
  }

  async run(latents, labels) {
    const { Tensor } = this.runtime, rows = latents.length / this.facts.size;
    const given = { latent: new Tensor("float32", latents, [rows, this.facts.size]) };
    if (labels) given.label = new Tensor("int64", BigInt64Array.from(labels, BigInt), [rows]);
    const told = await this.session.run(given);
    return told[this.session.outputNames[0]].data;
  }
}
