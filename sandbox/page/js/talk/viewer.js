/** A picture as large as the window allows, with the others of its message before and after it. */

import { h } from "../dom.js";

/**
 * Enlarge the picture on a `button.picture` (media.js); the arrow keys lead to the others of the same message.
 *
 * @param {HTMLElement} button
 */
export function showPicture(button) {
  const message = button.closest("article, .media") ?? button.parentElement ?? button;
  const found = [...message.querySelectorAll("button.picture")];
  const all = /** @type {HTMLElement[]} */ (found.length ? found : [button]);
  let at = Math.max(0, all.indexOf(button));

  const image = /** @type {HTMLImageElement} */ (h("img"));
  const name = h("p.name");
  const foot = h("div.foot");
  const turn = (/** @type {number} */ by) => {
    at = (at + by + all.length) % all.length;
    const { url = "", name: file = "", description = "" } = all[at].dataset;
    image.src = url;
    image.alt = description || file;
    name.textContent = all.length > 1 ? `${file} · ${at + 1} of ${all.length}` : file;
    foot.replaceChildren(name, save(url, file, "picture"));
  };
  const step = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {number} */ by) =>
    all.length > 1 && h("button.icon.step", { type: "button", "aria-label": label, onclick: () => turn(by) }, sign);

  const shown = /** @type {HTMLDialogElement} */ (h("dialog.viewer", {
    "aria-label": "Enlarged picture",
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by && all.length > 1) turn(by);
    },
    onclick: (/** @type {MouseEvent} */ event) => {
      if (event.target === shown || event.target === image.parentElement) shown.close();
    },
    onclose: () => {
      shown.remove();
      (all[at].isConnected ? all[at] : button).focus();
    },
  },
  h("button.icon.close", { type: "button", "aria-label": "Close", onclick: () => shown.close() }, "✕"),
  h("div.stage", {}, step("‹", "Previous picture", -1), image, step("›", "Next picture", 1)),
  foot));
  turn(0);
  document.body.append(shown);
  shown.showModal();
}

/**
 * A link that saves a file.
 *
 * @param {string} url @param {string} name @param {string} kind "film", "picture", "sound" or "file"
 */
export function save(url, name, kind) {
  return h("a.save", { href: url, download: name, data: { kind }, "aria-label": `Save ${name}` }, "Save");
}
