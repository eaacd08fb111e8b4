// Words of a page in the reader's language: /strings/<language>.json has a part for each page and one that all share.
// A page from disk holds them itself.

/**
 * Words of a part of the page.
 * @param {string} name of the part: "game", "run", …
 * @param {string} language "en", "es"
 * @returns {Promise<(key: string, values?: Object<string, string|number>) => string>}
 */
export async function words(name, language) {
  const known = { ...(await part("shared", language)), ...(await part(name, language)) };
  return (key, values = {}) => filled(known[key] ?? key, values);
}

/** All words of a part, as they are. @returns {Promise<Object<string, string>>} */
export async function part(name, language) {
  const within = document.getElementById("words");
  const all = within ? JSON.parse(within.textContent)[language] : await (await fetch(`/strings/${language}.json`)).json();
  return all[name] ?? {};
}

/** "{count} batches" with its values. */
function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Put words where the page asks for them: data-text, data-label (for those who hear the page), data-title (a hint). */
export function translate(root, t) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const node of root.querySelectorAll("[data-title]")) node.title = t(node.dataset.title);
}

/** The language to begin with: what the address says, what gan-play was given, or the browser's. */
export function chosen(said, given, languages) {
  const wanted = [said, given, ...navigator.languages.map((one) => one.slice(0, 2)), "en"];
  return wanted.find((one) => one && languages.includes(one));
}
