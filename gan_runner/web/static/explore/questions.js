// How a page asks its source: no faster than it answers, and for files.

/**
 * Only the newest of several questions is asked once the one before has been answered: a slider asks faster than that.
 * @template T
 * @param {(asked: T) => Promise<void>} question
 * @returns {(asked: T) => void}
 */
export function newestOnly(question) {
  let waiting, busy = false;
  async function next() {
    busy = true;
    while (waiting) {
      const [asked] = waiting;
      waiting = undefined;
      await question(asked);
    }
    busy = false;
  }
  return (asked) => {
    waiting = [asked];
    if (!busy) next();
  };
}

/** Hands samples as a file to the reader. @param {import("./source.js").Source} source @param {any} asked */
export async function save(source, asked) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await source.ask("save", asked));
  link.download = `latents.${asked.form}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
