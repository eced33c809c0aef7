/** fal's requests, newest first: how each stands, what it was given, what came of it, and what it cost. */

import { Refused, get } from "../api.js";
import { h } from "../dom.js";
import { seconds } from "../format.js";
import { changed, openRequest } from "./request.js";

const PLACES = 2000; // milliseconds after which it is asked again how many are ahead: that changes without any news
const ROWS = 150; // requests that are listed; the totals count all

/** @param {import("./section.js").Section} section @param {import("../state.js").State} state */
export function showRequests(section, state) {
  const totals = h("dl.totals");
  const list = h("ol.requests", { "aria-label": "Requests, newest first" });
  const nothing = h("p.soft.small.nothing", {}, "The bot has asked fal for nothing yet. Try /animate.");
  section.body.append(totals, nothing, list);

  /** What is drawn, by id. @type {Map<string, {request: any, row: HTMLElement, line: HTMLElement, whole: HTMLDetailsElement}>} */
  const drawn = new Map();

  const draw = section.drawing(() => {
    const all = [...state.requests.values()];
    totals.replaceChildren(...count(all));
    nothing.hidden = all.length > 0;
    const listed = all.slice(-ROWS);
    const known = new Set(listed.map(({ request_id }) => request_id));
    for (const [id, { row }] of drawn) {
      if (!known.has(id)) {
        row.remove();
        drawn.delete(id);
      }
    }
    for (const request of listed) {
      const found = drawn.get(request.request_id);
      if (!found) {
        const made = rowOf(request);
        drawn.set(request.request_id, made);
        list.prepend(made.row);
      } else if (found.request !== request) renew(found, request);
    }
  });

  /** @param {any} request */
  function rowOf(request) {
    const line = h("summary");
    const whole = /** @type {HTMLDetailsElement} */ (h("details.request", {}, line));
    const made = { request, row: h("li", {}, whole), line, whole };
    whole.addEventListener("toggle", () => {
      if (whole.open && whole.childElementCount === 1) whole.append(openRequest(made.request, before(made.request), state));
    });
    line.append(...summary(request, before(request)));
    return made;
  }

  /** @param {{request: any, row: HTMLElement, line: HTMLElement, whole: HTMLDetailsElement}} made @param {any} request */
  function renew(made, request) {
    const onlyMoved = told(made.request) === told(request);
    made.request = request;
    made.line.replaceChildren(...summary(request, before(request)));
    if (onlyMoved || made.whole.childElementCount === 1) return;
    made.whole.lastElementChild?.remove();
    if (made.whole.open) made.whole.append(openRequest(request, before(request), state));
  }

  /** The request of the same endpoint that came before. @param {any} request */
  function before(request) {
    let found = null;
    for (const one of state.requests.values()) {
      if (one.request_id === request.request_id) return found;
      if (one.endpoint === request.endpoint) found = one;
    }
    return found;
  }

  const gist = () => {
    const all = [...state.requests.values()];
    const busy = all.filter((one) => outcome(one) === "queued" || outcome(one) === "running").length;
    section.gist(all.length ? `${busy ? `${busy} under way, ` : ""}${spent(all)}` : "");
  };
  for (const name of ["place", "request"]) {
    state.addEventListener(name, () => {
      gist();
      draw();
    });
  }
  setInterval(async () => {
    const open = /** @type {HTMLDetailsElement} */ (section.whole).open && !document.hidden;
    if (!open || ![...state.requests.values()].some(({ status }) => status === "IN_QUEUE")) return;
    const found = await get("fal/requests").catch((error) => {
      if (error instanceof Refused) return []; // the banner tells of it
      throw error;
    });
    for (const { request_id: id, queue_position: position } of found) {
      const known = state.requests.get(id);
      if (known?.status === "IN_QUEUE" && known.queue_position !== position && Number.isInteger(position)) state.requests.set(id, { ...known, queue_position: position });
    }
    draw();
  }, PLACES);
  // seconds count on without any news
  setInterval(() => {
    if (!(/** @type {HTMLDetailsElement} */ (section.whole).open)) return;
    for (const { request, line } of drawn.values()) {
      const clock = line.querySelector(".elapsed");
      if (clock && (outcome(request) === "queued" || outcome(request) === "running")) clock.textContent = elapsed(request);
    }
  }, 500);
}

