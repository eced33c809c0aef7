/** How the stand-ins are set: fal's speed, the server's tier and limit, what the bot may do in the channel. */

import { Refused, post } from "../api.js";
import { h, toast } from "../dom.js";
import { labelled } from "./faults.js";

const MIB = 2 ** 20;
const TIERS = ["no boosts (20 MiB)", "tier 1 (20 MiB)", "tier 2 (50 MiB)", "tier 3 (100 MiB)"]; // the limit of files that goes with each
const PERMISSIONS = [
  ["SEND_MESSAGES", "send messages"],
  ["ATTACH_FILES", "attach files"],
  ["EMBED_LINKS", "embed links"],
];

/** @param {import("./section.js").Section} section @param {import("../state.js").State} state */
export function showWeather(section, state) {
  const fresh = () => {
    section.body.replaceChildren(h("div", {}, fal(), server()), permissions(), everything());
    renew();
  };

  function fal() {
    return h("fieldset", { data: { of: "fal" } }, h("legend", {}, "fal"),
      h("p.why.small", { hidden: true }, "This is the real fal: nothing can be set there."),
      knob("Seconds in the queue", number("2", "any"), (value) => post("fal/set", { queue_seconds: Number(value) })),
      knob("Seconds of rendering", number("6", "any"), (value) => post("fal/set", { run_seconds: Number(value) })),
      knob("Films at once", number("2", "1"), (value) => post("fal/set", { concurrency: Number(value) })),
      ticked("Progress in fal's logs", true, (yes) => post("fal/set", { logs: yes })));
  }

  function server() {
    const tier = /** @type {HTMLSelectElement} */ (h("select", { data: { is: "tier" } }, TIERS.map((words, number) => h("option", { value: String(number) }, words))));
    const limit = number("", "any");
    limit.placeholder = "as the tier says";
    return h("fieldset", {}, h("legend", {}, "The server"),
      knob("Boost tier", tier, (value) => post("discord/set", { boost_tier: Number(value) })),
      knob("Largest file in MiB", limit, (value) => post("discord/set", { upload_limit: value ? Math.round(Number(value) * MIB) : null })));
  }

  function permissions() {
    const error = h("p.wrong", { role: "alert" });
    const rows = PERMISSIONS.map(([permission, words]) => {
      const choice = (/** @type {boolean} */ yes) => h("button.small", {
        type: "button", "aria-label": `${yes ? "Let the bot" : "Forbid the bot to"} ${words} in this channel`,
        onclick: async () => {
          const key = yes ? "add_permission" : "remove_permission";
          const channel = state.here.name;
          if (await tried(error, () => post("discord/set", { [key]: permission, channel }))) {
            toast(`In #${channel} the bot ${yes ? "may" : "may no longer"} ${words}.`);
          }
        },
      }, yes ? "Allow" : "Forbid");
      return h("div.line.permission", {}, h("span", {}, words), choice(true), choice(false));
    });
    return h("fieldset", { data: { of: "channel" } }, h("legend", {}, "What the bot may do in ", h("span", { data: { is: "channel" } })), rows, error);
  }

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
      toast("Both stand-ins are as new.");
    }
    return h("div.everything", {}, ask, sure, error);
  }

  const renew = () => {
    const here = section.body.querySelector('[data-is="channel"]');
    if (here) here.textContent = state.channel === "dm" ? "a channel (here nobody can forbid it anything)" : `#${state.channel}`;
    for (const button of section.body.querySelectorAll(".permission button")) /** @type {HTMLButtonElement} */ (button).disabled = state.channel === "dm";
    const tier = /** @type {HTMLSelectElement | null} */ (section.body.querySelector('[data-is="tier"]'));
    if (tier && document.activeElement !== tier) tier.value = String(state.guild.premium_tier ?? 0);
    const ofFal = /** @type {HTMLFieldSetElement | null} */ (section.body.querySelector('[data-of="fal"]'));
    if (ofFal) {
      ofFal.disabled = state.process.fal === "live";
      const why = ofFal.querySelector("p.why");
      if (why instanceof HTMLElement) why.hidden = !ofFal.disabled;
    }
  };
  fresh();
  state.addEventListener("reset", fresh);
  for (const name of ["place", "world", "process"]) state.addEventListener(name, renew);
}

/** @param {string} value @param {string} step */
function number(value, step) {
  return /** @type {HTMLInputElement} */ (h("input", { type: "number", min: "0", step, value }));
}

/** A setting that is sent when it is left. @param {string} words @param {HTMLInputElement | HTMLSelectElement} control @param {(value: string) => Promise<any>} send */
function knob(words, control, send) {
  const error = h("p.wrong", { role: "alert" });
  control.addEventListener("change", () => {
    if (control.checkValidity()) tried(error, () => send(control.value));
    else error.textContent = control.validationMessage;
  });
  return h("div", {}, labelled(words, control), error);
}

/** @param {string} words @param {boolean} checked @param {(yes: boolean) => Promise<any>} send */
function ticked(words, checked, send) {
  const error = h("p.wrong", { role: "alert" });
  const box = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", checked, onchange: () => tried(error, () => send(box.checked)) }));
  return h("div", {}, h("label.ticked", {}, box, " ", words), error);
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
