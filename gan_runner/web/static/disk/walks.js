// The way through pinned latents, as gan_runner/latents.py walks it: from the first to the last, `leg` steps each.
import { rolled } from "./priors.js";

/**
 * @param {"arcs"|"straight"|"pairs"|"roll"} kind pairs: arcs in each plane; roll: along it, never across
 * @param {number[][]} anchors @param {number} leg @param {import("./priors.js").Prior} prior
 * @returns {number[][]} leg × (anchors − 1) + 1 latents
 */
export function walk(kind, anchors, leg, prior) {
  const frames = Array.from({ length: leg * (anchors.length - 1) + 1 }, (_, frame) => {
    const from = Math.floor(frame / leg);
    return [anchors[from], anchors[Math.min(from + 1, anchors.length - 1)], (frame % leg) / leg];
  });
  return frames.map(([a, b, t]) => Array.from(Float32Array.from(WAYS[kind](a, b, t, prior))));
}

const WAYS = {
  straight: (a, b, t) => a.map((one, at) => (1 - t) * one + t * b[at]),
  arcs,
  pairs: (a, b, t) => pairsOf(a).flatMap((pair, at) => arcs(pair, pairsOf(b)[at], t)),
  roll: (a, b, t, prior) => {
    const along = (latent) => pairsOf(latent).map(([x, y]) => Math.hypot(x, y) / prior.radius);
    return [...rolled(prior, Float32Array.from(WAYS.straight(along(a), along(b), t)))];
  },
};

/** Along an arc, which keeps the length; straight where none is spanned. Source: White 2016, §2 (arXiv:1609.04468). */
function arcs(a, b, t) {
  const angle = Math.acos(Math.max(-1, Math.min(1, dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)))));
  if (!(Math.sin(angle) > 1e-4)) return WAYS.straight(a, b, t);
  const [from, to] = [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
  return a.map((one, at) => from * one + to * b[at]);
}

function dot(a, b) {
  return a.reduce((sum, one, at) => sum + one * b[at], 0);
}

function pairsOf(latent) {
  return Array.from({ length: latent.length / 2 }, (_, at) => latent.slice(2 * at, 2 * at + 2));
}
