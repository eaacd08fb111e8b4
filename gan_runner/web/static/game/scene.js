// The plane of a game: D's answers as colours, points, the direction in which D's answer rises, G's warped grid, trails.
import { palette } from "../shared/colours.js";

/** The layers that can be switched, with the colour that stands for each. */
export const LAYERS = ["surface", "reals", "fakes", "needles", "manifold", "trails"];
/** @typedef {{surface: boolean, reals: boolean, fakes: boolean, needles: boolean, manifold: boolean, trails: boolean}} Shown */

const heat = document.createElement("canvas");

/**
 * Where the points of the data's plane lie on a square canvas: the box in its middle, both axes of one scale.
 * @param {number[]} box [x0, x1, y0, y1]
 * @param {number} size of the canvas in pixels
 */
export function mapping(box, size) {
  const [x0, x1, y0, y1] = box;
  const scale = size / Math.max(x1 - x0, y1 - y0);
  const left = (size - scale * (x1 - x0)) / 2;
  const top = (size - scale * (y1 - y0)) / 2;
  return {
    scale, x: (x) => left + (x - x0) * scale, y: (y) => size - top - (y - y0) * scale,
    back: (px, py) => [(px - left) / scale + x0, (size - top - py) / scale + y0],
  };
}

/**
 * Draw one moment of a game.
 * @param {HTMLCanvasElement} canvas
 * @param {{box: number[], reals: number[][], fakes?: ArrayLike<number>, surface?: ArrayLike<number>,
 *   needles?: ArrayLike<number>, manifold?: ArrayLike<number>, trails?: number[][][]}} moment
 * @param {Shown} shown
 */
export function drawScene(canvas, moment, shown) {
  const colours = palette();
  const context = canvas.getContext("2d");
  const size = canvas.width;
  const at = mapping(moment.box, size);
  const unit = Math.max(1, size / 520);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, size, size);
  if (shown.surface && moment.surface) drawSurface(context, moment.surface, moment.box, at, colours);
  if (shown.manifold && moment.manifold) drawManifold(context, moment.manifold, at, colours, unit);
  if (shown.reals) drawPoints(context, flat(moment.reals), at, colours.real, 1.7 * unit, 0.75);
  if (shown.trails && moment.trails) drawTrails(context, moment.trails, at, colours, unit);
  if (shown.needles && moment.needles && moment.fakes) drawNeedles(context, moment.fakes, moment.needles, at, colours, unit);
  if (shown.fakes && moment.fakes) drawPoints(context, moment.fakes, at, colours.fake, 2.3 * unit, 0.9, colours.ground);
}

function flat(pairs) {
  return pairs.length && Array.isArray(pairs[0]) ? pairs.flat() : pairs;
}

/** 0 is a place that D takes for fake, 255 one for real; half is undecided. Row 0 is the lowest. */
function drawSurface(context, surface, box, at, colours) {
  const side = Math.round(Math.sqrt(surface.length));
  heat.width = heat.height = side;
  const pixels = heat.getContext("2d").createImageData(side, side);
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const colour = blended(surface[row * side + column] / 255, colours);
      pixels.data.set([...colour, 255], 4 * ((side - 1 - row) * side + column));
    }
  }
  heat.getContext("2d").putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  const [x0, x1, y0, y1] = box;
  context.drawImage(heat, at.x(x0), at.y(y1), at.x(x1) - at.x(x0), at.y(y0) - at.y(y1));
}

function blended(answer, { looksFake, undecided, looksReal }) {
  const end = answer < 0.5 ? looksFake : looksReal;
  const share = Math.abs(answer - 0.5) * 2;
  return undecided.map((part, channel) => Math.round(part + share * (end[channel] - part)));
}

function drawPoints(context, pairs, at, colour, radius, opacity, rim = null) {
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.beginPath();
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const x = at.x(pairs[i]);
    const y = at.y(pairs[i + 1]);
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 7);
  }
  context.fill();
  if (rim) {
    context.globalAlpha = 0.6;
    context.strokeStyle = rim;
    context.lineWidth = radius / 4;
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** From each of the first fakes to where D's answer is higher: where G is told to go. */
function drawNeedles(context, fakes, needles, at, colours, unit) {
  context.strokeStyle = colours.needle;
  context.lineWidth = 1.2 * unit;
  context.globalAlpha = 0.8;
  context.beginPath();
  for (let i = 0; i + 1 < needles.length; i += 2) {
    context.moveTo(at.x(fakes[i]), at.y(fakes[i + 1]));
    context.lineTo(at.x(fakes[i] + needles[i]), at.y(fakes[i + 1] + needles[i + 1]));
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** An even grid of latents as G bends it; the more a cell is squeezed, the denser are samples in it, and its colour. */
function drawManifold(context, manifold, at, colours, unit) {
  context.fillStyle = context.strokeStyle = colours.generator;
  context.lineWidth = 0.7 * unit;
  const side = Math.round(Math.sqrt(manifold.length / 2));
  if (side * side * 2 !== manifold.length) return drawThread(context, manifold, at, unit);
  const corner = (row, column) => [at.x(manifold[2 * (row * side + column)]), at.y(manifold[2 * (row * side + column) + 1])];
  const usual = (context.canvas.width / side) ** 2 / 6;
  for (let row = 0; row + 1 < side; row += 1) {
    for (let column = 0; column + 1 < side; column += 1) {
      const corners = [corner(row, column), corner(row, column + 1), corner(row + 1, column + 1), corner(row + 1, column)];
      const share = usual / Math.max(areaOf(corners), 1);
      context.beginPath();
      corners.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.closePath();
      context.globalAlpha = Math.min(0.5, 0.05 + 0.12 * share);
      context.fill();
    }
  }
  context.globalAlpha = 0.32;
  context.beginPath(); // all lines at once: hundreds of strokes would cost more than all else
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      if (column) context.lineTo(...corner(row, column));
      else context.moveTo(...corner(row, column));
    }
    for (let column = 0; column < side; column += 1) {
      if (column) context.lineTo(...corner(column, row));
      else context.moveTo(...corner(column, row));
    }
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** Of one-dimensional noise: the line that G bends. */
function drawThread(context, manifold, at, unit) {
  context.lineWidth = 3 * unit;
  context.globalAlpha = 0.6;
  context.beginPath();
  for (let i = 0; i + 1 < manifold.length; i += 2) {
    const [x, y] = [at.x(manifold[i]), at.y(manifold[i + 1])];
    if (i) context.lineTo(x, y);
    else context.moveTo(x, y);
  }
  context.stroke();
  context.globalAlpha = 1;
}

function areaOf(corners) {
  return Math.abs(corners.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % corners.length];
    return sum + x * nextY - nextX * y;
  }, 0)) / 2;
}

/** Where a few samples, of the same latents, have been lately. */
function drawTrails(context, trails, at, colours, unit) {
  context.strokeStyle = colours.fake;
  context.lineWidth = 1.4 * unit;
  for (const trail of trails) {
    for (let i = 1; i < trail.length; i += 1) {
      context.globalAlpha = (0.75 * i) / trail.length;
      context.beginPath();
      context.moveTo(at.x(trail[i - 1][0]), at.y(trail[i - 1][1]));
      context.lineTo(at.x(trail[i][0]), at.y(trail[i][1]));
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}
