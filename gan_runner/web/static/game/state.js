// What is on the page: lists of overrides, as gan-train takes them, and how a control changes them.

/** @typedef {{shared: string[], left: string[], right: string[]|null, drawn: number[][]}} State */

const keyOf = (override) => override.split("=", 1)[0];

/** The value of a key in a list of overrides, as it is written; undefined where it is not set. */
export function given(list, key) {
  return list.find((one) => keyOf(one) === key)?.slice(key.length + 1);
}

/** The list with a key set; value null takes it out. */
export function put(list, key, value) {
  const rest = list.filter((one) => keyOf(one) !== key);
  return value === null ? rest : [...rest, `${key}=${written(value)}`];
}

/** The list without a group's choice and its keys. */
export function without(list, group) {
  return list.filter((one) => keyOf(one) !== group && !keyOf(one).startsWith(`${group}.`));
}

/** A value as Hydra reads it. */
export function written(value) {
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  return value === null || value === "" ? "null" : String(value);
}

/** What both games have in common: data, noise, seed. */
export const isShared = (key) => /^(seed|data|latent)$/.test(key) || key.startsWith("latent.") || key === "data.path";

/** The state with a key of one side (or of both) set. @returns {State} */
export function withKey(state, side, key, value) {
  const place = isShared(key) ? "shared" : side;
  return { ...state, [place]: put(state[place], key, value) };
}

/**
 * A side's list with a trick added or left out. What a recipe has chosen itself is left out by null.
 * @param {string[]} list
 * @param {string[]} present the tricks that are played now
 */
export function withTrick(list, present, name, on) {
  const nulled = list.filter((one) => /^tricks\.\w+=null$/.test(one)).map((one) => keyOf(one).slice("tricks.".length));
  const all = [...new Set([...present, ...nulled])];
  const cleared = without(list, `tricks.${name}`);
  if (on) return put(cleared, "tricks", [...all.filter((one) => one !== name), name]);
  if (given(list, "experiment")) return put(cleared, "tricks", all).concat(`tricks.${name}=null`);
  return put(cleared, "tricks", all.filter((one) => one !== name));
}

// ---- the address ----------------------------------------------------------------------------------------------------

/** What stands behind # in the address; null where nothing does, or what cannot be read. */
export function fromAddress() {
  try {
    const said = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    return said && typeof said === "object" ? said : null;
  } catch {
    return null;
  }
}

/** Put the state and the page's own choices into the address. */
export function toAddress(state, own) {
  const said = Object.fromEntries(Object.entries({ ...state, ...own }).filter(([, value]) => value !== null && value?.length !== 0));
  if (said.drawn) said.shared = said.shared.filter((one) => !/^data(\.path)?=/.test(one)); // the drawing is the data
  const text = encodeURIComponent(JSON.stringify(said)).replace(/%(5B|5D|7B|7D|3A|2C|3D|2F)/g, (one) => decodeURIComponent(one));
  history.replaceState(null, "", `#${text}`);
}

/** The part of an address that is the state; null where it is none. @returns {State|null} */
export function stateOf(said) {
  const state = { shared: said?.shared ?? [], left: said?.left, right: said?.right ?? null, drawn: said?.drawn ?? [] };
  const lists = [state.shared, state.left, state.right ?? [], state.drawn];
  return lists.every(Array.isArray) ? state : null;
}

/** Whether two states play the same. */
export function alike(one, other) {
  const told = (state) => {
    const shared = state.drawn.length ? state.shared.filter((entry) => !/^data(\.path)?=/.test(entry)) : state.shared;
    return JSON.stringify([[...shared].sort(), [...state.left].sort(), state.right && [...state.right].sort(), state.drawn]);
  };
  return told(one) === told(other);
}
