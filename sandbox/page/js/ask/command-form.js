/** The form of one command: its options as fields, sent to the bot as Discord's client would. */

import { Refused } from "../api.js";
import { freshId, h, say, toast } from "../dom.js";
import { allRight } from "./field-frame.js";
import { isToldEarly, optionField, takesFile } from "./option.js";

/**
 * @param {import("./commands.js").Command} command
 * @param {Record<string, any>} given options that are filled in at the start
 * @param {object} about
 * @param {import("../state.js").State} about.state
 * @param {import("../doors.js").Doors} about.doors
 * @param {() => void} about.leave the person has enough; nothing was sent
 * @param {() => void} about.sent the bot has answered
 */
export function commandForm(command, given, { state, doors, leave, sent }) {
  /** The fields that are shown, by the option's name. @type {Map<string, import("./field-frame.js").Field>} */
  const fields = new Map();
  const optional = command.options.filter((one) => !one.required);
  const title = h("h3", { id: freshId("command") }, `/${command.name}`);
  const body = h("div.options", {});
  const chips = h("div.chips", { role: "group", "aria-label": "Options that may be added" });
  const send = /** @type {HTMLButtonElement} */ (h("button.main", { type: "submit" }, "Send"));
  const wrong = h("p.problem", { role: "alert" });
  const element = /** @type {HTMLFormElement} */ (h("form.command-form", { noValidate: true, "aria-labelledby": title.id, onsubmit: submit, onkeydown: pressed },
    h("header", {}, title, h("p", {}, command.description),
      h("button.quiet.icon", { type: "button", "aria-label": `Close /${command.name}`, onclick: leave }, "✕")),
    h("div.scroll", {}, body, chips),
    h("footer", {}, wrong, h("span.soft.small.wide", {}, "Ctrl + Enter sends"), send)));
  let under = false; // a send is under way

  for (const option of command.options) if (option.required || option.name in given) add(option);
  offer();

  /** Show the field of an option, in the order of the command. @param {any} option */
  function add(option) {
    const one = optionField(option, given[option.name], state, (typed) => doors.suggestions(command.name, { ...early(), [option.name]: typed }, option.name));
    fields.set(option.name, one);
    if (!option.required) {
      one.element.querySelector(".name")?.append(h("button.quiet.icon.less", { type: "button", "aria-label": `Leave out ${option.name}`, title: "Leave it out", onclick: () => remove(option) }, "✕"));
    }
    const after = command.options.slice(command.options.indexOf(option) + 1).find((each) => fields.has(each.name));
    body.insertBefore(one.element, after ? (fields.get(after.name)?.element ?? null) : null);
    return one;
  }

  /** @param {any} option */
  function remove(option) {
    fields.get(option.name)?.element.remove();
    fields.delete(option.name);
    delete given[option.name];
    offer();
    /** @type {HTMLElement | null} */ (chips.querySelector(`[data-option="${CSS.escape(option.name)}"]`))?.focus();
  }

  /** What may still be added. */
  function offer() {
    const left = optional.filter((one) => !fields.has(one.name));
    chips.replaceChildren(
      ...left.map((one) => h("button.chip", { type: "button", title: one.description, data: { option: one.name }, onclick: () => { const made = add(one); offer(); reveal(made); } }, `+ ${one.name}`)),
      ...(left.length > 1 ? [h("button.chip.all", { type: "button", onclick: () => { const made = left.map(add); offer(); reveal(made[0]); } }, "Show all")] : []),
    );
    chips.hidden = !left.length;
  }

  /** @param {import("./field-frame.js").Field} one */
  function reveal(one) {
    one.element.scrollIntoView({ block: "nearest" });
    one.focus();
  }

  /** What is filled in, by the option's name. */
  function options() {
    const filled = [...fields].map(([name, one]) => [name, one.value()]).filter(([, value]) => value !== undefined && value !== "");
    return Object.fromEntries(filled);
  }

  /** What the bot hears of while something is typed: no files, and nothing that is not right yet. */
  function early() {
    const names = command.options.filter((one) => isToldEarly(one) && !fields.get(one.name)?.problem()).map((one) => one.name);
    return Object.fromEntries(Object.entries(options()).filter(([name]) => names.includes(name)));
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (under) return;
    wrong.textContent = "";
    if (!allRight(command.options.flatMap((one) => fields.get(one.name) ?? []))) return;
    waits(true);
    try {
      await doors.command(command.name, options());
      sent();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      wrong.textContent = error.message;
      if (!element.isConnected) toast(error.message, { error: true }); // the form was left meanwhile
    } finally {
      waits(false);
    }
  }

  /** @param {boolean} on */
  function waits(on) {
    under = on;
    send.setAttribute("aria-disabled", String(on)); // not disabled: it would lose the focus
    send.textContent = on ? "Waiting for the bot…" : "Send";
    element.setAttribute("aria-busy", String(on));
    if (on) say(`/${command.name} is sent.`);
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.defaultPrevented || event.isComposing) return;
    const { target } = event;
    const oneLine = target instanceof HTMLTextAreaElement && target.dataset.lines === "one";
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || (oneLine && !event.shiftKey))) {
      event.preventDefault();
      element.requestSubmit();
    } else if (event.key === "Escape" && !element.querySelector(":popover-open")) {
      event.preventDefault();
      leave();
    }
  }

  /**
   * Put files into the options that take one and have none, opening optional ones where it needs more.
   *
   * @param {File[]} files
   * @returns {File[]} those that found no place
   */
  function take(files) {
    let left = files;
    for (const option of command.options.filter(takesFile)) {
      if (!left.length) break;
      const one = fields.get(option.name) ?? add(option);
      if (one.empty?.()) left = one.take?.(left) ?? left;
    }
    offer();
    return left;
  }

  return {
    element,
    command,
    options,
    take,
    focus() {
      const shown = command.options.flatMap((one) => fields.get(one.name) ?? []);
      (shown.find((one) => (one.empty ? one.empty() : [undefined, ""].includes(one.value()))) ?? shown[0])?.focus();
      if (!shown.length) send.focus();
    },
  };
}
