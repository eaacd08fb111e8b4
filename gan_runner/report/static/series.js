// A slider over the pictures of a series, and a strip of some of them where the page is printed.
const PAUSE = 350, PRINTED = 6;

for (const place of document.querySelectorAll("[data-series]")) {
  const data = place.querySelector("script");
  if (data) slide(place, JSON.parse(data.textContent));
}

/** @param {{name: string, frames: {source: string, after: string}[]}} series */
function slide(place, series) {
  const { name, frames } = series;
  const image = place.querySelector("img.shown"), range = place.querySelector("input");
  const output = place.querySelector("output"), button = place.querySelector("button.play");
  let timer = 0;

  function show() {
    const frame = frames[range.value];
    image.src = frame.source;
    image.alt = `${name}, ${frame.after}`;
    output.value = frame.after;
    range.setAttribute("aria-valuetext", frame.after);
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    button.textContent = button.dataset.play;
  }

  function step() {
    range.value = Number(range.value) + 1;
    show();
    if (Number(range.value) === frames.length - 1) stop();
  }

  function start() {
    if (Number(range.value) === frames.length - 1) range.value = 0;
    show();
    timer = setInterval(step, PAUSE);
    button.textContent = button.dataset.pause;
  }

  range.addEventListener("input", () => { stop(); show(); });
  button.addEventListener("click", () => (timer ? stop() : start()));
  show();
  addEventListener("beforeprint", () => strip(place.querySelector(".strip"), frames));
}

/** Some of the frames, evenly spread, for paper. */
function strip(place, frames) {
  const count = Math.min(PRINTED, frames.length);
  const chosen = Array.from({ length: count }, (_, at) => frames[Math.round((at * (frames.length - 1)) / (count - 1))]);
  place.replaceChildren(...chosen.map((frame) => {
    const cell = document.createElement("div"), image = new Image();
    image.src = frame.source;
    cell.append(image, frame.after);
    return cell;
  }));
}
