// Keeps frames while the game plays and makes one HTML file of them, which opens from disk and can be scrubbed.

const EVERY = 120;
/** Frames of a game that are kept; more are thinned out. */
const MOST = 500;
const PLACE = "/*frames*/null";

export class Recorder {
  constructor() {
    this.on = false;
  }

  begin() {
    this.games = {};
    this.on = true;
  }

  /** A game has begun: what is recorded of it begins there. */
  meet(side, told, title) {
    if (this.on) this.games[side] = { box: told.box, reals: told.reals.map((pair) => pair.map((x) => Number(x.toFixed(3)))), title, frames: [], every: EVERY, last: 0 };
  }

  take(side, frame, row, now) {
    const game = this.on && this.games[side];
    if (!game || now - game.last < game.every) return;
    game.last = now;
    game.frames.push(kept(frame, row, game.box));
    if (game.frames.length > MOST) {
      game.frames = game.frames.filter((_, i) => i % 2 === 0);
      game.every *= 2;
    }
  }

  /** Stop, and offer the file. @returns {Promise<number>} frames that it has */
  async end(command, language) {
    this.on = false;
    const games = Object.values(this.games).filter((game) => game.frames.length).map(({ box, reals, title, frames }) => ({ box, reals, title, frames }));
    const count = games.reduce((sum, game) => sum + game.frames.length, 0);
    if (!count) return 0;
    const shell = await (await fetch("/recording.html")).text();
    const told = JSON.stringify({ command, language, games }).replaceAll("</", "<\\/");
    offer(new Blob([shell.replace(PLACE, () => told)], { type: "text/html" }), `gan-play-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.html`);
    return count;
  }
}

function kept(frame, row, box) {
  const shrunk = (array) => array && base64(new Uint8Array(quantised(array, box).buffer));
  const needles = frame.needles && base64(new Uint8Array(Int16Array.from(frame.needles, (x) => (x / (box[1] - box[0])) * 16000).buffer));
  const numbers = Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Number.isFinite(value) ? Number(value.toPrecision(4)) : null]));
  return { row: { ...numbers, batch: row.batch }, state: frame.state, of: frame.of, fakes: shrunk(frame.fakes), surface: base64(frame.surface), needles, manifold: shrunk(frame.manifold) };
}

/** Coordinates as 16 bits: ±16000 from the middle to twice the box. */
function quantised(pairs, [x0, x1]) {
  return Int16Array.from(pairs, (x) => Math.max(-32000, Math.min(32000, (x / (x1 - x0)) * 16000)));
}

function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}

function offer(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
