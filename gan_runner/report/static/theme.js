// The colours of charts on the present ground. A sheet that is printed is light, whatever the screen is.
const dark = matchMedia("(prefers-color-scheme: dark)");
let printing = false;

/** @returns {{ink: string, line: string, isDark: boolean, isPaper: boolean}} */
function theme() {
  const isDark = dark.matches && !printing;
  const colours = isDark ? { ink: "#c9ced5", line: "#353c45" } : { ink: "#3b424b", line: "#e2e5ea" };
  return { ...colours, isDark, isPaper: printing };
}

/** A colour of the palette that is seen on the present ground: dark ones are lightened on a dark one. */
function seen(colour) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const light = (0.3 * parts[0] + 0.59 * parts[1] + 0.11 * parts[2]) / 255;
  if (!theme().isDark || light > 0.5) return colour;
  const lifted = parts.map((part) => Math.round(part + (255 - part) * (light < 0.2 ? 0.65 : 0.35)));
  return `rgb(${lifted.join(",")})`;
}

/** Tells when the ground changes. */
function whenChanged(draw) {
  dark.addEventListener("change", draw);
  addEventListener("beforeprint", () => { printing = true; draw(); });
  addEventListener("afterprint", () => { printing = false; draw(); });
}

window.report = { theme, seen, whenChanged };
