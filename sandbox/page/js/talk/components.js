/** The components of a message, of both generations. The numbers are Discord's component types. */

import { h } from "../dom.js";
import { sign } from "./emoji.js";
import { markdown } from "./markdown.js";
import { mediaGallery, showMedia } from "./media.js";
import { picker } from "../ask/picker.js";
import { isSelect, selectAsked } from "./select.js";

const PRIMARY_TO_PREMIUM = ["", "primary", "secondary", "success", "danger", "link", "premium"];
const LINK = 5;
const PREMIUM = 6;
const LARGE = 2;

/**
 * Where components stand: the message, and the ways to know and to act.
 *
 * @typedef {{message: any, state: import("../state.js").State, doors: import("../doors.js").Doors}} Scene
 */

/** Presses and choices that the bot has not answered yet, by message and custom_id: a message may be drawn anew meanwhile. */
const waiting = new Set();

/** @type {Record<number, (component: any, scene: Scene) => any>} */
const SHOWN = {
  1: (component, scene) => h("div.action-row", {}, all(component.components, scene)),
  2: button,
  9: (component, scene) => h("div.v2-section", {}, h("div.texts", {}, all(component.components, scene)),
    component.accessory && h("div.accessory", {}, one(component.accessory, scene))),
  10: (component, { state }) => h("div.v2-text", {}, markdown(component.content, state)),
  11: (component, scene) => h("div.v2-thumbnail", {}, showMedia(medium(component, component.media, scene))),
  12: (component, scene) => mediaGallery((component.items ?? []).map((/** @type {any} */ item) => medium(item, item.media, scene))),
  13: (component, scene) => h("div.v2-file", {}, showMedia(medium(component, component.file, scene))),
  14: (component) => h(`hr.v2-separator${component.divider === false ? ".blank" : ""}${component.spacing === LARGE ? ".large" : ""}`, component.divider === false ? { "aria-hidden": "true" } : {}),
  17: container,
};

/**
 * The components of a message as they are seen; what this page does not know is shown as a note instead of vanishing.
 *
 * @param {any} message
 * @param {import("../state.js").State} state
 * @param {import("../doors.js").Doors} doors
 * @returns {Node[]}
 */
export function renderComponents(message, state, doors) {
  return all(message.components, { message, state, doors });
}

/** @param {any[] | undefined} components @param {Scene} scene @returns {Node[]} */
function all(components, scene) {
  return (components ?? []).map((each) => one(each, scene));
}

/** @param {any} component @param {Scene} scene @returns {Node} */
function one(component, scene) {
  if (isSelect(component)) return select(component, scene);
  const show = SHOWN[component.type];
  return show ? show(component, scene) : h("p.unknown", {}, `A component of type ${component.type}, which this page cannot show.`);
}

/** @param {any} component @param {Scene} scene */
function container(component, scene) {
  const colour = typeof component.accent_color === "number" ? `#${component.accent_color.toString(16).padStart(6, "0")}` : null;
  const inside = h("div.inside", {}, all(component.components, scene));
  const made = h(`div.v2-container${colour ? ".accented" : ""}`, colour ? { style: { "--bar": colour } } : {}, inside);
  if (component.spoiler) {
    inside.inert = true;
    made.classList.add("covered");
    const cover = h("button.cover", { type: "button", onclick: () => { inside.inert = false; made.classList.remove("covered"); cover.remove(); } }, "Spoiler: show it");
    made.append(cover);
  }
  return made;
}

/**
 * A picture, film or file of a component, as media.js takes it.
 *
 * @param {any} about what says `description`, `spoiler`, and of a file `name` and `size`
 * @param {any} source
 * @param {Scene} scene
 */
function medium(about, source, { message }) {
  const told = source?.url ?? "";
  const name = told.startsWith("attachment://") ? told.slice("attachment://".length) : null;
  const attached = (message.attachments ?? []).find((/** @type {any} */ each) => (name ? each.filename === name : each.id === source?.attachment_id));
  const { url = "", filename, content_type: contentType, width, height, size } = { ...source, ...attached };
  return {
    url,
    name: about.name ?? filename,
    contentType: contentType ?? null,
    width: width ?? null,
    height: height ?? null,
    bytes: about.size ?? size ?? null,
    description: about.description ?? attached?.description ?? null,
    spoiler: Boolean(about.spoiler),
  };
}

/** @param {any} component @param {Scene} scene */
function button(component, scene) {
  const { style, label, emoji, disabled } = component;
  const inside = [sign(emoji), label && h("span", {}, label)];
  const named = label ? {} : { "aria-label": emoji?.name ?? "a button without a name" };
  const look = `press.${PRIMARY_TO_PREMIUM[style] ?? "secondary"}`;
  if (style === LINK) {
    const safe = /^(https?|discord):/i.test(component.url ?? "") && !disabled;
    if (!safe) return h(`button.${look}`, { type: "button", disabled: true, title: component.url, ...named }, inside);
    return h(`a.${look}`, { href: component.url, target: "_blank", rel: "noopener noreferrer", title: component.url, ...named }, inside, h("span", { "aria-hidden": "true" }, "↗"));
  }
  if (style === PREMIUM) return h(`button.${look}`, { type: "button", disabled: true, title: "There is nothing to buy here." }, "Premium");
  const key = keyOf(component, scene);
  const made = h(`button.${look}`, { type: "button", disabled: Boolean(disabled), data: { press: key }, onclick: press, ...named }, inside);
  if (waiting.has(key)) made.setAttribute("aria-busy", "true");
  return made;

  async function press() {
    if (waiting.has(key)) return;
    await until(key, scene.doors.click(scene.message, component));
  }
}

/** @param {any} component @param {Scene} scene */
function select(component, scene) {
  const key = keyOf(component, scene);
  const asked = selectAsked(component, scene.state);
  let kept = asked.value;
  const made = picker(asked.choices, { ...asked, label: asked.placeholder.replace(/…$/, ""), disabled: Boolean(component.disabled), done });
  made.element.classList.add("in-message");
  made.button.dataset.press = key;
  if (waiting.has(key)) made.button.setAttribute("aria-busy", "true");
  return made.element;

  /** @param {any[]} values */
  async function done(values) {
    if (waiting.has(key)) return made.put(kept);
    if (await until(key, scene.doors.select(scene.message, component, values))) kept = values;
    else made.put(kept); // refused: as it was
  }
}

/** @param {any} component @param {Scene} scene */
function keyOf(component, { message }) {
  return `${message.id}/${component.custom_id}`;
}

/**
 * Show that something waits for the bot, also where it was drawn anew meanwhile.
 *
 * @template T @param {string} key @param {Promise<T>} asked
 */
async function until(key, asked) {
  const shown = () => document.querySelectorAll(`[data-press="${CSS.escape(key)}"]`);
  waiting.add(key);
  for (const each of shown()) each.setAttribute("aria-busy", "true");
  try {
    return await asked;
  } finally {
    waiting.delete(key);
    for (const each of shown()) each.removeAttribute("aria-busy");
  }
}
