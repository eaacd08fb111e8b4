// What the page asks its server. A mistake comes back as one sentence, which is thrown.

/** @param {string} name @param {any} [asked] sent as JSON; without it the answer is only read. */
export async function ask(name, asked) {
  const sent = asked === undefined ? {} : { method: "POST", body: asked instanceof Blob ? asked : JSON.stringify(asked) };
  let answer;
  try {
    answer = await fetch(`/explore/${name}`, sent);
  } catch {
    throw new Error("apart");
  }
  if (answer.headers.get("content-type") !== "application/json") return answer;
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

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

/** Hands a file of the server to the reader. @param {any} asked */
export async function save(asked) {
  const answer = await ask("save", asked);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `latents.${asked.form}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
