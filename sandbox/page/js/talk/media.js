/** Films, pictures, sounds and other files, as they lie in a message. */

import { h } from "../dom.js";
import { bytes } from "../format.js";
import { save, showPicture } from "./viewer.js";

const WIDEST = 480; // CSS pixels
const TALLEST = 360;
const NARROWEST_FILM = 260; // below that the controls have no room

/**
 * One file of a message.
 *
 * @typedef {object} Media
 * @property {string} url
 * @property {string} [name] of the file
 * @property {string | null} [contentType] a MIME type; without it the name's ending decides
 * @property {number | null} [width] in pixels, with `height`: its place is kept free before it is loaded
 * @property {number | null} [height]
 * @property {number | null} [bytes]
 * @property {string | null} [description] what is to be seen, for those who do not see it
 * @property {boolean} [spoiler] to be uncovered first
 */

/**
 * An address that this page may load: a file of the sandbox, or one that the page itself holds; null for all others.
 *
 * @param {string} url
 */
export function ours(url) {
  if (/^(?:blob|data):/.test(url)) return url;
  if (!URL.canParse(url, location.href)) return null;
  const { hostname, port, pathname, search } = new URL(url, location.href);
  // the sandbox names itself 127.0.0.1, the page may have been opened at localhost
  const here = port === location.port && [location.hostname, "127.0.0.1", "localhost"].includes(hostname);
  return here ? pathname + search : null;
}

/**
 * A film with controls, a picture that enlarges, a sound, or a row with the file's name; each can be saved.
 *
 * @param {Media} media
 * @returns {HTMLElement}
 */
export function showMedia(media) {
  const url = ours(media.url);
  if (url === null) return elsewhere(media);
  const known = { ...media, url, name: media.name || nameIn(url) };
  return media.spoiler || known.name.startsWith("SPOILER_") ? covered(known) : uncovered(known);
}

/**
 * Several pictures and films side by side.
 *
 * @param {Media[]} items
 * @returns {HTMLElement}
 */
export function mediaGallery(items) {
  if (items.length === 1) return h("div.media", {}, showMedia(items[0]));
  return h("div.media.gallery", { data: { count: items.length } }, items.map(showMedia));
}

/** @param {Media} media @returns {"film" | "picture" | "sound" | "file"} */
function kindOf({ contentType, name, url }) {
  const type = contentType ?? "";
  const ending = (name || nameIn(url)).toLowerCase().split(".").pop() ?? "";
  if (type.startsWith("video/") || (!type && ["mp4", "webm", "mov"].includes(ending))) return "film";
  if (type.startsWith("image/") || (!type && ["png", "jpg", "jpeg", "gif", "webp", "avif"].includes(ending))) return "picture";
  if (type.startsWith("audio/") || (!type && ["mp3", "wav", "ogg", "m4a", "flac"].includes(ending))) return "sound";
  return "file";
}

/** @param {any} media */
function uncovered(media) {
  return { film, picture, sound, file }[kindOf(media)](media);
}

/** @param {any} media */
function film(media) {
  const { width, height } = box(media, NARROWEST_FILM);
  const player = h("video", { src: media.url, controls: true, playsInline: true, preload: "metadata", "aria-label": media.description || media.name });
  const shown = h("figure.film", { data: { url: media.url }, style: { "--wide": `${width}px`, "--ratio": `${width} / ${height}` } }, player, caption(media, "film"));
  player.addEventListener("error", () => shown.replaceWith(file(media, "cannot be played here")));
  if (!media.width) player.addEventListener("loadedmetadata", () => {
    const { videoWidth, videoHeight } = /** @type {HTMLVideoElement} */ (player);
    const true_ = box({ width: videoWidth, height: videoHeight }, NARROWEST_FILM);
    shown.style.setProperty("--wide", `${true_.width}px`);
    shown.style.setProperty("--ratio", `${true_.width} / ${true_.height}`);
  }, { once: true });
  return shown;
}

/** @param {any} media */
function picture(media) {
  const { width, height } = box(media);
  const image = h("img", { alt: "", loading: "lazy", decoding: "async", width: media.width, height: media.height, src: media.url });
  const place = media.width ? { "--wide": `${width}px`, "--ratio": `${width} / ${height}` } : {};
  const shown = h("button.picture", {
    type: "button", "aria-label": `Enlarge ${media.description || media.name}`, "aria-haspopup": "dialog",
    data: { url: media.url, name: media.name, description: media.description ?? "" }, style: place,
    onclick: () => showPicture(shown),
  }, image);
  image.addEventListener("error", () => shown.replaceWith(file(media, "is no picture that can be shown")));
  return shown;
}

/** @param {any} media */
function sound(media) {
  const player = h("audio", { src: media.url, controls: true, preload: "metadata", "aria-label": media.description || media.name });
  const shown = h("figure.sound", {}, player, caption(media, "sound"));
  player.addEventListener("error", () => shown.replaceWith(file(media, "cannot be played here")));
  return shown;
}

/** @param {any} media @param {string} [remark] */
function file(media, remark) {
  return h("figure.file-row", {}, h("span.sign", { "aria-hidden": "true" }, "📄"), caption(media, "file", remark));
}

/** @param {any} media @param {string} kind @param {string} [remark] */
function caption(media, kind, remark) {
  const about = [media.bytes ? bytes(media.bytes) : null, remark].filter(Boolean).join(" · ");
  return h("figcaption", {},
    h("span.name", { title: media.name }, media.name),
    about && h("span.soft.small", {}, about),
    save(media.url, media.name, kind));
}

/** @param {any} media */
function covered(media) {
  const { width, height } = box(media);
  const cover = h("button.covered", {
    type: "button", "aria-label": `Spoiler: show ${media.name}`, style: { "--wide": `${width}px`, "--ratio": `${width} / ${height}` },
    onclick: () => {
      const shown = uncovered(media);
      cover.replaceWith(shown);
      const next = shown.matches("button") ? shown : shown.querySelector("video, audio, a");
      if (next instanceof HTMLElement) next.focus();
    },
  }, "Spoiler");
  return cover;
}

/** What lies on another server is not loaded: the page speaks to the sandbox alone. @param {Media} media */
function elsewhere(media) {
  const web = /^https?:\/\//.test(media.url) && URL.canParse(media.url);
  const named = media.description || media.name || "A picture or film";
  return h("figure.file-row", {}, h("span.sign", { "aria-hidden": "true" }, "🔗"), h("figcaption", {},
    web ? h("a", { href: media.url, target: "_blank", rel: "noreferrer" }, `${named} on ${new URL(media.url).hostname}`) : `${named} is not there`));
}

/** The place that something takes, in CSS pixels. @param {{width?: number | null, height?: number | null}} size @param {number} [least] width */
function box({ width, height }, least = 0) {
  const wide = width || WIDEST;
  const tall = height || (WIDEST * 9) / 16;
  const scale = Math.min(1, WIDEST / wide, TALLEST / tall);
  const shown = Math.max(least, Math.round(wide * scale));
  return { width: shown, height: Math.min(TALLEST, Math.round((shown * tall) / wide)) };
}

/** @param {string} url */
function nameIn(url) {
  if (/^(?:blob|data):/.test(url)) return "file";
  const last = new URL(url, location.href).pathname.split("/").pop() || "file";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
