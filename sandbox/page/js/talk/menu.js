/** The menu of a message, and where such a thing opens. */

import { copy, h } from "../dom.js";
import { plain } from "./markdown.js";

const EDGE = 8; // CSS pixels that stay free at the edge of the window
const EPHEMERAL = 64;
const MESSAGE_COMMAND = 3;

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {() => void} act
 * @property {string} [group] the heading under which it stands
 * @property {boolean} [danger]
 * @property {string} [keys] that do the same
 */

/** @typedef {{x: number, y: number}} Spot a point of the window, in CSS pixels */

/**
 * Open something at a point, or below an element, within the window, until it is closed or one looks elsewhere.
 *
 * @param {HTMLElement} popup with the class `floating`, not yet on the page
 * @param {Spot | Element} where
 * @param {HTMLElement} back gets the focus when it closes with the focus in it
 * @returns {() => void} closes it
 */
export function openAt(popup, where, back) {
  // a popover that closes by itself would do so when the finger or the button that opened it is lifted
  popup.popover = "manual";
  const outside = (/** @type {Event} */ event) => {
    if (!(event.target instanceof Node && popup.contains(event.target))) close();
  };
  const close = () => {
    for (const name of ["pointerdown", "focusin", "wheel"]) document.removeEventListener(name, outside, true);
    removeEventListener("resize", close);
    const focused = popup.contains(document.activeElement);
    popup.remove();
    if (focused) back.focus({ preventScroll: true });
  };
  for (const name of ["pointerdown", "focusin", "wheel"]) document.addEventListener(name, outside, { capture: true, passive: true });
  addEventListener("resize", close);
  document.body.append(popup);
  popup.showPopover();
  const box = where instanceof Element ? where.getBoundingClientRect() : { left: where.x, top: where.y, bottom: where.y };
  const below = box.bottom + popup.offsetHeight + EDGE <= innerHeight;
  const top = below ? box.bottom : box.top - popup.offsetHeight;
  const within = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ room) => Math.max(EDGE, Math.min(at, room - size - EDGE));
  popup.style.setProperty("--x", `${within(box.left, popup.offsetWidth, innerWidth)}px`);
  popup.style.setProperty("--y", `${within(top, popup.offsetHeight, innerHeight)}px`);
  return close;
}

/**
 * Show a menu until something is chosen, Escape or Tab is pressed, or one looks elsewhere.
 *
 * @param {string} label @param {Item[]} items @param {Spot | Element} where
 * @param {HTMLElement} back gets the focus afterwards
 */
export function openMenu(label, items, where, back) {
  const buttons = items.map(({ label: words, act, danger, keys }) => h(`button.quiet${danger ? ".danger-text" : ""}`, {
    type: "button", role: "menuitem", tabIndex: -1, "aria-keyshortcuts": keys ?? null,
    onclick: () => {
      close();
      act();
    },
  }, words, keys && h("kbd", { "aria-hidden": "true" }, keys)));
  const menu = h("div.floating.menu", {
    role: "menu", "aria-label": label,
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
      const next = chosenBy(event, at, items);
      if (event.key === "Escape" || event.key === "Tab") close();
      else if (next !== null) buttons[next].focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    oncontextmenu: (/** @type {Event} */ event) => event.preventDefault(),
  });
  /** @type {HTMLElement | null} */
  let group = null;
  items.forEach((item, number) => {
    if (item.group && item.group !== items[number - 1]?.group) {
      group = h("div", { role: "group", "aria-label": item.group }, h("p", { "aria-hidden": "true" }, item.group));
      menu.append(group);
    }
    (item.group && group ? group : menu).append(buttons[number]);
  });
  const close = openAt(menu, where, back);
  buttons[0].focus({ preventScroll: true });
}

/** Where a key leads in a menu; null for a key that leads nowhere. @param {KeyboardEvent} event @param {number} at @param {Item[]} items */
function chosenBy(event, at, items) {
  const last = items.length - 1;
  if (event.key === "ArrowDown") return at === last ? 0 : at + 1;
  if (event.key === "ArrowUp") return at <= 0 ? last : at - 1;
  if (event.key === "Home") return 0;
  if (event.key === "End") return last;
  if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return null;
  const begins = (/** @type {Item} */ item) => item.label.toLowerCase().startsWith(event.key.toLowerCase());
  const found = items.findIndex((item, number) => number > at && begins(item));
  const first = items.findIndex(begins);
  return found >= 0 ? found : first >= 0 ? first : null;
}

/**
 * What can be done with a message.
 *
 * @param {any} message @param {HTMLElement} shown its element
 * @param {{state: import("../state.js").State, doors: import("../doors.js").Doors, composer: any}} page
 * @param {() => void} react opens the choice of a reaction
 * @returns {Item[]}
 */
export function messageItems(message, shown, { state, doors, composer }, react) {
  const ephemeral = isEphemeral(message);
  const films = /** @type {HTMLElement[]} */ ([...shown.querySelectorAll('a.save[data-kind="film"]')]);
  const words = wordsOf(message);
  /** @type {(Item | false)[]} */
  const items = [
    !ephemeral && { label: "Reply", keys: "R", act: () => composer.replyTo(message) },
    !ephemeral && { label: "Add reaction…", act: react },
    words !== "" && { label: "Copy text", act: () => copy(words, "The text is copied.") },
    films.length > 0 && { label: films.length > 1 ? `Save ${films.length} films` : "Save film", act: () => films.forEach((link) => link.click()) },
    { label: "Copy id", act: () => copy(message.id, "The id is copied.") },
    ...state.world.commands
      .filter((/** @type {any} */ one) => one.type === MESSAGE_COMMAND && one.usable !== false)
      .map((/** @type {any} */ one) => ({ label: one.name, group: "Apps", act: () => doors.menu(message, one.name) })),
    ephemeral && { label: "Dismiss", danger: true, act: () => state.dismiss(message.id) },
    !ephemeral && mayDelete(message, state) && { label: "Delete", danger: true, act: () => doors.remove(message) },
  ];
  return items.filter((one) => one !== false);
}

/** Whether only one person sees a message. @param {any} message */
export function isEphemeral(message) {
  return Boolean(message.flags & EPHEMERAL || message.seen_by);
}

/** @param {any} message @param {import("../state.js").State} state */
function mayDelete(message, state) {
  const me = state.world.people.find((/** @type {any} */ one) => one.name === state.person);
  if (!me) return false;
  if (message.author.id === me.id) return true;
  return state.channel !== "dm" && (me.name === "owner" || me.roles.includes("moderator"));
}

/** All that can be read in a message, as it was written. @param {any} message */
function wordsOf(message) {
  const texts = [message.content];
  for (const { title, description, fields } of message.embeds) {
    texts.push(title, description, ...(fields ?? []).map((/** @type {any} */ one) => `${one.name}: ${one.value}`));
  }
  const look = (/** @type {any} */ component) => {
    texts.push(component.content);
    (component.components ?? []).forEach(look);
  };
  message.components.forEach(look);
  return texts.filter(Boolean).join("\n");
}

/** A message in a few words. @param {any} message @param {import("../state.js").State} state */
export function gist(message, state) {
  const words = plain(wordsOf(message), state, 120);
  const file = message.attachments[0]?.content_type ?? "";
  return words || (file.startsWith("video/") ? "a film" : file.startsWith("image/") ? "a picture" : message.attachments.length ? "a file" : "a message");
}
