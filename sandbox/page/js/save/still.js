/** One message made to stand still: nothing to press, no time that counts, its files within it. */

import { h } from "../dom.js";
import { counted } from "../format.js";
import { ours } from "../talk/media.js";
import { ShownMessage } from "../talk/message.js";

/**
 * @param {any} message
 * @param {import("../talk/message.js").Around} around
 * @param {import("../state.js").State} state
 * @param {import("./carried.js").Carry} carry
 * @param {AbortSignal} signal
 * @returns {Promise<{parts: (string | Blob)[], missing: number}>} HTML in pieces, and how many files could not be had
 */
export async function stilled(message, around, state, carry, signal) {
  const nobody = /** @type {any} */ (null); // nothing is pressed before it stands still
  const { element: shown } = new ShownMessage(message, around, { state, doors: nobody });
  uncover(shown);
  const files = unloaded(shown);
  // a document that is not shown loads and plays nothing
  const element = /** @type {HTMLElement} */ (document.implementation.createHTMLDocument().importNode(shown, true));
  element.id = `m-${message.id}`;
  freeze(element, message, state);
  disarm(element);

  const mark = crypto.randomUUID();
  /** @type {Blob[]} */
  const carried = [];
  let missing = 0;
  for (const [number, { attribute, url }] of files.entries()) {
    const user = element.querySelector(`[data-file="${number}"]`);
    if (!user) continue; // it went with what cannot work
    user.removeAttribute("data-file");
    const path = ours(url);
    try {
      if (path === null) throw new Error(`${url} lies elsewhere`);
      carried.push(await carry(path));
      user.setAttribute(attribute, `${mark}${carried.length - 1};`);
    } catch {
      signal.throwIfAborted();
      missing += 1;
      (user.closest("figure, .picture, .media") ?? user).replaceWith(note(element, user));
    }
  }
  const texts = element.outerHTML.split(new RegExp(`${mark}\\d+;`));
  return { parts: texts.flatMap((text, number) => (number ? [carried[number - 1], text] : [text])), missing };
}

/** What was hidden until it is pressed gets something that works without a script. @param {HTMLElement} shown */
function uncover(shown) {
  for (const cover of /** @type {NodeListOf<HTMLElement>} */ (shown.querySelectorAll("button.covered"))) {
    const whole = h("details.uncovered", {}, h("summary", {}, "Spoiler"));
    cover.replaceWith(whole);
    whole.append(cover);
    cover.click();
  }
  for (const cover of /** @type {NodeListOf<HTMLElement>} */ (shown.querySelectorAll("button.cover"))) {
    const container = /** @type {HTMLElement} */ (cover.parentElement);
    const whole = h("details.uncovered", {}, h("summary", {}, "Spoiler"));
    cover.click();
    container.replaceWith(whole);
    whole.append(container);
  }
  for (const cover of shown.querySelectorAll("button.spoiler")) {
    const hidden = cover.nextElementSibling;
    cover.remove();
    if (!(hidden instanceof HTMLElement)) continue;
    hidden.hidden = false;
    hidden.tabIndex = 0;
    hidden.setAttribute("aria-label", "Spoiler");
  }
}

/** Take away every address, so that nothing is loaded for nothing. @param {HTMLElement} shown */
function unloaded(shown) {
  for (const link of shown.querySelectorAll("a.save")) {
    // what is seen or heard is there already, other files are only in their link
    if (/** @type {HTMLElement} */ (link).dataset.kind !== "file" || ours(link.getAttribute("href") ?? "") === null) link.remove();
  }
  const users = [...shown.querySelectorAll("img[src], video[src], audio[src], source[src], a.save[href]")];
  return users.map((user, number) => {
    const attribute = user.matches("a") ? "href" : "src";
    const url = user.getAttribute(attribute) ?? "";
    user.removeAttribute(attribute);
    user.setAttribute("data-file", String(number));
    return { attribute, url };
  });
}

/** Times as they were. @param {HTMLElement} element @param {any} message @param {import("../state.js").State} state */
function freeze(element, message, state) {
  const day = element.querySelector(".day time");
  if (day) day.textContent = new Date(message.timestamp).toLocaleDateString([], { dateStyle: "full" });
  for (const time of element.querySelectorAll("time.counts")) {
    time.textContent = time.getAttribute("title");
    time.classList.remove("counts");
  }
  element.querySelector(".only-you")?.replaceChildren(`Only ${state.person} could see this`);
}

/** Take away or disable what cannot work. @param {HTMLElement} element */
function disarm(element) {
  for (const gone of element.querySelectorAll(".bar, .reaction.more")) gone.remove();
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("button.jump, button.mention"))) {
    const to = button.getAttribute("data-to");
    const link = to ? as(button, "a") : as(button, "span");
    if (to) link.setAttribute("href", `#m-${to}`);
  }
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("button.picture"))) {
    const image = button.querySelector("img");
    if (image) image.alt = button.getAttribute("data-description") || button.getAttribute("data-name") || "";
    as(button, "span");
  }
  for (const control of element.querySelectorAll("button, input, select, textarea")) {
    control.setAttribute("disabled", "");
    if (control.matches('[role="combobox"]')) control.removeAttribute("role"); // it has no list any more
  }
  for (const one of element.querySelectorAll("*")) {
    if (!one.matches(".hidden-text")) one.removeAttribute("tabindex");
    for (const name of ["aria-haspopup", "aria-expanded", "aria-controls", "aria-activedescendant", "popovertarget", "contenteditable"]) one.removeAttribute(name);
    for (const name of Object.keys(/** @type {HTMLElement} */ (one).dataset ?? {})) if (!KEPT.has(name)) delete /** @type {HTMLElement} */ (one).dataset[name];
  }
}

/** What the styles look at, and what is still needed here. */
const KEPT = new Set(["file", "count", "kind"]);

/** The same content in another element, which looks the same. @param {HTMLElement} old @param {string} tag */
function as(old, tag) {
  const made = old.ownerDocument.createElement(tag);
  made.className = old.className;
  made.style.cssText = old.style.cssText; // the page's policy forbids the attribute, not the property
  made.append(...old.childNodes);
  old.replaceWith(made);
  return made;
}

/** Where a file is missing. @param {HTMLElement} element @param {Element} user */
function note(element, user) {
  const name = user.getAttribute("aria-label") || user.getAttribute("alt") || user.getAttribute("download") || "A file";
  const made = element.ownerDocument.createElement("span");
  made.className = "missing";
  made.textContent = `${name}: this file could not be fetched when the conversation was saved.`;
  return made;
}

/** For the sentence at the end. @param {number} missing */
export function missed(missing) {
  return missing ? `; ${counted(missing, "file")} could not be fetched` : "";
}
