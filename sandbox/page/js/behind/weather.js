/** How the stand-ins are set: fal's speed, the server's tier and limit, what the bot may do in the channel. */

import { Refused, get, post } from "../api.js";
import { h, toast } from "../dom.js";
import { labelled } from "./faults.js";

const MIB = 2 ** 20;
const TIERS = ["no boosts (20 MiB)", "tier 1 (20 MiB)", "tier 2 (50 MiB)", "tier 3 (100 MiB)"]; // the limit of files that goes with each
const PERMISSIONS = [
  ["SEND_MESSAGES", "send messages"],
  ["ATTACH_FILES", "attach files"],
  ["EMBED_LINKS", "embed links"],
];

/**
 * @typedef {object} Knob
 * @property {HTMLElement} element
 * @property {(value: any) => void} show how it stands; what somebody is typing is left alone
 */

/** @param {import("./section.js").Section} section @param {import("../state.js").State} state */
export function showWeather(section, state) {
  /** fal's knobs, by the names that the control API gives them. @type {Record<string, Knob>} */
  const ofFal = {
    queue_seconds: number("Seconds in the queue", "any", (value) => post("fal/set", { queue_seconds: Number(value) })),
    run_seconds: number("Seconds of rendering", "any", (value) => post("fal/set", { run_seconds: Number(value) })),
    concurrency: number("Films at once", "1", (value) => post("fal/set", { concurrency: Number(value) })),
    logs: ticked("Progress in fal's logs", (yes) => post("fal/set", { logs: yes })),
  };
  const why = h("p.why.small", {}, "This is the real fal: nothing can be set there.");
  const fal = /** @type {HTMLFieldSetElement} */ (h("fieldset", {}, h("legend", {}, "fal"), why, Object.values(ofFal).map((one) => one.element)));
  const tier = knob("Boost tier", h("select", {}, TIERS.map((words, value) => h("option", { value: String(value) }, words))), (value) => post("discord/set", { boost_tier: Number(value) }));
  const limit = number("Largest file in MiB", "any", (value) => post("discord/set", { upload_limit: value ? Math.round(Number(value) * MIB) : null }), "as the tier says");
  const where = h("span");
  const permissions = PERMISSIONS.map(([name, words]) => ({
    name,
    ...ticked(words, (yes) => post("discord/set", { [yes ? "add_permission" : "remove_permission"]: name, channel: state.here.name })),
  }));
  const here = /** @type {HTMLFieldSetElement} */ (h("fieldset", {}, h("legend", {}, "What the bot may do in ", where), permissions.map((one) => one.element)));

  section.body.append(h("div", {}, fal, h("fieldset", {}, h("legend", {}, "The server"), tier.element, limit.element)), here, everything());

  const world = () => {
    tier.show(state.guild.premium_tier ?? 0);
    limit.show(state.guild.upload_limit === null ? "" : state.guild.upload_limit / MIB);
    where.textContent = state.channel === "dm" ? "a channel (here nobody can forbid it anything)" : `#${state.channel}`;
    here.disabled = !state.here.bot_may || state.here.thread; // the permissions of a thread are those of its channel
    for (const { name, show } of permissions) show(state.here.bot_may?.includes(name) ?? true);
  };
  const settings = async () => {
    const isLive = fal.disabled = state.process.fal === "live";
    why.hidden = !isLive;
    if (isLive) return;
    try {
      for (const [name, value] of Object.entries(await get("fal/settings"))) ofFal[name]?.show(value);
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // the banner tells of a sandbox that is not there
    }
  };
  for (const name of ["place", "world"]) state.addEventListener(name, world);
  for (const name of ["place", "process"]) state.addEventListener(name, settings);
}

/** The button that makes both stand-ins as new, and asks first. */
function everything() {
  const error = h("p.wrong", { role: "alert" });
  const ask = h("button.danger", { type: "button", onclick: () => turn(true) }, "Reset everything");
  const sure = h("div.line", { hidden: true, role: "group", "aria-label": "Reset everything?" },
    h("p.small", {}, "All messages, requests and settings go. Sure?"),
    h("button.danger", { type: "button", onclick: reset }, "Yes, reset"),
    h("button", { type: "button", onclick: () => turn(false) }, "No"));
  /** @param {boolean} asking */
  function turn(asking) {
    ask.hidden = asking;
    sure.hidden = !asking;
    (asking ? sure.querySelector("button:last-child") : ask)?.focus();
  }
  async function reset() {
    if (!(await tried(error, () => post("reset")))) return;
    turn(false);
    toast("Both stand-ins are as new.");
  }
  return h("div.everything", {}, ask, sure, error);
}

/** @param {string} words @param {string} step @param {(value: string) => Promise<any>} send @param {string} [placeholder] @returns {Knob} */
function number(words, step, send, placeholder = "") {
  return knob(words, h("input", { type: "number", min: "0", step, placeholder }), send);
}

/** A setting that is sent when it is left. @param {string} words @param {HTMLElement} element @param {(value: string) => Promise<any>} send @returns {Knob} */
function knob(words, element, send) {
  const control = /** @type {HTMLInputElement | HTMLSelectElement} */ (element);
  const error = h("p.wrong", { role: "alert" });
  control.addEventListener("change", () => {
    if (control.checkValidity()) tried(error, () => send(control.value));
    else error.textContent = control.validationMessage;
  });
  return {
    element: h("div", {}, labelled(words, control), error),
    show: (value) => { if (document.activeElement !== control) control.value = String(value); },
  };
}

/** @param {string} words @param {(yes: boolean) => Promise<any>} send @returns {Knob} */
function ticked(words, send) {
  const error = h("p.wrong", { role: "alert" });
  const box = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", onchange: changed }));
  let sending = 0; // until its reply is here, news of another setting still has the old state of this one
  async function changed() {
    const yes = box.checked;
    sending += 1;
    const done = await tried(error, () => send(yes));
    sending -= 1;
    if (!done) box.checked = !yes;
  }
  return { element: h("div", {}, h("label.ticked", {}, box, " ", words), error), show: (value) => { if (!sending) box.checked = value; } };
}

/** Whether it went through; otherwise the sentence stands beside the control. @param {HTMLElement} error @param {() => Promise<any>} act */
async function tried(error, act) {
  error.textContent = "";
  try {
    await act();
    return true;
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    error.textContent = refused.message;
    return false;
  }
}
