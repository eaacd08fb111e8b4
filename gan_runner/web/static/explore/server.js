// A server as the source of a page's samples. A mistake comes back as one sentence, which is thrown.

/** @param {string} name @param {any} [asked] sent as JSON; without it the answer is only read. */
async function ask(name, asked) {
  const sent = asked === undefined ? {} : { method: "POST", body: asked instanceof Blob ? asked : JSON.stringify(asked) };
  let answer;
  try {
    answer = await fetch(`/explore/${name}`, sent);
  } catch {
    throw new Error("apart");
  }
  if (answer.headers.get("content-type") !== "application/json") return answer.blob();
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

/** @type {import("./source.js").Source} */
export const server = { can: ["run", "newest", "nearest"], ask };
