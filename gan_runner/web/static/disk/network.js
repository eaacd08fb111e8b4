// Networks of the page: ONNX files that onnxruntime-web runs, all parts of the page.
import { part } from "./parts.js";

const AT_ONCE = 8; // of a question; between such chunks the page may draw
let loaded = null, turn = Promise.resolve();

/** Loaded once, for all networks. @returns {Promise<any>} */
function runtime() {
  loaded ??= (async () => {
    const [code, binary] = await Promise.all(["runtime", "wasm"].map(part));
    const found = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    Object.assign(found.env.wasm, { wasmBinary: binary.buffer, numThreads: 1 });
    return found;
  })();
  return loaded;
}

export class Network {
  /** @param {any} ort @param {any} session @param {string} input its name @param {number[]} shape of one of a batch */
  constructor(ort, session, input, shape) {
    Object.assign(this, { ort, session, input, shape, size: shape.reduce((held, side) => held * side, 1) });
  }

  /** Throws where this browser cannot run it. @param {string} id of the part @param {string} input its name
   *  @param {number[]} shape of one of a batch */
  static async started(id, input, shape) {
    const [ort, model] = await Promise.all([runtime(), part(id)]);
    return new Network(ort, await ort.InferenceSession.create(model), input, shape);
  }

  /**
   * What it makes.
   * @param {Float32Array} given one after the other @param {number[]|null} labels of each, where it is told the class
   * @returns {Promise<Float32Array[]>} one for each
   */
  async made(given, labels) {
    const count = given.length / this.size, made = [];
    for (let start = 0; start < count; start += AT_ONCE) {
      if (start) await new Promise((resolve) => { setTimeout(resolve); });
      const end = Math.min(start + AT_ONCE, count);
      const rows = given.slice(start * this.size, end * this.size); // its own memory, which the runtime reads whole
      const answer = await this.alone(rows, labels && labels.slice(start, end)), each = answer.length / (end - start);
      for (let at = 0; at < end - start; at++) made.push(answer.subarray(at * each, (at + 1) * each));
    }
    return made;
  }

  /** One question of the page after the other. @returns {Promise<Float32Array>} */
  alone(rows, labels) {
    const answer = turn.then(() => this.run(rows, labels));
    turn = answer.catch(() => {});
    return answer;
  }

  async run(rows, labels) {
    const { Tensor } = this.ort, count = rows.length / this.size;
    const given = { [this.input]: new Tensor("float32", rows, [count, ...this.shape]) };
    if (labels) given.label = new Tensor("int64", BigInt64Array.from(labels, BigInt), [count]);
    const told = await this.session.run(given);
    return told[this.session.outputNames[0]].data;
  }
}
