/** Files that are dropped anywhere on the page, or pasted where nothing else takes them. */

import { h } from "../dom.js";
import { bringsFiles, filesOf } from "./filefield.js";

/**
 * @param {(files: File[]) => void} take
 */
export function takeDrops(take) {
  const target = h("div.drop-target", { hidden: true, "aria-hidden": "true" }, h("p", {}, "Drop to attach"));
  document.body.append(target);
  let hiding = 0;
  const inDialog = () => document.querySelector("dialog[open]") !== null; // a dialog takes its own files

  document.addEventListener("dragover", (event) => {
    if (!bringsFiles(event)) return;
    const taken = event.defaultPrevented; // by a field of files
    event.preventDefault(); // or the browser would leave the page for the file
    target.hidden = taken || inDialog();
    clearTimeout(hiding);
    hiding = setTimeout(() => { target.hidden = true; }, 600); // dragover comes again and again until the drag leaves
  });
  document.addEventListener("drop", (event) => {
    target.hidden = true;
    const files = filesOf(event.dataTransfer);
    if (!files.length) return;
    const taken = event.defaultPrevented;
    event.preventDefault();
    if (!taken && !inDialog()) take(files);
  });
  document.addEventListener("paste", (event) => {
    const files = filesOf(event.clipboardData);
    if (!files.length || event.defaultPrevented || inDialog()) return;
    event.preventDefault();
    take(files);
  });
}
