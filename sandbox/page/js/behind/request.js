/** One request to fal, opened: its parameters beside those of the one before, its answer, its times, its film. */

import { h } from "../dom.js";
import { seconds } from "../format.js";
import { clock } from "./clock.js";
import { copying, short, showJson } from "./json.js";

/**
 * The names of the parameters that are not as in the request before, also those that are gone; none without one.
 *
 * @param {any} request @param {any} previous
 * @returns {string[]}
 */
export function changed(request, previous) {
  if (!previous) return [];
  const [now, then] = [request.input ?? {}, previous.input ?? {}];
  const same = (/** @type {string} */ name) => JSON.stringify(now[name]) === JSON.stringify(then[name]);
  return [...new Set([...Object.keys(now), ...Object.keys(then)])].filter((name) => !same(name));
}

/**
 * @param {any} request
 * @param {any} previous the request of the same endpoint before, or null
 * @param {import("../state.js").State} state
 */
export function openRequest(request, previous, state) {
  const asked = { endpoint: request.endpoint, input: request.input };
  return h("div.opened", {},
    h("p.small", {}, h("span.mono.whole", {}, request.endpoint)),
    h("div.line", {}, h("h4", {}, "Parameters"), copying("Copy", request.input, "Copy the parameters as JSON"),
      copying("Copy with endpoint", asked, "Copy endpoint and parameters as one JSON")),
    previous && h("p.soft.small", {}, changed(request, previous).length ? "Marked: what differs from the request before." : "The same as the request before."),
    parameters(request, previous),
    films(request.result, state),
    request.result && showJson(request.answer_status >= 400 ? "Refusal" : "Result", request.result),
    times(request),
    deliveries(request),
    h("p.soft.small", {}, "Request ", h("span.mono.whole", {}, request.request_id)),
  );
}

/** @param {any} request @param {any} previous */
function parameters(request, previous) {
  const differs = new Set(changed(request, previous));
  const names = [...new Set([...Object.keys(request.input ?? {}), ...differs])];
  return h("dl.parameters", {}, names.map((name) => {
    const [now, then] = [request.input?.[name], previous?.input?.[name]];
    const isNew = differs.has(name);
    return h(`div${isNew ? ".differs" : ""}`, {},
      h("dt", {}, name),
      h("dd", {}, isNew ? h("mark", {}, value(now)) : value(now), isNew && h("span.before", {}, " before: ", value(then))));
  }));
}

/** @param {any} given */
function value(given) {
  if (given === undefined) return "not given";
  return short(typeof given === "string" ? given : JSON.stringify(given), 240);
}

/** Links to the films of a result. The stand-in's are only there for the bot. @param {any} result @param {import("../state.js").State} state */
function films(result, state) {
  const urls = found(result).filter((url) => /^https?:/.test(url));
  if (!urls.length) return null;
  if (state.process.fal === "sandbox") return h("p.soft.small", {}, "The film lies at the stand-in, where only the bot can fetch it. You find it in the conversation.");
  return h("ul.films", {}, urls.map((url) => h("li", {}, h("a", { href: url, rel: "noreferrer", target: "_blank" }, "The film at fal"))));
}

/** Every URL of a film in a result. @param {any} part @returns {string[]} */
function found(part) {
  if (!part || typeof part !== "object") return [];
  const own = typeof part.url === "string" ? [part.url] : [];
  return [...own, ...Object.values(part).flatMap(found)];
}

/** @param {any} request */
function times(request) {
  const { submitted_at: submitted, started_at: started, ended_at: ended } = request;
  const later = (/** @type {number} */ at, /** @type {number | null} */ since) => clock(at) + (since ? `, ${seconds(Math.max(0, at - since))} later` : "");
  const rows = [
    submitted && ["submitted", clock(submitted)],
    started && ["started", later(started, submitted)],
    ended && ["ended", later(ended, started ?? submitted)],
    typeof request.billable_units === "number" && ["billed", `${request.billable_units} units`],
  ].filter(Boolean);
  return h("dl.times", {}, rows.map(([name, when]) => h("div", {}, h("dt", {}, name), h("dd", {}, when))));
}

/** @param {any} request */
function deliveries(request) {
  if (!request.webhook_url) return null;
  return h("div", {}, h("h4", {}, "Webhook"), h("p.small.whole", {}, request.webhook_url),
    h("ol.small", {}, (request.deliveries ?? []).map((/** @type {any} */ one) => h("li", {}, `${clock(one.at)}: ${one.status}`))));
}
