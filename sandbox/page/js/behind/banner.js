/** What is amiss, above the conversation: the sandbox or the bot is away, or films cost money. Nothing when all is well. */

import { byId, h } from "../dom.js";
import { keep, recall } from "./memory.js";
import { command, ordered, runs } from "./process.js";

const PATIENCE = 1200; // milliseconds that something may be amiss before it is said: a page that loads, a bot that reconnects

/** @param {import("../state.js").State} state */
export function showBanner(state) {
  const element = byId("banner");
  const error = h("p.wrong");
  let shown = "";
  let timer = 0;
  let begun = false;
  let wasAmiss = false;

  /** What is said now; its texts are also how it is told whether that changed. */
  const amiss = () => {
    if (!state.connected) return ["lost"];
    if (!begun) return [];
    const away = !state.world.bot.online && (runs(state.process) ? "starting" : state.process.owned ? "ended" : "away");
    const paid = state.process.fal === "live" && !recall("paid", false);
    return [away, paid && "paid"].filter(Boolean);
  };

  const draw = () => {
    const now = amiss();
    if (now.join() === shown) return;
    shown = now.join();
    error.textContent = "";
    element.replaceChildren(...now.map((/** @type {any} */ one) => NOTICES[one]({ error, redraw: draw })));
  };

  const look = () => {
    const isAmiss = amiss().some((one) => one !== "paid");
    // good news at once, bad news when they last: more of them meanwhile do not begin the time anew
    if (isAmiss && !wasAmiss) {
      timer ||= setTimeout(() => { timer = 0; wasAmiss = true; draw(); }, PATIENCE);
      return;
    }
    clearTimeout(timer);
    timer = 0;
    wasAmiss = isAmiss;
    draw();
  };

  state.addEventListener("place", () => { begun = true; look(); });
  for (const name of ["connection", "bot", "world", "process"]) state.addEventListener(name, look);
  look();
}

/** @type {Record<string, (about: {error: HTMLElement, redraw: () => void}) => HTMLElement>} */
const NOTICES = {
  lost: () => h("div.notice", {}, h("p", {}, "The sandbox does not answer. This page connects again by itself.")),
  starting: () => h("div.notice", {}, h("p", {}, "The bot is starting …")),
  ended: ({ error }) => h("div.notice", {},
    h("p", {}, "The bot is away. What it was at goes on when it is back."),
    h("button.main", { type: "button", onclick: async () => { error.textContent = await ordered("start"); } }, "Start it again"), error),
  away: () => h("div.notice", {}, h("p", {}, "No bot is connected. Start one: ", h("code", {}, command()))),
  paid: ({ redraw }) => h("div.notice.paid", {},
    h("p", {}, "This is the real fal: films are paid from your account there."),
    h("button", { type: "button", onclick: () => { keep("paid", true); redraw(); } }, "Understood")),
};
