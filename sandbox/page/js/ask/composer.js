/** Where a person writes: messages, replies, files, and the commands of the bot. */

import { lastCommand } from "./again.js";
import { Refused } from "../api.js";
import { asLine, fitting, named, note, usable } from "./commands.js";
import { commandForm } from "./command-form.js";
import { h, say, toast } from "../dom.js";
import { Drafts } from "./drafts.js";
import { takeDrops } from "./dropping.js";
import { grow } from "./field-text.js";
import { fileCard } from "./filecard.js";
import { listboxFor } from "./listbox.js";
import { replyBar } from "./reply-bar.js";
import { samplesButton } from "./samples.js";

const LONGEST = 2000; // characters of a message
const NEAR = 1800;
const MOST_FILES = 10;

/**
 * @param {HTMLElement} element
 * @param {import("../state.js").State} state
 * @param {import("../doors.js").Doors} doors
 */
export function showComposer(element, state, doors) {
  const drafts = new Drafts();
  let draft = drafts.at(state);

  const text = /** @type {HTMLTextAreaElement} */ (h("textarea", { id: "text", rows: 1, "aria-label": "Message", autocomplete: "off", oninput: typed, onkeydown: pressed }));
  const picked = /** @type {HTMLInputElement} */ (h("input", { type: "file", multiple: true, hidden: true, tabIndex: -1, onchange: () => { attach([...(picked.files ?? [])]); picked.value = ""; } }));
  const samples = samplesButton((file) => attach([file]));
  const send = /** @type {HTMLButtonElement} */ (h("button.main", { type: "button", onclick: sendMessage }, "Send"));
  const count = h("span.count");
  const wrong = h("p.problem", { role: "alert" });
  const reply = replyBar(() => { replyTo(null); text.focus(); });
  const again = lastCommand(recall);
  const tray = h("ul.files.tray", { hidden: true, "aria-label": "Files that will be sent" });
  const box = h("div.box", {},
    h("button.quiet.icon", { type: "button", "aria-label": "Attach files", title: "Attach files", onclick: () => picked.click() }, "📎"),
    samples.button, text, send, picked, samples.tray);
  const list = listboxFor(text, { label: "Commands of the bot", first: true, anchor: box, chosen: (command) => open(command, {}) });
  const writing = h("div.writing", {}, again.element, reply.element, tray, box, h("div.below", {}, wrong, count));
  const place = h("div");
  element.classList.add("composer");
  element.replaceChildren(writing, place);

  takeDrops(attach);
  document.querySelector("a.skip")?.addEventListener("click", (event) => { event.preventDefault(); (draft.form ?? text).focus(); });
  state.addEventListener("place", arrive);
  state.addEventListener("world", renewed);
  state.addEventListener("bot", () => { if (list.open) typed(); });
  show();

  // ---- what is seen ----

  /** Show the draft of the place one looks at. */
  function show() {
    text.value = draft.text;
    wrong.textContent = draft.wrong;
    list.hide();
    showForm();
    reply.show(draft.reply);
    showFiles();
    typed();
  }

  function showForm() {
    writing.hidden = draft.form !== null;
    if (place.firstChild !== (draft.form?.element ?? null)) place.replaceChildren(...(draft.form ? [draft.form.element] : []));
  }

  function showFiles() {
    tray.hidden = !draft.files.length;
    tray.replaceChildren(...draft.files.map((file) => fileCard(file, () => {
      draft.files = draft.files.filter((other) => other !== file);
      showFiles();
      text.focus();
    })));
    offerAgain();
  }

  function offerAgain() {
    again.offer(text.value === "" && !draft.files.length);
  }

  /** Nobody can write into a channel that was deleted. */
  function admit() {
    const { channels } = state.guild;
    const gone = channels.length > 0 && state.channel !== "dm" && !channels.some((/** @type {any} */ one) => one.name === state.channel);
    text.placeholder = gone ? `#${state.channel} is gone. Choose another channel.` : "Write here, or type /";
    text.disabled = gone;
    text.readOnly = draft.under; // not disabled: it would lose the focus
    send.disabled = gone || draft.under;
  }

  function typed() {
    draft.text = text.value;
    admit();
    grow(text);
    const length = text.value.length;
    count.textContent = length > NEAR ? `${length} / ${LONGEST}` : "";
    count.classList.toggle("over", length > LONGEST);
    offerAgain();
    if (!text.value.startsWith("/") || text.value.includes("\n")) return list.hide();
    const commands = usable(state);
    const command = named(commands, text.value);
    // "/admin " is the beginning of "/admin limits" as long as there is no command of just that name
    if (command) return open(command, {});
    if (document.activeElement !== text) return;
    const begun = text.value.slice(1);
    const found = fitting(commands, begun);
    list.show(found.map((one) => ({ shown: asLine(one), meant: one })), note(state, begun, found.length));
  }

  // ---- commands ----

  /** @param {import("./commands.js").Command} command @param {Record<string, any>} given */
  function open(command, given) {
    const form = commandForm(command, given, { state, doors, leave: close, sent });
    if (draft.text.startsWith("/")) draft.text = text.value = "";
    list.hide();
    draft.form = form;
    if (draft.files.length) draft.files = form.take(draft.files);
    const mine = draft;
    showForm();
    showFiles();
    form.focus();

    function sent() {
      say(`/${command.name}: the bot has answered.`);
      close();
    }

    function close() {
      again.keep(command.name, form.options());
      if (mine.form !== form) return; // it was left before the bot answered
      mine.form = null;
      if (mine !== draft) return; // the person has gone elsewhere meanwhile
      showForm();
      typed();
      if (!document.querySelector("dialog[open]")) text.focus();
    }
  }

  /** @param {string} name of a command, whose form opens @param {Record<string, any>} [given] */
  function begin(name, given = {}) {
    const command = usable(state).find((one) => one.name === name);
    if (command) open(command, given);
    else toast(`There is no /${name} for you here just now.`, { error: true });
  }

  /** Open a command with what was filled in before, as far as it still has these options. @param {string} name @param {Record<string, any>} options */
  function recall(name, options) {
    const known = usable(state).find((one) => one.name === name)?.options.map((one) => one.name) ?? [];
    begin(name, Object.fromEntries(Object.entries(options).filter(([option]) => known.includes(option))));
  }

  /** The commands were synced anew, or others may be used here: a form stays as long as its command is the same. */
  function renewed() {
    if (draft.form) {
      const { command, options } = draft.form;
      const now = usable(state).find((one) => one.name === command.name);
      if (JSON.stringify(now) !== JSON.stringify(command)) {
        again.keep(command.name, options());
        toast(`/${command.name} has changed or gone; its form was closed and nothing was sent.`, { error: true });
        draft.form = null;
        show();
      }
    }
    admit();
    if (list.open) typed();
  }

  function arrive() {
    draft.text = text.value;
    draft = drafts.at(state);
    show();
    renewed();
  }

  // ---- messages ----

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (list.pressed(event) || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      sendMessage();
    } else if (event.key === "Escape" && draft.reply) {
      event.preventDefault();
      replyTo(null);
    } else if (event.key === "ArrowUp" && text.value === "" && again.recall()) {
      event.preventDefault();
    }
  }

  async function sendMessage() {
    const mine = draft;
    const { files, reply: answered } = mine;
    const content = text.value.trim();
    if (mine.under || (!content && !files.length)) return;
    if (drafts.at(state) !== mine) return; // on the way to another place, where this was not written
    if (list.open && content.startsWith("/")) return; // a "/" with which no command begins; Escape makes plain text of it
    if (content.length > LONGEST) return stands(mine, { wrong: `This has ${content.length} characters; a message has at most ${LONGEST}.` });
    stands(mine, { under: true, wrong: "" });
    try {
      await doors.say(content, files, answered?.id ?? null);
      mine.text = "";
      mine.files = mine.files.filter((one) => !files.includes(one)); // what came meanwhile is for the next message
      if (mine.reply === answered) mine.reply = null;
      if (mine === draft) show();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      mine.wrong = error.message;
    } finally {
      stands(mine, { under: false });
    }
  }

  /** How it stands with the sending of a draft. @param {import("./drafts.js").Draft} mine @param {{under?: boolean, wrong?: string}} now */
  function stands(mine, now) {
    Object.assign(mine, now);
    if (mine !== draft) return;
    wrong.textContent = mine.wrong;
    admit();
    if (!mine.under && document.activeElement === document.body) text.focus();
  }

  /** @param {File[]} files */
  function attach(files) {
    if (draft.form) {
      if (draft.form.take(files).length) toast(`/${draft.form.command.name} takes no more files.`, { error: true });
      return;
    }
    if (draft.files.length + files.length > MOST_FILES) toast(`A message has at most ${MOST_FILES} files.`, { error: true });
    draft.files = [...draft.files, ...files].slice(0, MOST_FILES);
    showFiles();
    if (files.length) say(`${files.map((one) => one.name).join(", ")} attached.`);
    text.focus();
  }

  /** @param {any} message the message that is answered; null for none */
  function replyTo(message) {
    if (message && draft.form) toast("A command cannot be a reply; close it first.");
    draft.reply = message;
    reply.show(draft.reply);
    if (message && !draft.form) text.focus();
  }

  return { replyTo, attach, begin };
}
