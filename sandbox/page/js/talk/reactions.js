/** Reactions below a message, and the choice of an emoji. */

import { freshId, h } from "../dom.js";
import { openAt } from "./menu.js";

/** What is offered first: what the bot listens to, and the usual ones; each with its name. @type {[string, string][]} */
const OFFERED = [
  ["🔁", "again"], ["✏️", "pencil"], ["⬆️", "up"], ["⏩", "fast forward"], ["🌉", "bridge"], ["🛑", "stop"], ["🗑️", "bin"], ["✉️", "letter"],
  ["⭐", "star"], ["🚩", "flag"], ["👍", "thumbs up"], ["❤️", "heart"], ["😂", "tears of joy"], ["🎉", "party"], ["👀", "eyes"], ["🎬", "film"],
];
const IN_ROW = 8;

/**
 * The reactions of a message, with a button for one more; null where there are none.
 *
 * @param {any[]} reactions as the message has them
 * @returns {HTMLElement | null}
 */
export function showReactions(reactions) {
  if (!reactions.length) return null;
  return h("div.reactions", { role: "group", "aria-label": "Reactions" },
    reactions.map(({ emoji, count, me }) => h("button.reaction", {
      type: "button", "aria-pressed": String(Boolean(me)), "aria-label": `${nameOf(emoji.name)}, ${count}`,
      data: { do: "toggle", key: emoji.name, emoji: emoji.name },
    }, h("span.emoji", {}, emoji.id ? `:${emoji.name}:` : emoji.name), h("span", {}, String(count)))),
    h("button.reaction.more", { type: "button", "aria-label": "Add a reaction", "aria-haspopup": "dialog", data: { do: "react", key: "more" } }, "☺+"));
}

/**
 * Let the person choose an emoji.
 *
 * @param {import("./menu.js").Spot | Element} where
 * @param {HTMLElement} back gets the focus afterwards
 * @param {(emoji: string) => void} chosen
 */
export function chooseEmoji(where, back, chosen) {
  const choose = (/** @type {string} */ emoji) => {
    close();
    chosen(emoji);
  };
  const buttons = OFFERED.map(([emoji, name], number) => h("button.quiet.icon", {
    type: "button", "aria-label": name, title: name, tabIndex: number ? -1 : 0, onclick: () => choose(emoji),
  }, emoji));
  const id = freshId("emoji");
  const input = /** @type {HTMLInputElement} */ (h("input", { id, maxLength: 32, autocomplete: "off", required: true }));
  const form = h("form", {
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      if (input.value.trim()) choose(input.value.trim());
    },
  }, h("label", { for: id }, "Any other emoji"), h("div.row", {}, input, h("button.main", {}, "Add")));
  const picker = h("div.floating.emoji-picker", {
    role: "dialog", "aria-label": "Add a reaction",
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") close();
      else if (!move(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    },
  }, h("div.emojis", {}, buttons), form);

  /** @param {string} key */
  function move(key) {
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -IN_ROW, ArrowDown: IN_ROW }[key];
    if (at < 0 || !by) return false;
    const next = buttons[at + by] ?? (key === "ArrowDown" ? input : buttons[at]);
    if (next !== input) for (const one of buttons) one.tabIndex = one === next ? 0 : -1;
    next.focus();
    return true;
  }

  const close = openAt(picker, where, back);
  buttons[0].focus({ preventScroll: true });
}

/** @param {string} emoji */
function nameOf(emoji) {
  return OFFERED.find(([one]) => one === emoji)?.[1] ?? emoji;
}
