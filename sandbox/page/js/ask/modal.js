/** The bot's modals: a form in front of the page. */

import { Refused } from "../api.js";
import { freshId, h, toast } from "../dom.js";
import { allRight } from "./field-frame.js";
import { field } from "./fields.js";
import { filesOf } from "./filefield.js";
import { markdown } from "../talk/markdown.js";
import { defaultsOf, isSelect, optionsOf, selectAsked } from "../talk/select.js";

const ROW = 1;
const TEXT_INPUT = 4;
const TEXT_DISPLAY = 10;
const LABEL = 18;
const FILE_UPLOAD = 19;
const RADIO_GROUP = 21;
const CHECKBOX_GROUP = 22;
const CHECKBOX = 23;
const PARAGRAPH = 2;
const LONGEST_TEXT = 4000;

/**
 * Open a modal. Closing it tells the bot nothing, as in Discord.
 *
 * @param {any} modal {modal_id, title, components}
 * @param {import("../state.js").State} state
 * @param {import("../doors.js").Doors} doors
 */
export function openModal(modal, state, doors) {
  const from = document.activeElement;
  /** By custom_id. @type {Map<string, import("./field-frame.js").Field>} */
  const fields = new Map();
  const title = h("h2", { id: freshId("modal") }, modal.title);
  const wrong = h("p.problem", { role: "alert" });
  const send = /** @type {HTMLButtonElement} */ (h("button.main", { type: "submit" }, "Submit"));
  const cancel = h("button.quiet", { type: "button", onclick: () => dialog.close() }, "Cancel");
  const form = /** @type {HTMLFormElement} */ (h("form", { noValidate: true, onsubmit: submit, onkeydown: pressed },
    h("header", {}, title, h("button.quiet.icon", { type: "button", "aria-label": "Close this form", onclick: () => dialog.close() }, "✕")),
    h("div.scroll", {}, (modal.components ?? []).map(shown)),
    h("footer", {}, wrong, cancel, send)));
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog.modal", { "aria-labelledby": title.id, onclose: gone, ondrop: (/** @type {DragEvent} */ event) => take(event, event.dataTransfer), onpaste: (/** @type {ClipboardEvent} */ event) => take(event, event.clipboardData) }, form));
  let under = false;

  document.body.append(dialog);
  dialog.showModal();
  ([...fields.values()][0] ?? { focus: () => send.focus() }).focus();

  /** @param {any} top a component of the top level @returns {any} */
  function shown(top) {
    if (top.type === TEXT_DISPLAY) return h("div.v2-text", {}, markdown(top.content, state));
    if (top.type === ROW) return (top.components ?? []).map((/** @type {any} */ one) => made(one, one.label, ""));
    if (top.type === LABEL && top.component) return made(top.component, top.label, top.description);
    return h("p.unknown", {}, `This form has a part of type ${top.type}, which this page cannot show.`);
  }

  /** @param {any} component @param {string} label @param {string} help */
  function made(component, label, help) {
    const asked = asks(component, state);
    if (!asked) return shown({ type: component.type });
    const one = field({ name: label || component.placeholder || component.custom_id, help, ...asked });
    fields.set(component.custom_id, one);
    return one.element;
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (under) return;
    wrong.textContent = "";
    if (!allRight([...fields.values()])) return;
    waits(true);
    try {
      const filled = [...fields].map(([name, one]) => [name, one.value()]).filter(([, value]) => value !== undefined);
      await doors.submit(modal.modal_id, Object.fromEntries(filled));
      dialog.close();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      wrong.textContent = error.message;
      if (!dialog.isConnected) toast(error.message, { error: true }); // the form was left meanwhile
    } finally {
      waits(false);
    }
  }

  /** @param {boolean} on */
  function waits(on) {
    under = on;
    send.setAttribute("aria-disabled", String(on)); // not disabled: it would lose the focus
    send.textContent = on ? "Waiting for the bot…" : "Submit";
    form.setAttribute("aria-busy", String(on));
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.defaultPrevented || event.isComposing || event.key !== "Enter") return;
    const oneLine = event.target instanceof HTMLTextAreaElement && event.target.dataset.lines === "one" && !event.shiftKey;
    if (!oneLine && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    form.requestSubmit();
  }

  /** What is dropped or pasted anywhere goes into the first fields of files that have room. @param {Event} event @param {DataTransfer | null} brought */
  function take(event, brought) {
    let left = filesOf(brought);
    if (event.defaultPrevented || !left.length) return;
    event.preventDefault();
    for (const one of fields.values()) left = one.take?.(left) ?? left;
    wrong.textContent = left.length ? `This form takes no more files; left out: ${left.map((one) => one.name).join(", ")}.` : "";
  }

  function gone() {
    dialog.remove();
    const back = from instanceof HTMLElement && from.isConnected && from !== document.body ? from : document.getElementById("text");
    back?.focus();
  }
}

/**
 * What a component of a modal asks for; null for one that is not known.
 *
 * @param {any} component
 * @param {import("../state.js").State} state
 */
function asks(component, state) {
  const { type } = component;
  const required = component.required ?? true;
  const count = { min: component.min_values ?? undefined, max: component.max_values ?? undefined };
  if (type === TEXT_INPUT) {
    const { min_length: min, max_length: max, value, placeholder } = component;
    return { kind: component.style === PARAGRAPH ? "paragraph" : "line", required, min: min ?? undefined, max: max ?? LONGEST_TEXT, value, placeholder };
  }
  if (isSelect(component)) return { kind: "picks", required, ...selectAsked(component, state) };
  if (type === FILE_UPLOAD) return { kind: "files", required, min: count.min ?? 1, max: count.max ?? 1, several: true };
  if (type === RADIO_GROUP) return { kind: "radios", required, choices: optionsOf(component), value: defaultsOf(component)[0] };
  if (type === CHECKBOX_GROUP) return { kind: "checks", required, ...count, choices: optionsOf(component), value: defaultsOf(component) };
  if (type === CHECKBOX) return { kind: "tick", value: component.default ?? false };
  return null;
}
