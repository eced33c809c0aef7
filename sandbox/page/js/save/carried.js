/** Files of the sandbox as data: addresses, in pieces that the browser may put on the disk. */

const PIECE = 3 * 2 ** 18; // bytes turned into text at once; a multiple of three, so that the pieces can be joined

/**
 * @typedef {(url: string) => Promise<Blob>} Carry a file as the text of its data: address, ASCII
 */

/**
 * Fetches each file once. What cannot be fetched is a rejected promise.
 *
 * @param {AbortSignal} signal
 * @returns {Carry}
 */
export function carrying(signal) {
  /** @type {Map<string, Promise<Blob>>} */
  const known = new Map();
  return (url) => {
    const found = known.get(url) ?? carried(url, signal);
    known.set(url, found);
    return found;
  };
}

/** @param {string} url @param {AbortSignal} signal */
async function carried(url, signal) {
  const reply = await fetch(url, { signal });
  if (!reply.ok) throw new Error(`${url} was answered ${reply.status}`);
  const file = await reply.blob();
  const parts = [`data:${(file.type || "application/octet-stream").replace(/[^\w/+.;=-]/g, "")};base64,`];
  for (let at = 0; at < file.size; at += PIECE) {
    signal.throwIfAborted();
    parts.push(await base64(file.slice(at, at + PIECE)));
  }
  return new Blob(parts);
}

/** @param {Blob} piece @returns {Promise<any>} */
function base64(piece) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const text = String(reader.result);
      resolve(new Blob([text.slice(text.indexOf(",") + 1)]));
    };
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(piece);
  });
}
