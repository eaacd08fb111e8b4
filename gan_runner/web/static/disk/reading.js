// An image file as the network sees it: its middle, scaled to size, numbers in [-1, 1], bands first.

/**
 * @param {Blob} file @param {import("./pictures.js").Shape} shape of one band (grey) or three
 * @returns {Promise<Uint8ClampedArray>} bytes, bands last; throws the key of a sentence for what is no image
 */
export async function read(file, [bands, height, width]) {
  const whole = await createImageBitmap(file).catch(() => { throw new Error("no_image"); });
  const scale = Math.min(whole.width / width, whole.height / height);
  const cut = [scale * width, scale * height].map(Math.round);
  const place = [(whole.width - cut[0]) / 2, (whole.height - cut[1]) / 2].map(Math.round);
  const sides = { resizeWidth: width, resizeHeight: height, resizeQuality: "high" };
  const small = await createImageBitmap(whole, ...place, ...cut, sides);
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(small, 0, 0);
  const { data } = context.getImageData(0, 0, width, height), bytes = new Uint8ClampedArray(bands * height * width);
  for (let at = 0; at < height * width; at++) {
    const [red, green, blue] = data.subarray(4 * at, 4 * at + 3);
    const grey = (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16; // as Pillow
    bytes.set(bands === 1 ? [grey] : [red, green, blue], bands * at);
  }
  return bytes;
}

/** @param {Uint8ClampedArray} bytes bands last @param {import("./pictures.js").Shape} shape @returns {Float32Array} */
export function toNumbers(bytes, [bands, height, width]) {
  const values = new Float32Array(bytes.length), area = height * width;
  bytes.forEach((byte, at) => { values[(at % bands) * area + Math.floor(at / bands)] = byte / 127.5 - 1; });
  return values;
}
