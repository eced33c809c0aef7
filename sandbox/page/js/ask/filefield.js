/** A field for files: by file dialog, drop, paste, or from what lies ready. */

import { freshId, h, say } from "../dom.js";
import { counted } from "../format.js";
import { fileCard } from "./filecard.js";
import { framedGroup, range } from "./field-frame.js";
import { samplesButton } from "./samples.js";

/**
 * The files of a drop or a paste.
 *
 * @param {DataTransfer | null} brought
 */
export function filesOf(brought) {
  return [...(brought?.files ?? [])];
}

/** Whether a drag brings files and not text. @param {DragEvent} event */
export function bringsFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/**
 * The value is a list of File where `max` is above 1 or `several` is set, else one File.
 *
 * @param {import("./field-frame.js").Description & {several?: boolean}} about `min` and `max` count files
 * @returns {import("./field-frame.js").Field}
 */
export function files(about) {
  const { required, min = 1, max = 1, several = max > 1 } = about;
  /** @type {File[]} */
  let held = [about.value ?? []].flat();
  const shown = h("ul.files");
  const file = /** @type {HTMLInputElement} */ (h("input", { type: "file", multiple: max > 1, hidden: true, tabIndex: -1, "aria-hidden": "true" }));
  const choose = h("button", { type: "button", id: freshId("choose"), onclick: () => file.click() });
  const samples = samplesButton((one) => put([one]), "Ready pictures");
  const zone = h("div.drop", {}, shown, h("div.ways", {}, choose, samples.button, h("span.soft.small.wide", {}, "or drop, or paste")), file, samples.tray);
  const frame = framedGroup(about, [zone], { allowed: max > 1 ? range(required ? min : undefined, max, "file") : "" });

  /** What was chosen here takes the place of what was there, where there is no room beside it. @param {File[]} more */
  function put(more) {
    held = max === 1 ? more.slice(-1) : [...held, ...more].slice(0, max);
    show();
    const names = (/** @type {boolean} */ kept) => more.filter((one) => held.includes(one) === kept).map((one) => one.name);
    const [added, left] = [names(true), names(false)];
    const problem = left.length ? `At most ${counted(max, "file")}: ${left.join(", ")} ${left.length === 1 ? "was" : "were"} left out.` : "";
    if (problem) frame.mark(problem);
    say([added.length ? `${added.join(", ")} added to ${about.name}.` : "", problem].join(" ").trim());
  }

  function show() {
    shown.replaceChildren(...held.map((one) => fileCard(one, () => {
      held = held.filter((other) => other !== one);
      show();
      choose.focus();
    })));
    shown.hidden = !held.length;
    choose.textContent = held.length && max === 1 ? "Another file…" : "Choose a file…";
    choose.setAttribute("aria-label", `${choose.textContent} for ${about.name}`);
    if (frame.element.querySelector(".problem")?.textContent) frame.mark(problem());
  }

  function problem() {
    if (!held.length) return required ? "This is required." : null;
    return held.length < min ? `${range(min, max, "file")} are needed.` : null;
  }

  file.addEventListener("change", () => {
    if (file.files?.length) put([...file.files]);
    file.value = ""; // so that the same file can be chosen again
  });
  zone.addEventListener("dragover", (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("over");
    const dropped = filesOf(event.dataTransfer);
    if (!dropped.length) return;
    event.preventDefault(); // also says to whoever listens further out that the files are taken
    put(dropped);
  });
  frame.element.addEventListener("paste", (event) => {
    const pasted = filesOf(event.clipboardData);
    if (!pasted.length) return;
    event.preventDefault();
    put(pasted);
  });
  show();

  return {
    ...frame,
    problem,
    value: () => (held.length ? (several ? held : held[0]) : undefined),
    focus: () => choose.focus(),
    empty: () => !held.length,
    take(more) {
      const room = max - held.length;
      if (room > 0 && more.length) put(more.slice(0, room));
      return more.slice(Math.max(room, 0));
    },
  };
}
