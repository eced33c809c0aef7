/** Trouble that a person makes: one click arms it, a chip shows it until it has struck. */

import { Refused, get, post } from "../api.js";
import { freshId, h, say } from "../dom.js";
import { showStories } from "./stories.js";
import { GROUPS, KINDS, inWords } from "./trouble.js";

const QUIET = 250; // milliseconds without a call before it is asked again what waits

/** @param {import("./section.js").Section} section @param {import("../state.js").State} state */
export function showFaults(section, state) {
  const waiting = h("ul.waiting");
  const live = h("p.why.small", { hidden: true }, "The bot uses the real fal: there, nothing can be made to go wrong.");
  const error = h("p.wrong", { role: "alert" });
  const nothing = h("p.soft.small", {}, "Nothing waits to go wrong.");
  let asked = 0;

  section.body.append(
    showStories(state, arm), live,
    h("h4", {}, "Waiting to strike"), nothing, waiting, error,
    h("div.groups", {}, GROUPS.map(group), form()),
  );

  /** @param {{title: string, folded?: boolean, troubles: import("./trouble.js").Trouble[]}} one */
  function group(one) {
    const list = h("ul.troubles", {}, one.troubles.map((trouble) => h("li", {},
      h("button.trouble", { type: "button", data: { service: trouble.service }, onclick: () => arm(trouble) },
        h("span", {}, trouble.words), trouble.more && h("span.soft.small", {}, trouble.more)))));
    return h("details.fold", { open: !one.folded }, h("summary", {}, one.title), list);
  }

  /**
   * Make something go wrong; the promise tells whether the sandbox took it.
   *
   * @param {import("./trouble.js").Trouble} trouble
   */
  async function arm(trouble) {
    error.textContent = "";
    try {
      if (trouble.outcome) await post("fal/set", { outcome: trouble.outcome });
      else await post(`${trouble.service}/fault`, trouble.fault);
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      error.textContent = refused.message;
      return false;
    }
    say(`Armed: ${trouble.words}.`);
    await look();
    return true;
  }

  function form() {
    const service = picked("Service", Object.keys(KINDS));
    const kind = picked("Kind", []);
    const times = h("input", { type: "number", min: "1", step: "1", value: "1", required: true });
    const length = h("input", { type: "number", min: "0", step: "any" });
    const match = h("input", { type: "text", placeholder: "POST queue.fal.run", spellcheck: false });
    const choose = () => kind.replaceChildren(...KINDS[/** @type {"fal" | "discord"} */ (service.value)].map(option));
    service.addEventListener("change", choose);
    service.value = "fal";
    choose();
    /** @param {SubmitEvent} event */
    const submit = (event) => {
      event.preventDefault();
      const fault = {
        kind: kind.value, times: Number(times.value),
        ...(length.value ? { seconds: Number(length.value) } : {}), ...(match.value ? { match: match.value } : {}),
      };
      arm({ words: inWords(service.value, fault), service: service.value, fault });
    };
    return h("details.fold", {}, h("summary", {}, "Anything else"),
      h("form.anything", { onsubmit: submit },
        labelled("Service", service), labelled("Kind", kind), labelled("Times", times), labelled("Seconds", length),
        labelled("Only where the call contains", match), h("button", { type: "submit" }, "Arm it")));
  }

  async function look() {
    const turn = ++asked;
    let found;
    try {
      found = await get("faults");
    } catch (refused) {
      if (refused instanceof Refused) return; // the banner tells of a sandbox that is not there
      throw refused;
    }
    if (turn !== asked) return;
    const all = [
      ...found.fal.map((/** @type {any} */ one) => inWords("fal", one)), ...found.discord.map((/** @type {any} */ one) => inWords("discord", one)),
    ];
    waiting.replaceChildren(...all.map((words) => h("li.chip", {}, words)));
    nothing.hidden = all.length > 0;
    section.gist(all.length ? `${all.length} waiting` : "");
  }

  let soon = 0;
  const lookSoon = () => {
    clearTimeout(soon);
    soon = setTimeout(look, QUIET);
  };
  for (const name of ["call", "request", "place"]) state.addEventListener(name, lookSoon);
  const disable = () => {
    const isLive = state.process.fal === "live";
    live.hidden = !isLive;
    for (const button of section.body.querySelectorAll('.trouble[data-service="fal"]')) /** @type {HTMLButtonElement} */ (button).disabled = isLive;
  };
  for (const name of ["place", "process"]) state.addEventListener(name, disable);
}

/** @param {string} name @param {string[]} values */
function picked(name, values) {
  return h("select", { name: name.toLowerCase() }, values.map(option));
}

/** @param {string} value */
function option(value) {
  return h("option", { value }, value);
}

/** @param {string} text @param {HTMLElement} control */
export function labelled(text, control) {
  control.id ||= freshId("set");
  return h("div.labelled", {}, h("label", { htmlFor: control.id }, text), control);
}
