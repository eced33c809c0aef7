/** Taking along what is here: the conversation as one file, or its films. */

import { Refused, get } from "../api.js";
import { freshId, h, toast } from "../dom.js";
import { bytes, counted } from "../format.js";
import { ours } from "../talk/media.js";
import { standalone } from "./standalone.js";
import { missed } from "./still.js";

const PAGE = 100; // messages asked for at once
const BETWEEN = 400; // milliseconds between two downloads, so that the browser takes all of them

/**
 * The button opens a dialog in which one says what is to be saved.
 *
 * @param {HTMLElement} button
 * @param {import("../state.js").State} state
 */
export function showSaving(button, state) {
  button.addEventListener("click", () => open(state));
}

/** @param {import("../state.js").State} state */
function open(state) {
  const title = freshId("saving");
  const ending = new AbortController();
  const { signal } = ending;
  const place = state.channel === "dm" ? "with the bot" : `#${state.here.name}`;
  const bar = /** @type {HTMLProgressElement} */ (h("progress", { "aria-label": "How much is done" }));
  const words = h("p.small", { role: "status" });
  const progress = h("div.progress", { hidden: true }, bar, words);
  const error = h("p.wrong", { role: "alert" });
  const whole = h("button.main", { type: "button", onclick: () => during(conversation) }, "Save as one HTML file");
  const films = h("button", { type: "button", onclick: () => during(allFilms) }, "Save all films");
  const close = h("button.quiet", { type: "button", onclick: () => dialog.close() }, "Close");
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog.saving", { "aria-labelledby": title, onclose: () => { ending.abort(); dialog.remove(); } },
    h("h2", { id: title }, `Save the conversation ${state.channel === "dm" ? place : `in ${place}`}`),
    h("p", {}, `All messages as ${state.person} sees them, with films, pictures and sounds, in a file that needs nothing else.`),
    h("div.line", {}, whole, films, close), progress, error));
  document.body.append(dialog);
  dialog.showModal();

  /** @param {() => Promise<string>} act gives a sentence for the end */
  async function during(act) {
    for (const one of [whole, films]) /** @type {HTMLButtonElement} */ (one).disabled = true;
    close.textContent = "Cancel";
    progress.hidden = false;
    error.textContent = "";
    tell("Reading the conversation …");
    try {
      toast(await act());
      dialog.close();
    } catch (refused) {
      if (signal.aborted) return;
      error.textContent = refused instanceof Refused ? refused.message : "That did not work: the sandbox does not answer.";
      if (!(refused instanceof Refused || refused instanceof TypeError)) throw refused;
    } finally {
      for (const one of [whole, films]) /** @type {HTMLButtonElement} */ (one).disabled = false;
      close.textContent = "Close";
      progress.hidden = true;
    }
  }

  /** @param {string} sentence @param {number} [done] @param {number} [all] */
  function tell(sentence, done, all) {
    words.textContent = sentence;
    if (done === undefined || all === undefined) bar.removeAttribute("value");
    else Object.assign(bar, { max: all, value: done });
  }

  async function conversation() {
    const messages = await everything(state, signal);
    const { file, missing } = await standalone(messages, state, (done) => tell(`${done} of ${counted(messages.length, "message")}`, done, messages.length), signal);
    const url = URL.createObjectURL(file);
    download(url, `zoetrope-${state.here.name}-${today()}.html`);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    return `Saved ${counted(messages.length, "message")} (${bytes(file.size)})${missed(missing)}.`;
  }

  async function allFilms() {
    const messages = await everything(state, signal);
    const found = messages.flatMap((one) => one.attachments).filter((file) => file.content_type?.startsWith("video/") && ours(file.url));
    for (const [number, file] of found.entries()) {
      signal.throwIfAborted();
      tell(`${number + 1} of ${counted(found.length, "film")}`, number, found.length);
      download(ours(file.url) ?? "", file.filename);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN));
    }
    return found.length ? `Saved ${counted(found.length, "film")}.` : "There is no film here yet.";
  }
}

/** All messages of the channel, oldest first. @param {import("../state.js").State} state @param {AbortSignal} signal @returns {Promise<any[]>} */
async function everything({ channel, person }, signal) {
  /** @type {Map<string, any>} */
  let known = new Map();
  for (;;) {
    signal.throwIfAborted();
    const [oldest] = known.keys();
    const found = await get("discord/messages", { channel, person, limit: PAGE, ...(oldest ? { before: oldest } : {}) });
    const fresh = found.filter((/** @type {any} */ one) => !known.has(one.id));
    known = new Map([...fresh.map((/** @type {any} */ one) => [one.id, one]), ...known]);
    if (!fresh.length || found.length < PAGE) return [...known.values()];
  }
}

/** @param {string} url @param {string} name */
function download(url, name) {
  h("a", { href: url, download: name }).click();
}

/** The day here, as 2026-11-21. */
function today() {
  const now = new Date();
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
