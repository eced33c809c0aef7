/** A list of suggestions for a text box: the box keeps the focus, the arrows move in the list (the combobox pattern). */

import { freshId, h } from "../dom.js";
import { follow } from "./popup.js";

/**
 * @typedef {object} Suggestion
 * @property {any} shown text or nodes
 * @property {any} meant handed to `chosen`
 */

/**
 * Give a text box a list.
 *
 * @param {HTMLElement} box an input or textarea; gets the combobox attributes
 * @param {{label: string, chosen: (meant: any) => void, first?: boolean, anchor?: HTMLElement}} about `first`: the first suggestion is marked
 *   from the start, so that Enter takes it; `anchor`: beside what the list opens, the box itself if nothing is said
 */
export function listboxFor(box, { label, chosen, first = false, anchor = box }) {
  const list = h("ul", { id: freshId("list"), role: "listbox", "aria-label": label });
  const note = h("p.note", { role: "status" });
  const popup = h("div.popup.listbox", { popover: "manual" }, list, note);
  /** @type {Suggestion[]} */
  let shown = [];
  let at = -1;
  let stop = () => {};
  // a textarea may be a combobox only for as long as it has a list
  const always = box instanceof HTMLInputElement;
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-haspopup", "listbox");
  expand(false);
  box.addEventListener("blur", () => hide());

  const isOpen = () => popup.isConnected && popup.matches(":popover-open");

  /** Show suggestions, or a sentence where there are none. @param {Suggestion[]} suggestions @param {string} [sentence] */
  function show(suggestions, sentence = "") {
    if (!suggestions.length && !sentence) return hide();
    shown = suggestions;
    list.replaceChildren(...suggestions.map((one, number) => h("li", {
      id: `${list.id}-${number}`,
      role: "option",
      "aria-selected": "false",
      onpointerdown: (/** @type {Event} */ event) => event.preventDefault(), // the box keeps the focus
      onclick: () => take(number),
    }, one.shown)));
    list.hidden = !suggestions.length;
    note.textContent = sentence;
    note.hidden = !sentence;
    if (!popup.isConnected) box.after(popup);
    if (!isOpen()) popup.showPopover();
    stop();
    stop = follow(popup, anchor);
    expand(true);
    mark(first && suggestions.length ? 0 : -1);
  }

  function hide() {
    if (isOpen()) popup.hidePopover();
    stop();
    stop = () => {};
    shown = [];
    mark(-1);
    expand(false);
  }

  /** @param {boolean} on */
  function expand(on) {
    const about = { role: "combobox", "aria-controls": list.id, "aria-expanded": String(on) };
    for (const [name, value] of Object.entries(about)) {
      if (on || always) box.setAttribute(name, value);
      else box.removeAttribute(name);
    }
  }

  /** @param {number} number */
  function mark(number) {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = number;
    const marked = list.children[at];
    marked?.setAttribute("aria-selected", "true");
    if (!marked) return box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-activedescendant", marked.id);
    marked.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} number */
  function take(number) {
    const { meant } = shown[number];
    hide();
    chosen(meant);
  }

  /** Whether a key was for the list; then nobody else should act on it. @param {KeyboardEvent} event */
  function pressed(event) {
    if (!isOpen() || event.isComposing) return false;
    const last = shown.length - 1;
    if (event.key === "Escape") hide();
    else if (event.key === "ArrowDown" && shown.length) mark(at >= last ? 0 : at + 1);
    else if (event.key === "ArrowUp" && shown.length) mark(at <= 0 ? last : at - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && at >= 0 && !event.shiftKey) take(at);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  return { show, hide, pressed, get open() { return isOpen(); } };
}
