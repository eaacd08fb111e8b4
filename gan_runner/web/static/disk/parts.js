// What lies in the page beside its text: bytes as base64 in scripts that no browser runs.

/** The bytes of a part that is gzipped. @param {string} id @returns {Promise<Uint8Array>} */
export async function part(id) {
  const node = document.getElementById(id), packed = bytesOf(node.textContent);
  node.remove(); // its text takes as much memory again
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {string} base64 @returns {Uint8Array} */
export function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** @param {string} base64 of float32, little-endian @returns {Float32Array} */
export function floatsOf(base64) {
  return new Float32Array(bytesOf(base64).buffer);
}
