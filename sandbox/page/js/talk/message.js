/**
 * One message, in sections. Only a section whose data changed is made anew, so that a film plays on and a list stays
 * open while a reaction or an edit comes.
 */

import { renderComponents } from "./components.js";
import { h } from "../dom.js";
import { asMedia, showEmbed, usedByEmbeds } from "./embed.js";
import { clockTime, fullTime } from "../format.js";
import { markdown } from "./markdown.js";
import { mediaGallery } from "./media.js";
import { gist, isEphemeral } from "./menu.js";
import { face } from "../people.js";
import { keepFilms, keepFocus } from "./renewal.js";
import { showReactions } from "./reactions.js";

const TOGETHER = 7 * 60_000; // ms within which messages of one author stand together
const SUPPRESS_EMBEDS = 4;
const LOADING = 128;
const COMPONENTS_V2 = 1 << 15;
const DAY = 86_400_000; // ms

/**
 * What a message is shown with: the one before it, and the one it answers as it stands now.
 *
 * @typedef {{before: any, original: any}} Around `original`: a message, "gone", or undefined where it is not known
 */

export class ShownMessage {
  #page;
  /** @type {Record<string, {signature: string, node: HTMLElement | null}>} */
  #sections = {};
  #bar;

  /**
   * @param {any} message @param {Around} around
   * @param {{state: import("../state.js").State, doors: import("../doors.js").Doors}} page
   */
  constructor(message, around, page) {
    this.#page = page;
    this.#bar = bar();
    this.article = h("article", { tabIndex: -1, "aria-labelledby": `head-${message.id}`, "aria-describedby": `said-${message.id}` }, this.#bar);
    /** The item of the list. */
    this.element = h("li", { data: { id: message.id } }, this.article);
    this.update(message, around);
  }

  /** Show what changed. @param {any} message @param {Around} around */
  update(message, around) {
    const grouped = standsWith(message, around.before);
    const kind = this.article.classList;
    kind.toggle("grouped", grouped);
    kind.toggle("ephemeral", isEphemeral(message));
    kind.toggle("for-me", namesMe(message, this.#page.state));
    /** @type {ChildNode | null} */
    let next = this.#bar;
    for (const [name, data, make] of SECTIONS) {
      const signature = JSON.stringify(data(message, { ...around, grouped })) ?? "";
      const known = this.#sections[name];
      if (known?.signature !== signature) {
        const node = make(message, { ...around, grouped }, this.#page);
        this.#put(known?.node ?? null, node, next);
        this.#sections[name] = { signature, node };
      }
      next = this.#sections[name].node ?? next;
    }
    const day = around.before && dayOf(around.before) === dayOf(message) ? "" : dayOf(message);
    if (this.#sections.day?.signature !== day) {
      this.#sections.day?.node?.remove();
      const node = day ? separator(message) : null;
      if (node) this.element.prepend(node);
      this.#sections.day = { signature: day, node };
    }
  }

  /** @param {HTMLElement | null} old @param {HTMLElement | null} made @param {ChildNode} next */
  #put(old, made, next) {
    if (!old) {
      if (made) this.article.insertBefore(made, next);
      return;
    }
    const focus = keepFocus(old, this.article);
    if (made) {
      old.before(made);
      keepFilms(old, made);
    }
    old.remove();
    focus(made);
  }
}

/** The sections from the last to the first: what each depends on, and how it is made. @type {[string, (message: any, around: any) => any, (message: any, around: any, page: any) => HTMLElement | null][]} */
const SECTIONS = [
  ["foot", isEphemeral, (message) => (isEphemeral(message) ? onlyYou() : null)],
  ["reactions", (message) => message.reactions, (message) => showReactions(message.reactions ?? [])],
  ["components", (message) => message.components, (message, _, { state, doors }) => {
    const made = message.components.length ? renderComponents(message, state, doors) : [];
    return made.length ? h("div.components", {}, made) : null;
  }],
  ["attachments", filesOf, (message) => {
    const files = filesOf(message);
    if (!files.length) return null;
    const seen = files.filter(isSeen);
    return h("div.attachments", {}, seen.length > 0 && mediaGallery(seen.map(asMedia)), files.filter((/** @type {any} */ one) => !isSeen(one)).map((/** @type {any} */ one) => mediaGallery([asMedia(one)])));
  }],
  ["embeds", (message) => [embedsOf(message), [...usedByEmbeds(message)]], (message, _, { state }) => {
    const embeds = embedsOf(message);
    return embeds.length ? h("div.embeds", {}, embeds.map((/** @type {any} */ one) => showEmbed(one, message, state))) : null;
  }],
  ["edited", (message, { grouped }) => grouped && editedAt(message), (message, { grouped }) => {
    return grouped && editedAt(message) ? h("p.edited", {}, edited(message)) : null;
  }],
  ["content", (message) => [message.content, isLoading(message)], (message, _, { state }) => {
    if (isLoading(message)) return thinking(message);
    const large = message.content.length < 25 && /^[\p{Extended_Pictographic}\p{Emoji_Component}\s]+$/u.test(message.content) && /\p{Extended_Pictographic}/u.test(message.content);
    return h(`div.content${large ? ".large" : ""}`, { id: `said-${message.id}`, hidden: !message.content }, markdown(message.content, state));
  }],
  ["head", (message, { grouped }) => [grouped, message.author.username, message.timestamp, !grouped && editedAt(message)], head],
  ["origin", (message, { original }) => [message.message_reference, message.interaction_metadata, original === "gone" || [original?.id, original?.content, original?.embeds]], origin],
];

/** @param {any} message @param {any} around */
function head(message, { grouped }) {
  const { username, bot } = message.author;
  const at = new Date(message.timestamp);
  return h("header.head", { id: `head-${message.id}` },
    !grouped && face({ name: username, bot }),
    h(`span.who${grouped ? ".unseen" : ""}`, {}, username),
    bot && !grouped && h("span.badge", {}, "bot"),
    " ",
    h("time", { dateTime: message.timestamp, title: fullTime(at) }, clockTime(at)),
    !grouped && editedAt(message) && h("span.edited", {}, edited(message)));
}

/** When a message was changed; null while the bot thinks about it. @param {any} message @returns {string | null} */
function editedAt(message) {
  return isLoading(message) ? null : message.edited_timestamp;
}

/** @param {any} message */
function edited(message) {
  return h("time", { dateTime: message.edited_timestamp, title: fullTime(new Date(message.edited_timestamp)) }, "(edited)");
}

/** The line above: which command was used, or what is answered. @param {any} message @param {any} around @param {any} page */
function origin(message, { original }, { state }) {
  const about = message.interaction_metadata;
  const used = about?.name ? about : about?.triggering_interaction_metadata;
  const answers = message.message_reference?.message_id;
  if (used?.name && !answers) {
    const slash = used.command_type === 1 || used.command_type === undefined;
    return h("p.origin", {}, face({ name: used.user.username }, { tiny: true }), h("span", {}, h("b", {}, used.user.username), " used ", h("span.command", {}, `${slash ? "/" : ""}${used.name}`),
      used.target_message_id && [" on ", h("button.jump", { type: "button", data: { do: "jump", to: used.target_message_id } }, "a message")]));
  }
  if (!answers) return null;
  const known = original ?? message.referenced_message;
  if (!known || known === "gone") return h("p.origin", {}, h("span", {}, "answers a message that was deleted"));
  return h("p.origin", {}, face({ name: known.author.username, bot: known.author.bot }, { tiny: true }),
    h("button.jump", { type: "button", data: { do: "jump", to: answers }, title: "Go to the message that is answered" },
      h("span.unseen", {}, "answers "), h("b", {}, known.author.username), " ", gist(known, state)));
}

function onlyYou() {
  return h("p.only-you", {}, h("span", { "aria-hidden": "true" }, "◉ "), "Only you can see this · ", h("button.jump", { type: "button", data: { do: "dismiss" } }, "Dismiss"));
}

/** @param {any} message */
function thinking(message) {
  return h("p.content.thinking", { id: `said-${message.id}` }, h("span.dots", { "aria-hidden": "true" }, h("i"), h("i"), h("i")), ` ${message.author.username} is thinking…`);
}

/** What the pointer finds at the end of a message; the keyboard has the menu (Enter). */
function bar() {
  const one = (/** @type {string} */ act, /** @type {string} */ label, /** @type {string} */ sign) =>
    h(`button.quiet.icon.${act}`, { type: "button", tabIndex: -1, "aria-label": label, title: label, data: { do: act }, "aria-haspopup": act === "reply" ? null : act === "menu" ? "menu" : "dialog" }, sign);
  return h("div.bar", {}, one("react", "Add a reaction", "☺"), one("reply", "Reply", "↩"), one("menu", "More", "⋯"));
}

/** @param {any} message */
function separator(message) {
  const at = new Date(message.timestamp);
  return h("p.day", {}, h("time", { dateTime: message.timestamp.slice(0, 10) }, dayName(at)));
}

/** @param {Date} at */
function dayName(at) {
  const full = at.toLocaleDateString([], { dateStyle: "full" });
  if (at.toDateString() === new Date().toDateString()) return `Today, ${full}`;
  return at.toDateString() === new Date(Date.now() - DAY).toDateString() ? `Yesterday, ${full}` : full;
}

/** @param {any} message */
function dayOf(message) {
  return new Date(message.timestamp).toDateString();
}

/** @param {any} message @param {any} before */
function standsWith(message, before) {
  if (!before || message.message_reference || message.interaction_metadata?.name || isEphemeral(message) !== isEphemeral(before)) return false;
  const apart = Date.parse(message.timestamp) - Date.parse(before.timestamp);
  return before.author.id === message.author.id && apart < TOGETHER && dayOf(before) === dayOf(message);
}

/** @param {any} message @param {import("../state.js").State} state */
function namesMe(message, state) {
  const me = state.world.people.find((/** @type {any} */ one) => one.name === state.person);
  const roles = (state.world.roles ?? []).filter((/** @type {any} */ one) => message.mention_roles.includes(one.id));
  return message.mention_everyone || message.mentions.some((/** @type {any} */ one) => one.id === me?.id) || roles.some((/** @type {any} */ one) => me?.roles.includes(one.name));
}

/** @param {any} message */
export function isLoading(message) {
  return Boolean(message.flags & LOADING);
}

/** @param {any} message */
function embedsOf(message) {
  return message.flags & SUPPRESS_EMBEDS ? [] : message.embeds;
}

/** The files that stand below a message, and not in an embed or a component. @param {any} message */
function filesOf(message) {
  if (message.flags & COMPONENTS_V2) return [];
  const used = usedByEmbeds(message);
  return message.attachments.filter((/** @type {any} */ one) => !used.has(one.id));
}

/** @param {any} file */
function isSeen(file) {
  return /^(?:image|video)\//.test(file.content_type ?? "");
}
