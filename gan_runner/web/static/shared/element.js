// Elements by hand: element("button", {type: "button", onclick: …}, "text", other).

/**
 * @param {string} name
 * @param {Object<string, any>} [attributes] on… are listeners, others attributes; null and false leave one out
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === undefined) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}
