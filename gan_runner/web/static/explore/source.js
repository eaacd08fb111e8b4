// Where a page has its samples from: server.js, or ../disk/source.js, where the network lies in the page itself.

/** @typedef {{latent: number[], label: number|null}} Asked */
/** @typedef {{latents: number[][], labels: number[]|null, images: string[]}} Told images as addresses of data */

/**
 * can: what a page may offer beside what all can: "run" (a page of the run), "newest" (weights), "nearest" (images).
 * ask: one of these; a mistake is thrown with a sentence, or with the key of one.
 *   "about.json" () what the page is of; "directions.json" () {of, shares}
 *   "tiles" ({seed, count, label, truncation}) Told with the command that draws them in a shell
 *   "move" ({...Asked, along}), "row" ({...Asked, direction, reach, count}), "path" ({latents, labels, leg}) Told
 *   "nearest" (Asked), "newest" (), "encode" ({file, label}) Told with the input, where there are such
 *   "save" ({form, latents, labels}) Blob, PNG or npz
 * note: what it says of itself, in the words of a language; listen: is told when that has changed.
 * @typedef {{can: string[], ask: (name: string, asked?: any) => Promise<any>,
 *   note?: (t: (key: string, values?: any) => string) => string, listen?: (changed: () => void) => void}} Source
 */
