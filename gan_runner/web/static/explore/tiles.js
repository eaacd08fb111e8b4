// Samples of a seed as tiles, each a button.
import { element } from "../shared/element.js";

/** @typedef {{latent: number[], label: number|null, image: string}} Sample */

/** The samples of an answer of the server. @returns {Sample[]} */
export function samplesOf(told) {
  return told.images.map((image, at) => ({ image, latent: told.latents[at], label: told.labels ? told.labels[at] : null }));
}

/** What a request to save says of samples. @param {Sample[]} samples */
export function latentsOf(samples) {
  return { latents: samples.map((one) => one.latent), labels: samples.map((one) => one.label) };
}

/** An image button. @param {Sample} sample @param {string} says @param {(sample: Sample) => void} chosen */
export function tile(sample, says, chosen) {
  const image = element("img", { src: sample.image, alt: "", draggable: "false" });
  return element("button", { type: "button", class: "tile", "aria-label": says, title: says, onclick: () => chosen(sample) }, image);
}

/** Arrow keys lead from tile to tile. @param {HTMLElement} place */
export function walkByKeys(place) {
  place.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columnsOf(place), ArrowDown: columnsOf(place) };
    const all = [...place.children], at = all.indexOf(document.activeElement);
    if (at < 0 || !(event.key in steps)) return;
    event.preventDefault();
    all[at + steps[event.key]]?.focus();
  });
}

function columnsOf(place) {
  return getComputedStyle(place).gridTemplateColumns.split(" ").length;
}
