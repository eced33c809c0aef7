/** The bot's process: whether it lives, what it says, and its end and beginning by hand. */

import { Refused, post } from "../api.js";
import { h } from "../dom.js";
import { clock } from "./clock.js";

const LINES = 400; // lines of the log that are shown

/** @param {import("./section.js").Section} section @param {import("../state.js").State} state */
export function showProcess(section, state) {
  const line = h("p.state");
  const fal = h("p.which");
  const doing = h("div.line.doing");
  const elsewhere = h("p.small", {}, "The bot was not started by this sandbox. To start one: ", h("code", {}, command()));
  const error = h("p.wrong", { role: "alert" });
  const lines = h("div.log", { tabIndex: 0, role: "log", "aria-live": "off", "aria-label": "The bot's log" });
  const log = /** @type {HTMLDetailsElement} */ (h("details.fold", {}, h("summary", {}, "Its log"), lines));
  section.body.append(line, fal, doing, error, elsewhere, log);

  const kill = deed("Kill it", "kill", "SIGKILL: it has no time to tidy up");
  const stop = deed("Stop it", "stop", "SIGTERM: it may finish what it is at");
  const start = deed("Start it again", "start", "");
  doing.append(kill, stop, start);

  /** @param {string} words @param {string} what @param {string} title */
  function deed(words, what, title) {
    return /** @type {HTMLButtonElement} */ (h("button", { type: "button", title, onclick: async () => {
      error.textContent = await ordered(what);
    } }, words));
  }

  const renew = () => {
    const { owned } = state.process;
    const { words, on } = standing(state);
    section.gist(words);
    line.replaceChildren(h(`span.dot${on ? ".on" : ""}`), h("span", {}, sentence(state)));
    const live = state.process.fal === "live";
    fal.className = live ? "which live" : "which";
    fal.textContent = live ? "Real fal: films are paid" : owned ? "fal: stand-in (costs nothing)" : "Whether it uses the real fal is up to how it was started.";
    doing.hidden = !owned;
    elsewhere.hidden = Boolean(owned);
    kill.disabled = stop.disabled = !runs(state.process);
    start.disabled = runs(state.process);
    log.hidden = !owned && !state.log.length;
  };

  let drawn = 0;
  /** @type {string[]} */
  let fresh = [];
  const anew = () => {
    lines.replaceChildren();
    drawn = 0;
    fresh = state.log.slice(-LINES);
    draw();
  };
  const draw = section.drawing(() => {
    if (!log.open) return;
    const follows = !drawn || lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 24;
    lines.append(...fresh.slice(-LINES).map((text) => h(`p${weight(text)}`, {}, text)));
    while (lines.childElementCount > LINES) lines.firstElementChild?.remove();
    drawn += fresh.length;
    fresh = [];
    if (follows) lines.scrollTop = lines.scrollHeight;
  });
  log.addEventListener("toggle", draw);
  for (const name of ["place", "process", "bot", "world"]) state.addEventListener(name, renew);
  state.addEventListener("place", anew);
  state.addEventListener("log", (event) => {
    fresh.push(/** @type {CustomEvent} */ (event).detail);
    if (fresh.length > LINES * 2) fresh = fresh.slice(-LINES);
    draw();
  });
}

/** Kill, stop or start the bot: an empty text, or the sentence why not. @param {string} what */
export async function ordered(what) {
  try {
    await post("bot", { do: what });
    return "";
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    return refused.message;
  }
}

/** Whether the process lives, as far as the sandbox knows it. @param {any} process */
export function runs(process) {
  return Boolean(process.owned && process.running);
}

/** What to type where the page cannot start a bot. */
export function command() {
  return `zoetrope run --sandbox ${location.origin}`;
}

/** In a word or two, and whether it is good. @param {import("../state.js").State} state */
function standing({ process, world }) {
  if (world.bot.online) return { words: "here", on: true };
  if (runs(process)) return { words: "starting", on: false };
  return { words: process.owned && ended(process) ? "ended" : "away", on: false };
}

/** @param {any} process */
function ended(process) {
  return typeof process.exit_code === "number";
}

/** @param {import("../state.js").State} state */
function sentence(state) {
  const { process, world } = state;
  const name = world.bot.name || "The bot";
  const pid = process.pid && runs(process) ? `, process ${process.pid}` : "";
  const since = process.started_at && runs(process) ? `, since ${clock(process.started_at)}` : "";
  if (world.bot.online) return `${name} is here${pid}${since}.`;
  if (runs(process)) return `${name} runs${pid}${since}, but is not connected.`;
  if (process.owned && ended(process)) return `${name} ended: ${ending(process.exit_code)}.`;
  return `${name} is away.`;
}

/** @param {number} code */
function ending(code) {
  if (code === -9) return "killed (SIGKILL)";
  if (code === -15) return "stopped (SIGTERM)";
  return code < 0 ? `ended by signal ${-code}` : `exit code ${code}`;
}

/** How loud a line of the log is. @param {string} text */
function weight(text) {
  if (/\b(ERROR|CRITICAL|Traceback)\b|^\w*(Error|Exception)\b/.test(text)) return ".error";
  return /\bWARN(ING)?\b/.test(text) ? ".warning" : "";
}
