// Where latents come from: gan_runner/latents.py and systems/mixture.py, drawn in the page.
import { Generator } from "./random.js";

/**
 * @typedef {{name: string, size: number, tails: number[], components?: number, radius?: number, length?: number,
 *   breadth?: number, turns?: number}} Prior tails: of the normal distribution beyond 0.1, 0.2, …
 */

/**
 * Latents of a seed, as gan-sample draws them.
 * @param {Prior} prior @param {number} seed @param {number} count @param {number|null} truncation in tenths
 * @returns {Float32Array} count × size
 */
export function latentsOfSeed(prior, seed, count, truncation) {
  return PRIORS[prior.name](prior, new Generator(seed), count, truncation);
}

const PRIORS = { Gaussian: gaussian, Uniform: uniform, GaussianMixture: wheel, SwissRoll: roll, Mixture: mixture };

function gaussian({ size, tails }, generator, count, truncation) {
  if (truncation === null) return generator.normals(count * size);
  const tail = tails[Math.round(10 * truncation) - 1];
  return Float32Array.from({ length: count * size }, () => quantile(tail + generator.double() * (1 - 2 * tail)));
}

function uniform({ size }, generator, count, truncation) {
  const reach = Math.min(truncation ?? 1, 1);
  return Float32Array.from({ length: count * size }, () => (2 * generator.uniform() - 1) * reach);
}

function wheel(prior, generator, count, truncation) {
  const pairs = (count * prior.size) / 2, drawn = gaussian({ ...prior, size: 2 }, generator, pairs, truncation);
  for (let at = 0; at < drawn.length; at += 2) {
    const angle = (2 * Math.PI * generator.below(prior.components)) / prior.components;
    const out = prior.radius + prior.length * drawn[at], across = prior.breadth * drawn[at + 1];
    drawn[at] = out * Math.cos(angle) - across * Math.sin(angle);
    drawn[at + 1] = out * Math.sin(angle) + across * Math.cos(angle);
  }
  return drawn;
}

function roll(prior, generator, count, truncation) {
  const share = Math.min(truncation ?? 1, 1);
  return rolled(prior, Float32Array.from({ length: (count * prior.size) / 2 },
    () => Math.sqrt(0.5 + (generator.uniform() - 0.5) * share)));
}

/** How far along the roll, each from 0 to 1, to places in the plane. @param {Prior} prior @param {Float32Array} along */
export function rolled(prior, along) {
  const places = new Float32Array(2 * along.length);
  along.forEach((s, at) => {
    places[2 * at] = prior.radius * s * Math.cos(2 * Math.PI * prior.turns * s);
    places[2 * at + 1] = prior.radius * s * Math.sin(2 * Math.PI * prior.turns * s);
  });
  return places;
}

/** Codes: each component's mean, and its factor times normal numbers. */
function mixture({ size, tails, bounds, means, factors }, generator, count, truncation) {
  const noise = gaussian({ size, tails }, generator, count, truncation), choice = generator.normals(count);
  const codes = new Float32Array(count * size);
  for (let one = 0; one < count; one++) {
    const component = bounds.filter((bound) => choice[one] >= bound).length;
    for (let row = 0; row < size; row++) {
      const factor = (component * size + row) * size;
      let code = means[component * size + row];
      for (let at = 0; at <= row; at++) code += factors[factor + at] * noise[one * size + at];
      codes[one * size + row] = code;
    }
  }
  return codes;
}

/** The normal quantile of a share from 0.001 to 0.999. Source: Wichura 1988, AS 241 (PPND16). */
function quantile(share) {
  const q = share - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(MIDDLE, 0.180625 - q * q);
  return Math.sign(q) * ratio(TAIL, Math.sqrt(-Math.log(Math.min(share, 1 - share))) - 1.6);
}

function ratio([above, below], r) {
  const sum = (coefficients) => coefficients.reduceRight((held, coefficient) => held * r + coefficient, 0);
  return sum(above) / sum(below);
}

const MIDDLE = [
  [3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
    67265.770927008700853, 33430.575583588128105, 2509.0809287301226727],
  [1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
    28729.085735721942674, 5226.495278852854561],
];
const TAIL = [
  [1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4],
  [1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
    0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9],
];
