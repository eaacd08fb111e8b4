// PyTorch's random numbers on a processor, written out again: a seed gives what it gives gan-sample, to the last bits.
// Mersenne Twister, Matsumoto & Nishimura 1998; how numbers are made of its words: ATen's CPUGeneratorImpl,
// DistributionTemplates. Source also: Box & Muller 1958.
const LENGTH = 624, BLOCK = 16, HALF = 8;
const TURN = Math.fround(2 * Math.PI);

export class Generator {
  /** @param {number} seed of 32 bits */
  constructor(seed) {
    this.words = new Uint32Array(LENGTH);
    this.words[0] = seed;
    for (let at = 1; at < LENGTH; at++) {
      const before = this.words[at - 1];
      this.words[at] = Math.imul(1812433253, before ^ (before >>> 30)) + at;
    }
    this.at = LENGTH;
    this.kept = null; // the second of two normal numbers
  }

  /** The next word of 32 bits. @returns {number} */
  word() {
    if (this.at === LENGTH) this.turn();
    let word = this.words[this.at++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  turn() {
    for (let at = 0; at < LENGTH; at++) {
      const both = (this.words[at] & 0x80000000) | (this.words[(at + 1) % LENGTH] & 0x7fffffff);
      this.words[at] = this.words[(at + 397) % LENGTH] ^ (both >>> 1) ^ (both & 1 ? 0x9908b0df : 0);
    }
    this.at = 0;
  }

  /** As torch.rand: from 0, below 1, in 24 bits. */
  uniform() {
    return (this.word() & 0xffffff) / 2 ** 24;
  }

  /** As torch.rand of float64: in 53 bits. */
  double() {
    const high = this.word() & 0x1fffff;
    return (high * 2 ** 32 + this.word()) / 2 ** 53;
  }

  /** As torch.randint(limit). */
  below(limit) {
    return this.word() % limit;
  }

  /** As torch.randn(count): by blocks of 16, where there are so many. @returns {Float32Array} */
  normals(count) {
    if (count < BLOCK) return Float32Array.from({ length: count }, () => this.normal());
    const drawn = Float32Array.from({ length: count }, () => this.uniform());
    for (let start = 0; start + BLOCK <= count; start += BLOCK) toNormals(drawn, start);
    if (count % BLOCK) {
      const start = count - BLOCK; // the last block is drawn again
      for (let at = start; at < count; at++) drawn[at] = this.uniform();
      toNormals(drawn, start);
    }
    return drawn;
  }

  normal() {
    if (this.kept !== null) {
      const kept = this.kept;
      this.kept = null;
      return kept;
    }
    const angle = 2 * Math.PI * this.double(), radius = Math.sqrt(-2 * Math.log1p(-this.double()));
    this.kept = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

function toNormals(drawn, start) {
  for (let at = start; at < start + HALF; at++) {
    const radius = Math.fround(Math.sqrt(-2 * Math.log(1 - drawn[at]))), angle = Math.fround(TURN * drawn[at + HALF]);
    drawn[at] = radius * Math.cos(angle);
    drawn[at + HALF] = radius * Math.sin(angle);
  }
}
