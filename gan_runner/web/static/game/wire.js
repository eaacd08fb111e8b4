// The socket to the server: words are JSON, frames are a header and arrays (gan_runner/web/protocol.py).

const KINDS = { f4: Float32Array, u1: Uint8Array };

/**
 * A frame as the game draws it.
 * @param {ArrayBuffer} buffer
 * @returns {Object} the header, with each array by its name
 */
export function frameOf(buffer) {
  const size = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  let at = 4 + size;
  for (const [name, kind, shape] of header.arrays) {
    const count = shape.reduce((product, length) => product * length, 1);
    const bytes = count * KINDS[kind].BYTES_PER_ELEMENT;
    header[name] = new KINDS[kind](buffer.slice(at, at + bytes)); // a copy: arrays need not begin at a multiple of 4
    at += bytes;
  }
  return header;
}

/**
 * Keep a socket to the server open; after a break it tries again.
 * @param {(event: Object) => void} hear what the server says
 * @param {(there: boolean) => void} met whether the server is there
 * @returns {(message: Object) => void} says something to the server
 */
export function connect(hear, met) {
  let socket = null;
  const open = () => {
    socket = new WebSocket(`ws://${location.host}/ws`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => met(true);
    socket.onmessage = ({ data }) => hear(typeof data === "string" ? JSON.parse(data) : frameOf(data));
    socket.onclose = () => {
      met(false);
      setTimeout(open, 1500);
    };
  };
  open();
  return (message) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
}
