// Fields for the settings of an option, by their types: a number, a switch, a choice, a list.
import { element } from "../shared/element.js";

/**
 * A labelled field for one setting, as the configurations describe it.
 * @param {{key: string, value: any, comment: string, type: Object}} setting
 * @param {any} value what it is now
 * @param {(value: any) => void} changed
 */
export function field(setting, value, changed) {
  const name = setting.key.split(".").at(-1).replaceAll("_", " ");
  const input = inputOf(setting.type, value ?? setting.value, changed);
  const id = `set-${setting.key.replaceAll(".", "-")}`;
  input.id = id;
  input.dataset.key = setting.key;
  return element("div", { class: "setting" }, element("label", { for: id }, name), input,
    setting.comment ? element("small", {}, setting.comment) : null);
}

function inputOf(type, value, changed) {
  if (type.type === "boolean") {
    const box = element("input", { type: "checkbox", onchange: () => changed(box.checked) });
    box.checked = Boolean(value);
    return box;
  }
  if (type.enum) {
    const menu = element("select", { onchange: () => changed(menu.value) }, ...type.enum.map((one) => element("option", { value: one }, one)));
    menu.value = value;
    return menu;
  }
  if (type.type === "array") {
    const line = element("input", { type: "text", onchange: () => changed(line.value.split(",").map((one) => one.trim()).filter(Boolean)) });
    line.value = (value ?? []).join(", ");
    return line;
  }
  return numberField(type, value, changed);
}

/** A number within the bounds of its type; empty is null where it may be. */
export function numberField(type, value, changed, attributes = {}) {
  const whole = type.type === "integer";
  const least = type.minimum ?? type.exclusiveMinimum;
  const input = element("input", { type: "number", step: whole ? 1 : "any", min: least, max: type.maximum ?? type.exclusiveMaximum, ...attributes });
  input.value = value ?? "";
  input.onchange = () => {
    const said = input.value === "" ? null : Number(input.value);
    if ((said !== null || type.nullable) && input.checkValidity()) changed(said);
  };
  return input;
}
