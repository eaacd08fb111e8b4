// The network of the page: an ONNX file that onnxruntime-web runs, both parts of the page.
import { part } from "./parts.js";

const AT_ONCE = 8; // samples; between such chunks the page may draw

export class Network {
  /** @param {any} runtime @param {any} session @param {number} size of a latent */
  constructor(runtime, session, size) {
    Object.assign(this, { runtime, session, size, turn: Promise.resolve() });
  }

  /** Throws where this browser cannot run it. @param {number} size of a latent */
  static async started(size) {
    const [code, binary, model] = await Promise.all(["runtime", "wasm", "model"].map(part));
    const runtime = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    Object.assign(runtime.env.wasm, { wasmBinary: binary.buffer, numThreads: 1 });
    return new Network(runtime, await runtime.InferenceSession.create(model), size);
  }

  /**
   * What it makes of latents.
   * @param {Float32Array} latents count × size @param {number[]|null} labels of each, where it is told the class
   * @returns {Promise<Float32Array[]>} one for each latent
   */
  async made(latents, labels) {
    const count = latents.length / this.size, made = [];
    for (let start = 0; start < count; start += AT_ONCE) {
      if (start) await new Promise((resolve) => { setTimeout(resolve); });
      const end = Math.min(start + AT_ONCE, count);
      const given = latents.slice(start * this.size, end * this.size); // its own memory, which the runtime reads whole
      const answer = await this.alone(given, labels && labels.slice(start, end)), each = answer.length / (end - start);
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
    const { Tensor } = this.runtime, rows = latents.length / this.size;
    const given = { latent: new Tensor("float32", latents, [rows, this.size]) };
    if (labels) given.label = new Tensor("int64", BigInt64Array.from(labels, BigInt), [rows]);
    const told = await this.session.run(given);
    return told[this.session.outputNames[0]].data;
  }
}
