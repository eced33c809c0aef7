/** Pictures and sounds of our own making that lie ready to be used. */

import { freshId, h, toast } from "../dom.js";
import { follow } from "./popup.js";

const FOLDER = "/page/samples";

/** @type {Promise<{name: string, width: number | null, height: number | null, kind: "picture" | "sound"}[]> | null} */
let listed = null;

/**
 * A button that opens the tray of ready pictures and sounds.
 *
 * @param {(file: File) => void} chosen
 * @param {string} [text] on the button; without it, it shows a sign
 */
export function samplesButton(chosen, text) {
  const id = freshId("samples");
  const tray = h("div.popup.samples", { id, popover: "auto", role: "dialog", "aria-label": "Ready pictures and sounds" });
  const button = h(text ? "button" : "button.quiet.icon", {
    type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", ...(text ? {} : { "aria-label": "Ready pictures and sounds", title: "Ready pictures and sounds" }),
    onclick: () => tray.togglePopover(),
  }, text ? `🖼 ${text}` : "🖼");
  let stop = () => {};
  tray.addEventListener("toggle", async (event) => {
    const opened = /** @type {ToggleEvent} */ (event).newState === "open";
    button.setAttribute("aria-expanded", String(opened));
    stop();
    if (!opened) return;
    if (!tray.firstChild) tray.replaceChildren(h("p.soft", { role: "status" }, "The pictures are being drawn…"));
    stop = follow(tray, button);
    tray.replaceChildren(...await cards());
    stop();
    if (!tray.matches(":popover-open")) return;
    stop = follow(tray, button);
    tray.querySelector("button")?.focus();
  });

  async function cards() {
    try {
      listed ??= load();
      return (await listed).map((one) => h("button.sample", { type: "button", onclick: () => take(one.name) },
        one.kind === "picture" ? h("img", { src: `${FOLDER}/${one.name}`, alt: "", loading: "lazy" }) : h("span.sheet", { "aria-hidden": "true" }, "🔊"),
        h("span.small", {}, one.name, one.width ? h("span.soft", {}, ` ${one.width} × ${one.height}`) : null)));
    } catch {
      listed = null; // another time it may be there
      return [h("p", {}, "The ready pictures could not be loaded.")];
    }
  }

  /** The tray stays until the file is there, so that nothing can be sent without it meanwhile. @param {string} name */
  async function take(name) {
    tray.setAttribute("aria-busy", "true");
    try {
      const reply = await fetch(`${FOLDER}/${name}`);
      if (!reply.ok) throw new TypeError(String(reply.status));
      const data = await reply.blob();
      chosen(new File([data], name, { type: data.type }));
    } catch {
      toast(`${name} could not be loaded.`, { error: true });
    }
    tray.removeAttribute("aria-busy");
    tray.hidePopover();
    button.focus();
  }

  return { button, tray };
}

async function load() {
  const reply = await fetch(`${FOLDER}.json`);
  if (!reply.ok) throw new TypeError(String(reply.status));
  return reply.json();
}
