// Arrays as NumPy keeps them: an npz is a zip archive, here without compression, with an npy file for each array.

/** @typedef {{type: string, shape: number[], data: ArrayBufferView}} Column type: of NumPy, as "<f4" */

/** @param {Object<string, Column>} columns @returns {Blob} */
export function npz(columns) {
  const files = Object.entries(columns).map(([name, column]) => ({ name: `${name}.npy`, bytes: npy(column) }));
  const bodies = [], entries = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const told = [checksum(bytes), bytes.length, bytes.length], title = new TextEncoder().encode(name);
    const head = record("LHHHHHLLLHH", [0x04034b50, 20, 0, 0, 0, 33, ...told, title.length, 0]);
    const place = [title.length, 0, 0, 0, 0, 0, offset];
    entries.push(record("LHHHHHHLLLHHHHHLL", [0x02014b50, 20, 20, 0, 0, 0, 33, ...told, ...place]), title);
    bodies.push(head, title, bytes);
    offset += head.length + title.length + bytes.length;
  }
  const size = entries.reduce((sum, one) => sum + one.length, 0);
  const end = record("LHHHHLLH", [0x06054b50, 0, 0, files.length, files.length, size, offset, 0]);
  return new Blob([...bodies, ...entries, end]);
}

/** Text as NumPy keeps it: UTF-32, each as long as the longest. @param {string[]} texts @returns {Column} */
export function ofTexts(texts) {
  const letters = texts.map((text) => [...text].map((letter) => letter.codePointAt(0)));
  const longest = Math.max(1, ...letters.map((one) => one.length)), data = new Uint32Array(texts.length * longest);
  letters.forEach((one, place) => data.set(one, place * longest));
  return { type: `<U${longest}`, shape: [texts.length], data };
}

/** @param {Column} column */
function npy({ type, shape, data }) {
  const told = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const head = `${told.padEnd(Math.ceil((told.length + 11) / 64) * 64 - 11)}\n`;
  const bytes = new Uint8Array(10 + head.length + data.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, head.length & 255, head.length >> 8]);
  bytes.set(new TextEncoder().encode(head), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + head.length);
  return bytes;
}

/** Numbers of 16 (H) and 32 bits (L), little-endian. */
function record(form, values) {
  return Uint8Array.from([...form].flatMap((one, at) =>
    Array.from({ length: one === "H" ? 2 : 4 }, (_, byte) => (values[at] >>> (8 * byte)) & 255)));
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

/** CRC-32. @param {Uint8Array} bytes */
function checksum(bytes) {
  let held = -1;
  for (const byte of bytes) held = TABLE[(held ^ byte) & 255] ^ (held >>> 8);
  return (held ^ -1) >>> 0;
}
