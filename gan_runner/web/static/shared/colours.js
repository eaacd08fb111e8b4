// The project's colours (gan_runner/images/captions.py) on a light and on a dark ground; told apart by everybody.

/** @typedef {{ground: string, ink: string, quiet: string, line: string, real: string, fake: string, generator: string,
 *   discriminator: string, needle: string, looksFake: number[], undecided: number[], looksReal: number[],
 *   blue: string, amber: string}} Palette */

/** @type {Palette} */
const LIGHT = {
  ground: "#ffffff", ink: "#17202b", quiet: "#566272", line: "#d9dfe6", real: "#0072b2", fake: "#d55e00",
  generator: "#009e73", discriminator: "#cc79a7", needle: "#a1306f", blue: "#0072b2", amber: "#e69f00",
  looksFake: [252, 205, 164], undecided: [255, 255, 255], looksReal: [164, 208, 238],
};
/** @type {Palette} */
const DARK = {
  ground: "#181e25", ink: "#e8edf3", quiet: "#9eabb9", line: "#313b47", real: "#56b4e9", fake: "#f28c3c",
  generator: "#35c79a", discriminator: "#e29bc4", needle: "#f0a8d0", blue: "#56b4e9", amber: "#f0b93a",
  looksFake: [104, 56, 18], undecided: [28, 34, 41], looksReal: [16, 66, 104],
};
const darkness = matchMedia("(prefers-color-scheme: dark)");

/** The colours of the present theme. @returns {Palette} */
export function palette() {
  return darkness.matches ? DARK : LIGHT;
}

/** The monitor's states, the same in both themes. */
export const STATES = {
  "healthy": "#4caf7d", "generator too strong": "#f0e442", "discriminator too strong": "#56b4e9",
  "collapsing": "#e69f00", "collapsed": "#d55e00", "diverged": "#3c3c3c",
};
