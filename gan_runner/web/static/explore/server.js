// A server as the source of a page's samples. A mistake comes back as one sentence, which is thrown.

/** @param {string} name @param {any} [asked] sent as JSON; without it the answer is only read. */
async function ask(name, asked) {
  const [path, body] = name === "encode" ? ofFile(asked) : [name, JSON.stringify(asked)];
  let answer;
  try {
    answer = await fetch(`/explore/${path}`, asked === undefined ? {} : { method: "POST", body });
  } catch {
    throw new Error("apart");
  }
  if (answer.headers.get("content-type") !== "application/json") return answer.blob();
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

/** A file is sent as it is. @param {{file: File, label: number|null}} asked @returns {[string, File]} */
function ofFile({ file, label }) {
  return [label === null ? "encode" : `encode?label=${label}`, file];
}

/** @type {import("./source.js").Source} */
export const server = { can: ["run", "newest", "nearest"], ask };
