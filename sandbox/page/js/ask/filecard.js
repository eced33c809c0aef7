/** A file that is about to be sent: what it is, how large, and a button to leave it out. */

import { h } from "../dom.js";
import { bytes } from "../format.js";

/** One address for each file, however often its card is made; it goes when nobody holds the file any longer. @type {WeakMap<File, string>} */
const addresses = new WeakMap();
const dropped = new FinalizationRegistry((/** @type {string} */ url) => URL.revokeObjectURL(url));

/** @param {File} file */
function addressOf(file) {
  const known = addresses.get(file);
  if (known) return known;
  const url = URL.createObjectURL(file);
  addresses.set(file, url);
  dropped.register(file, url);
  return url;
}

/**
 * @param {File} file
 * @param {() => void} leaveOut
 * @returns {HTMLLIElement}
 */
export function fileCard(file, leaveOut) {
  const size = h("span.soft.small", {}, bytes(file.size));
  const card = h("li.file", {}, look(file, addressOf(file), (text) => size.append(`, ${text}`)),
    h("span.about", {}, h("span.file-name", { title: file.name }, file.name), size),
    h("button.quiet.icon", { type: "button", "aria-label": `Remove ${file.name}`, onclick: leaveOut }, "✕"));
  return /** @type {HTMLLIElement} */ (card);
}

/**
 * What a file looks or sounds like.
 *
 * @param {File} file @param {string} url @param {(text: string) => void} measured hears of width and height
 */
function look(file, url, measured) {
  if (file.type.startsWith("image/")) {
    const picture = /** @type {HTMLImageElement} */ (h("img.look", { src: url, alt: "" }));
    picture.addEventListener("load", () => measured(`${picture.naturalWidth} × ${picture.naturalHeight}`));
    picture.addEventListener("error", () => picture.replaceWith(sheet("🖼"))); // a kind that this browser cannot show
    return picture;
  }
  if (file.type.startsWith("video/")) {
    const film = /** @type {HTMLVideoElement} */ (h("video.look", { src: url, muted: true, preload: "metadata", "aria-label": `First picture of ${file.name}` }));
    film.addEventListener("loadedmetadata", () => film.videoWidth && measured(`${film.videoWidth} × ${film.videoHeight}`));
    return film;
  }
  if (file.type.startsWith("audio/")) return h("audio.look", { src: url, controls: true, preload: "metadata", "aria-label": file.name });
  return sheet("📄");
}

/** @param {string} sign */
function sheet(sign) {
  return h("span.look.sheet", { "aria-hidden": "true" }, sign);
}
