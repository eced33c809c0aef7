/** The right column: what happens behind the scenes, and what may be done there. */

import { showCalls } from "./calls.js";
import { byId, h } from "../dom.js";
import { showFaults } from "./faults.js";
import { showProcess } from "./process.js";
import { showRequests } from "./requests.js";
import { section } from "./section.js";
import { showWeather } from "./weather.js";

/** Name, title, whether it is open at first, and what fills it. @type {[string, string, boolean, (section: import("./section.js").Section, state: import("../state.js").State) => void][]} */
const SECTIONS = [
  ["bot", "Bot", true, showProcess],
  ["fal", "fal", true, showRequests],
  ["calls", "Calls", true, showCalls],
  ["trouble", "Make trouble", false, showFaults],
  ["weather", "Weather", false, showWeather],
];

/**
 * Fill the column, and turn the drum in the corner while fal works.
 *
 * @param {HTMLElement} element
 * @param {import("../state.js").State} state
 */
export function showServices(element, state) {
  const close = h("button.quiet.icon.close-drawer", { type: "button", data: { close: "services" }, "aria-label": "Close behind the scenes" }, "✕");
  element.replaceChildren(
    h("header.behind", {}, h("h2", {}, "Behind the scenes"), close),
    ...SECTIONS.map(([name, title, open, fill]) => {
      const made = section(name, title, open);
      fill(made, state);
      return made.whole;
    }),
  );
  const turn = () => {
    const works = [...state.requests.values()].some(({ status }) => status === "IN_QUEUE" || status === "IN_PROGRESS");
    byId("drum").classList.toggle("turning", works);
  };
  for (const name of ["place", "request"]) state.addEventListener(name, turn);
}