/** @param {any} request @param {any} previous */
function summary(request, previous) {
  const state = outcome(request);
  const { resolution, aspect_ratio: aspect, num_frames: frames, duration } = request.input ?? {};
  const seed = request.seed ?? request.input?.seed;
  const facts = [
    seed !== undefined && seed !== null && `seed ${seed}`,
    resolution, aspect !== "auto" && aspect, frames && `${frames} frames`, duration && `${duration} s long`,
  ].filter(Boolean);
  const differs = changed(request, previous).filter((name) => !name.endsWith("_url"));
  return [
    h(`span.pill.${state}`, {}, words(request, state)),
    h("span.endpoint", { title: request.endpoint }, shortName(request.endpoint)),
    h("span.cost", {}, cost(request, state)),
    h("span.facts", {}, facts.join(" · "), differs.length > 0 && h("span.differs", {}, ` ≠ ${differs.slice(0, 4).join(", ")}${differs.length > 4 ? " …" : ""}`)),
    h("span.elapsed", {}, elapsed(request)),
  ];
}

/** @param {any} request @param {string} state */
function words(request, state) {
  if (state === "queued" && Number.isInteger(request.queue_position)) return request.queue_position ? `queued, ${request.queue_position} ahead` : "queued, next";
  if (state === "failed" && request.answer_status) return `failed ${request.answer_status}`;
  return state;
}

/** How a request stands: queued, running, done, failed or cancelled. @param {any} request */
function outcome(request) {
  if (request.removed) return "cancelled";
  if (request.status === "IN_QUEUE") return "queued";
  if (request.status === "IN_PROGRESS") return "running";
  if (request.answer_status === 499 || (request.cancelled && !request.answer_status)) return "cancelled";
  return request.answer_status >= 400 ? "failed" : "done";
}

/** Seconds in the queue while it waits there, else those of the work. @param {any} request */
function elapsed(request) {
  const now = Date.now() / 1000;
  const since = request.status === "IN_QUEUE" ? request.submitted_at : (request.started_at ?? request.submitted_at);
  return since ? seconds(Math.max(0, (request.ended_at ?? now) - since)) : "";
}

/** @param {any[]} all */
function count(all) {
  const found = { done: 0, failed: 0, running: 0, queued: 0, cancelled: 0 };
  for (const one of all) found[outcome(one)] += 1;
  const parts = [
    ["asked for", all.length], ["done", found.done], ["failed", found.failed], ["under way", found.running + found.queued],
    ...(found.cancelled ? [["cancelled", found.cancelled]] : []), ["charged", spent(all)],
  ];
  return parts.map(([name, value]) => h("div", {}, h("dt", {}, String(name)), h("dd", {}, String(value))));
}

/** What it cost, or where that is known before it has ended, what it is to cost. @param {any} request @param {string} state */
function cost(request, state) {
  if (state !== "queued" && state !== "running") return price(request.cost_usd);
  return request.cost_usd ? `≈ ${price(request.cost_usd)}` : "";
}

/** What fal charged in all; with "+ ?" where the price of a finished film is unknown. @param {any[]} all */
function spent(all) {
  const ended = all.filter(({ status }) => status === "COMPLETED");
  const known = ended.reduce((sum, one) => sum + (one.cost_usd ?? 0), 0);
  const unknown = ended.some((one) => outcome(one) === "done" && typeof one.cost_usd !== "number");
  return `${price(known)}${unknown ? " + ?" : ""}`;
}

/** @param {number | null | undefined} amount in dollars; films cost fractions of a cent */
function price(amount) {
  if (typeof amount !== "number") return "?";
  return `$${amount.toFixed(4).replace(/0{1,2}$/, "")}`;
}

/** `fal-ai/wan/v2.2-a14b/image-to-video` without what all have in common. @param {string} endpoint */
function shortName(endpoint) {
  return endpoint.replace(/^fal-ai\//, "").replace(/\/image-to-video\b/, "");
}

/** All of it but what changes while it waits. @param {any} request */
function told(request) {
  return JSON.stringify({ ...request, queue_position: null });
}
