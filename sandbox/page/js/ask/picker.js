/**
 * A button that opens a list to choose from, with a sign and a description at each choice: what Discord calls a select.
 * One choice closes it; several are ended with "Done".
 */

import { freshId, h } from "../dom.js";
import { range } from "./field-frame.js";
import { follow } from "./popup.js";

/**
 * @param {import("./field-frame.js").Choice[]} choices
 * @param {{label: string, placeholder?: string, min?: number, max?: number, value?: any[], disabled?: boolean, done?: (values: any[]) => void}} about
 *   `done` hears of every choice that was made; nothing is told where the list was left with Escape
 */
export function picker(choices, { label, placeholder = "Choose…", min = 1, max = 1, value = [], disabled = false, done = () => {} }) {
  const several = max > 1 || min === 0; // with none allowed, a choice can be taken back
  let chosen = choices.filter((one) => value.includes(one.value));
  let before = chosen;
  let at = 0;
  let typed = "";
  let typedAt = 0;
  let stop = () => {};

  const list = h("ul", { id: freshId("choices"), role: "listbox", "aria-label": label, "aria-multiselectable": String(several), tabIndex: -1 });
  const rows = choices.map((one, number) => h("li", { id: `${list.id}-${number}`, role: "option", onclick: () => touch(number) },
    h("span.mark", { "aria-hidden": "true" }), one.sign?.cloneNode(true) ?? null,
    h("span", {}, one.name, one.description && h("span.about", {}, one.description))));
  list.append(...rows);
  const count = h("span.soft.small", { role: "status" });
  const finish = /** @type {HTMLButtonElement} */ (h("button.main", { type: "button", onclick: () => close(true) }, "Done"));
  const popup = h("div.popup.picker", { popover: "auto" }, choices.length ? list : h("p.note", {}, "There is nothing to choose from."),
    several && h("div.foot", {}, count, finish));
  const shown = h("span.chosen");
  const button = /** @type {HTMLButtonElement} */ (h("button.select", {
    type: "button", role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-controls": list.id, "aria-label": label, disabled,
    onclick: open, onkeydown: (/** @type {KeyboardEvent} */ event) => { if (["ArrowDown", "ArrowUp"].includes(event.key)) { event.preventDefault(); open(); } },
  }, shown, h("span", { "aria-hidden": "true" }, "▾")));
  const element = h("div.picks", {}, button, popup);

  popup.addEventListener("toggle", (event) => {
    const opened = /** @type {ToggleEvent} */ (event).newState === "open";
    button.setAttribute("aria-expanded", String(opened));
    if (opened) return;
    stop();
    chosen = before; // left without "Done": as it was
    tell();
  });
  popup.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !popup.contains(relatedTarget) && popup.matches(":popover-open")) popup.hidePopover();
  });
  list.addEventListener("keydown", pressed);

  function open() {
    if (popup.matches(":popover-open")) return;
    before = chosen;
    popup.showPopover();
    stop = follow(popup, button);
    mark(Math.max(0, choices.findIndex((one) => chosen.includes(one))));
    list.focus();
  }

  /** @param {boolean} told */
  function close(told) {
    if (told) before = chosen;
    popup.hidePopover();
    button.focus();
    if (told) done(chosen.map((one) => one.value));
  }

  /** @param {number} number */
  function touch(number) {
    const one = choices[number];
    mark(number);
    if (several) {
      if (chosen.includes(one)) chosen = chosen.filter((other) => other !== one);
      else if (max === 1) chosen = [one];
      else if (chosen.length < max) chosen = choices.filter((other) => other === one || chosen.includes(other));
      tell();
    } else {
      chosen = [one];
      tell();
      close(true);
    }
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const last = choices.length - 1;
    const moves = /** @type {Record<string, number>} */ ({ ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last });
    if (event.key in moves) mark(moves[event.key]);
    else if (event.key === "Enter" || (event.key === " " && !typed)) touch(at);
    else if (event.key === "Tab" && !several) return close(false);
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) byLetters(event.key, event.timeStamp);
    else return;
    event.preventDefault();
  }

  /** Go to the choice that begins with what is typed. @param {string} letter @param {number} time in ms */
  function byLetters(letter, time) {
    typed = time - typedAt < 700 ? typed + letter.toLowerCase() : letter.toLowerCase();
    typedAt = time;
    const found = choices.findIndex((one) => one.name.replace(/^[@#]/, "").toLowerCase().startsWith(typed));
    if (found >= 0) mark(found);
    setTimeout(() => { typed = ""; }, 700);
  }

  /** @param {number} number */
  function mark(number) {
    rows[at]?.classList.remove("at");
    at = number;
    rows[at]?.classList.add("at");
    if (!rows[at]) return;
    list.setAttribute("aria-activedescendant", rows[at].id);
    rows[at].scrollIntoView({ block: "nearest" });
  }

  function tell() {
    rows.forEach((row, number) => row.setAttribute("aria-selected", String(chosen.includes(choices[number]))));
    const full = several && max > 1 && chosen.length >= max;
    rows.forEach((row, number) => row.setAttribute("aria-disabled", String(full && !chosen.includes(choices[number]))));
    const text = chosen.length ? chosen.map((one) => one.name).join(", ") : placeholder;
    shown.replaceChildren(...(chosen.length === 1 && chosen[0].sign ? [chosen[0].sign.cloneNode(true)] : []), h("span", {}, text));
    shown.classList.toggle("none", !chosen.length);
    button.setAttribute("aria-label", chosen.length ? `${label}: ${text}` : `${label}: nothing chosen`);
    count.textContent = `${chosen.length} chosen, ${range(min || undefined, max)} wanted`;
    finish.disabled = chosen.length < min || chosen.length > max;
  }

  tell();
  return {
    element,
    button,
    value: () => before.map((one) => one.value),
    /** Put other values in, without telling. @param {any[]} values */
    put(values) {
      before = chosen = choices.filter((one) => values.includes(one.value));
      tell();
    },
  };
}
