/** Every HTTP request that the bot makes of both services, newest first. */

import { h } from "../dom.js";
import { counted } from "../format.js";
import { clock } from "./clock.js";
import { showJson } from "./json.js";
import { batched } from "./section.js";

const ROWS = 400; // rows at most; the record of the sandbox keeps all
const AT_ONCE = 40; // rows made in one frame, so that a burst of calls holds up nothing

const FILTERS = [
  ["all", "All", () => true],
  ["discord", "Discord", (/** @type {any} */ call) => call.service === "discord"],
  ["fal", "fal", (/** @type {any} */ call) => call.service === "fal"],
  ["trouble", "Trouble", troubled],
];

/** Whether something went wrong with a call. @param {any} call */
function troubled(call) {
  return call.status === 0 || call.status >= 400 || Boolean(call.invalid?.length) || Boolean(call.faults?.length);
}

/** @param {import("./section.js").Section} section @param {import("../state.js").State} state */
export function showCalls(section, state) {
  let filter = FILTERS[0];
  let sought = "";
  let paused = false;
  let told = 0;
  /** Calls without a row, oldest first. @type {any[]} */
  let waiting = [];
  const list = h("ol.calls", { tabIndex: 0, "aria-label": "Calls, newest first" });
  const nothing = h("p.soft.small.nothing", {}, "No calls yet.");
  const search = h("input", {
    type: "search", placeholder: "Find in the calls", "aria-label": "Find in the calls",
    oninput: () => { sought = search.value.trim().toLowerCase(); anew(); },
  });
  const pause = h("button.small", { type: "button", "aria-pressed": "false", onclick: hold }, "Pause");
  const choices = FILTERS.map((one) => h("button.small", {
    type: "button", "aria-pressed": String(one === filter), onclick: () => choose(one),
  }, one[1]));
  section.body.append(
    h("div.line.tools", {}, h("div.chips", { role: "group", "aria-label": "Which calls" }, choices), pause),
    search, nothing, list,
  );

  const draw = section.drawing(() => {
    if (paused) return;
    // those that would leave the list at once are never made
    waiting = waiting.filter(isSought).slice(-ROWS);
    const rows = waiting.splice(0, AT_ONCE).map(row).reverse();
    list.prepend(...rows);
    while (list.childElementCount > ROWS) list.lastElementChild?.remove();
    nothing.hidden = list.childElementCount > 0;
    if (waiting.length) draw();
  });

  /** @param {any} call */
  function isSought(call) {
    return filter[2](call) && (!sought || `${call.method} ${call.host ?? ""}${call.path} ${call.route} ${call.status}`.toLowerCase().includes(sought));
  }

  function anew() {
    list.replaceChildren();
    waiting = [...state.calls];
    nothing.textContent = state.calls.length ? "No call fits." : "No calls yet.";
    draw();
  }

  /** @param {any} one */
  function choose(one) {
    filter = one;
    choices.forEach((button, number) => button.setAttribute("aria-pressed", String(FILTERS[number] === one)));
    anew();
  }

  function hold() {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    gist();
    draw();
  }

  const gist = batched(() => {
    const bad = state.calls.filter(troubled).length;
    section.gist(`${counted(told, "call")}${bad ? `, ${bad} with trouble` : ""}${paused ? ", paused" : ""}`);
  });

  state.addEventListener("place", () => {
    told = state.calls.length;
    gist();
    anew();
  });
  state.addEventListener("call", (event) => {
    told += 1;
    waiting.push(/** @type {CustomEvent} */ (event).detail);
    if (waiting.length > ROWS * 2) waiting = waiting.slice(-ROWS);
    gist();
    draw();
  });
}

/** @param {any} call */
function row(call) {
  const { kind, words } = outcome(call.status);
  const whole = /** @type {HTMLDetailsElement} */ (h("details", { class: `call ${kind}${troubled(call) ? " troubled" : ""}` },
    h("summary", {},
      h(`span.mark.${call.service}`, {}, call.service === "fal" ? "fal" : "Dis", call.service === "fal" ? null : h("span.unseen", {}, "cord")),
      h("span.when", {}, clock(call.at)),
      h("span.route", { title: `${call.method} ${call.host ?? ""}${call.path}` }, h("b", {}, call.method), " ", brief(call.service === "fal" ? falRoute(call) : call.route)),
      h("span.status", {}, words),
      h("span.ms", {}, `${Math.round(call.ms)} ms`),
    )));
  whole.addEventListener("toggle", () => {
    if (whole.open && whole.childElementCount === 1) whole.append(opened(call));
  });
  return h("li", {}, whole);
}

/** @param {any} call */
function opened(call) {
  const wrong = [...(call.invalid ?? []).map((/** @type {string} */ one) => `Does not fit the service's description: ${one}`),
    ...(call.faults ?? []).map((/** @type {string} */ one) => `Made to go wrong: ${one}`), ...(call.error ? [call.error] : [])];
  return h("div.opened", {}, wrong.map((sentence) => h("p.wrong", {}, sentence)), showJson("Call", call));
}

/** Without the names of what differs from call to call: there is little room. @param {string} route */
function brief(route) {
  return route.replace(/\{[^}]*\}/g, "…");
}

/** The host says more of a call of fal than its route. @param {any} call */
function falRoute(call) {
  return `${(call.host ?? "").replace(/\.?fal\.(run|ai|media)$/, "")}${call.route === call.method ? "" : call.route}`;
}

/** @param {number} status */
function outcome(status) {
  if (status === 0) return { kind: "bad", words: "no answer" };
  return { kind: status >= 400 ? "bad" : status >= 300 ? "other" : "good", words: String(status) };
}
