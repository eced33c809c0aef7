/** How the menu of a message is reached, by pointer, finger and keyboard, and how one goes from message to message. */

import { h } from "../dom.js";

const LONG_PRESS = 500; // ms
const SLIP = 10; // CSS pixels that a resting finger may move
const NATIVE = "a, video, audio, input, textarea, select"; // what has a menu of the browser's own that one wants

/**
 * @typedef {{message: any, article: HTMLElement}} Found
 * @typedef {(target: EventTarget | null) => Found | null} At which message something belongs to
 * @typedef {(message: any, article: HTMLElement, where: import("./menu.js").Spot | Element) => void} Menu
 */

/**
 * Right click and long press.
 *
 * @param {HTMLElement} list @param {{at: At, menu: Menu}} about
 */
export function byPointer(list, { at, menu }) {
  /** @type {ReturnType<typeof setTimeout>} */
  let pressed;
  let spot = { x: 0, y: 0 };
  const release = () => clearTimeout(pressed);
  const isNative = (/** @type {Event} */ event) => event.target instanceof Element && event.target.closest(NATIVE);

  list.addEventListener("contextmenu", (event) => {
    const found = at(event.target);
    release();
    if (!found || isNative(event) || !getSelection()?.isCollapsed) return;
    event.preventDefault();
    if (document.querySelector(".floating.menu")) return; // the long press came first
    // from the keyboard there is no place where the pointer would be
    menu(found.message, found.article, event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : found.article);
  });
  list.addEventListener("pointerdown", (event) => {
    const found = at(event.target);
    release();
    if (event.pointerType !== "touch" || !found || isNative(event)) return;
    spot = { x: event.clientX, y: event.clientY };
    pressed = setTimeout(() => {
      menu(found.message, found.article, spot);
      // otherwise lifting the finger would count as a click beside the menu
      const lifted = new AbortController();
      for (const name of ["touchend", "touchcancel"]) list.addEventListener(name, (event) => {
        if (event.cancelable) event.preventDefault();
        lifted.abort();
      }, { signal: lifted.signal });
    }, LONG_PRESS);
  }, { passive: true });
  list.addEventListener("pointermove", (event) => {
    if (Math.hypot(event.clientX - spot.x, event.clientY - spot.y) > SLIP) release();
  }, { passive: true });
  for (const name of ["pointerup", "pointercancel"]) list.addEventListener(name, release, { passive: true });
}

/**
 * From the conversation, the arrows lead into its messages; Enter opens the menu of one, R replies, Escape leads out.
 *
 * @param {HTMLElement} scroll @param {HTMLElement} list
 * @param {import("./scrolling.js").Scrolling} scrolling
 * @param {{at: At, menu: Menu, reply: (message: any) => void}} about
 */
export function byKeyboard(scroll, list, scrolling, { at, menu, reply }) {
  scroll.setAttribute("aria-describedby", "keys");
  scroll.querySelector(".at-end")?.append(h("p.keys", { id: "keys" }, "↑ ↓ from message to message · Enter for its menu · R to reply"));

  scroll.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    const found = at(event.target);
    const onMessage = found?.article === event.target;
    const key = event.shiftKey && event.key === "F10" ? "ContextMenu" : event.key;
    const next = event.target === scroll || onMessage ? neighbour(key, found?.article) : null;
    const opens = key === "ContextMenu" || (onMessage && (key === "Enter" || key === "F10"));
    if (next) {
      next.focus({ preventScroll: true });
      next.parentElement?.scrollIntoView({ block: "nearest" });
    } else if (found && opens) {
      menu(found.message, found.article, found.article);
    } else if (found && onMessage && key.toLowerCase() === "r" && !event.shiftKey) {
      reply(found.message);
    } else if (found && key === "Escape") {
      (onMessage ? scroll : found.article).focus({ preventScroll: true });
    } else {
      return;
    }
    event.preventDefault();
  });

  /** @param {string} key @param {HTMLElement} [from] @returns {HTMLElement | null} */
  function neighbour(key, from) {
    const item = from?.parentElement;
    const to = {
      ArrowUp: () => (item ? item.previousElementSibling : scrolling.last()),
      ArrowDown: () => (item ? item.nextElementSibling : scrolling.first()),
      Home: () => list.firstElementChild,
      End: () => list.lastElementChild,
    }[key]?.();
    return to?.querySelector("article") ?? null;
  }
}
