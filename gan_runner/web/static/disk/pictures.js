// From what a network answers to pictures, as gan_runner/images does it in Python.

const CELL = 64, GAP = 2; // pixels of a sheet

/** @typedef {[number, number, number]} Shape bands, height, width */

/** Numbers in [-1, 1], bands first, to bytes, bands last; halves to the even one, as torch.round. @param {Shape} shape */
export function toBytes(values, [bands, height, width]) {
  const bytes = new Uint8ClampedArray(values.length), area = height * width;
  for (let band = 0; band < bands; band++) {
    for (let at = 0; at < area; at++) {
      const value = values[band * area + at];
      bytes[at * bands + band] = Number.isNaN(value) ? 128 : Math.fround(Math.fround(value + 1) * 127.5);
    }
  }
  return bytes;
}

/**
 * What a picture shows of bytes: grey, colour, transparency; of other numbers of bands two as red and green, or three.
 * @param {Uint8ClampedArray} bytes @param {Shape} shape @param {boolean} transparent whether a fourth band is that
 */
export function shown(bytes, [bands, height, width], transparent) {
  const pixels = new Uint8ClampedArray(height * width * 4);
  for (let at = 0; at < height * width; at++) {
    const from = at * bands;
    pixels[4 * at] = bytes[from];
    pixels[4 * at + 1] = bytes[bands === 1 ? from : from + 1];
    pixels[4 * at + 2] = bands === 1 ? bytes[from] : bands === 2 ? 0 : bytes[from + 2];
    pixels[4 * at + 3] = bands === 4 && transparent ? bytes[from + 3] : 255;
  }
  return new ImageData(pixels, width, height);
}

/** A picture as an address of data. @param {ImageData} picture */
export function address(picture) {
  return drawn(picture).toDataURL("image/png");
}

/** Pictures in a square of rows, as a PNG file. @param {ImageData[]} pictures @returns {Promise<Blob>} */
export function sheet(pictures) {
  const [{ width, height }] = pictures, factor = Math.max(1, Math.ceil(CELL / Math.min(width, height)));
  const across = Math.ceil(Math.sqrt(pictures.length)), cell = [factor * width, factor * height];
  const canvas = canvasOf(across * (cell[0] + GAP) + GAP, Math.ceil(pictures.length / across) * (cell[1] + GAP) + GAP);
  const context = canvas.getContext("2d");
  Object.assign(context, { fillStyle: "white", imageSmoothingEnabled: false });
  context.fillRect(0, 0, canvas.width, canvas.height);
  pictures.forEach((picture, place) => {
    const left = GAP + (place % across) * (cell[0] + GAP), top = GAP + Math.floor(place / across) * (cell[1] + GAP);
    context.drawImage(drawn(picture), left, top, ...cell);
  });
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
}

function drawn(picture) {
  const canvas = canvasOf(picture.width, picture.height);
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return canvas;
}

function canvasOf(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
