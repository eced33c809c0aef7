/** The conversation in the middle: its messages, where one looks, what one can do with them. */

import { showBeginning, showTopic } from "./beginning.js";
import { byId, h, say, toast } from "../dom.js";
import { byKeyboard, byPointer } from "./gestures.js";
import { ShownMessage, isLoading } from "./message.js";
import { gist, messageItems, openMenu } from "./menu.js";
import { chooseEmoji } from "./reactions.js";
import { Scrolling } from "./scrolling.js";

const TYPING = 10_000; // ms for which Discord shows that somebody types
const PAGES = 5; // pages of earlier messages that are looked through for an answered message

/**
 * @param {import("../state.js").State} state
 * @param {import("../doors.js").Doors} doors
 * @param {{replyTo: (message: any) => void, attach: (files: File[]) => void, begin: (name: string) => void}} composer
 */
export function showConversation(state, doors, composer) {
  const page = { state, doors, composer };
  const scroll = byId("scroll");
  const list = byId("messages");
  const top = h("div.beginning");
  list.before(top);
  const scrolling = new Scrolling(scroll, list);
  /** @type {Map<string, ShownMessage>} */
  let shown = new Map();
  /** What waits for the next frame. @type {Set<string>} */
  const changed = new Set();
  const fresh = new Set();
  const deleted = new Set();
  let due = 0;

  // ---- keeping what is shown true ----

  /** @param {any} message @param {any} before */
  function around(message, before) {
    const answered = message.message_reference?.message_id;
    const gone = deleted.has(answered) || (answered && !state.more && !state.messages.has(answered) && !message.referenced_message);
    return { before, original: gone ? "gone" : state.messages.get(answered) };
  }

  /** @param {string} id @param {any} before */
  function made(id, before) {
    const message = state.messages.get(id);
    const one = new ShownMessage(message, around(message, before), page);
    shown.set(id, one);
    return one.element;
  }

  /** @param {string} id */
  function renew(id) {
    const message = state.messages.get(id);
    const one = shown.get(id);
    const before = one?.element.previousElementSibling;
    if (message) one?.update(message, around(message, before instanceof HTMLElement ? state.messages.get(before.dataset.id ?? "") : undefined));
  }

  /** Messages that answer one: they show it in a few words. @param {string} id */
  function answers(id) {
    return [...state.messages.values()].filter((one) => one.message_reference?.message_id === id && shown.has(one.id));
  }

  function everything() {
    changed.clear();
    fresh.clear();
    shown = new Map();
    /** @type {any} */
    let before;
    list.replaceChildren(...[...state.messages.values()].map((message) => {
      const element = made(message.id, before);
      before = message;
      return element;
    }));
    start();
    typing(null);
    scrolling.toEnd();
    watchTop();
  }

  function older() {
    /** @type {HTMLElement[]} */
    const earlier = [];
    /** @type {any} */
    let before;
    for (const message of state.messages.values()) {
      if (shown.has(message.id)) break;
      earlier.push(made(message.id, before));
      before = message;
    }
    scrolling.steady(() => {
      const next = /** @type {HTMLElement | null} */ (list.firstElementChild);
      list.prepend(...earlier);
      start();
      if (next) renew(next.dataset.id ?? "");
    });
    watchTop();
  }

  function flush() {
    due = 0;
    /** @type {any[]} */
    const told = [];
    for (const id of changed) {
      const message = state.messages.get(id);
      if (!message) continue;
      if (shown.has(id)) {
        renew(id);
        answers(id).forEach((one) => renew(one.id));
      } else {
        const last = /** @type {HTMLElement | null} */ (list.lastElementChild);
        list.append(made(id, last && state.messages.get(last.dataset.id ?? "")));
        if (message.author.username === state.person) scrolling.toEnd();
        else scrolling.news();
        fresh.add(id);
      }
      if (fresh.has(id) && message.author.username !== state.person) told.push(message);
      if (!isLoading(message)) fresh.delete(id); // what the bot thinks about is told again when it is there
    }
    changed.clear();
    if (scrolling.pinned) scrolling.toEnd();
    if (state.messages.size < 2) start();
    announce(told);
  }

  /** @param {any[]} told */
  function announce(told) {
    const last = told[told.length - 1];
    if (!last) return;
    const words = isLoading(last) ? `${last.author.username} is thinking` : `${last.author.username}: ${gist(last, state)}`;
    say(told.length > 1 ? `${told.length} new messages. ${words}` : words);
    if (last.author.bot) typing(null);
  }

  /** @param {string} id */
  function gone(id) {
    deleted.add(id);
    const one = shown.get(id);
    shown.delete(id);
    const next = /** @type {HTMLElement | null} */ (one?.element.nextElementSibling ?? null);
    const focused = one?.element.contains(document.activeElement);
    one?.element.remove();
    if (next) renew(next.dataset.id ?? "");
    if (focused) /** @type {HTMLElement} */ (next?.querySelector("article") ?? scroll).focus({ preventScroll: true });
    answers(id).forEach((other) => renew(other.id));
    start();
  }

  function start() {
    showTopic(state);
    showBeginning(top, state, composer);
  }

  /** @type {ReturnType<typeof setTimeout>} */
  let stops;
  /** @param {any} who */
  function typing(who) {
    clearTimeout(stops);
    const here = who && who.channel_id === state.here.id;
    byId("typing").replaceChildren(...(here ? [h("span.dots", { "aria-hidden": "true" }, h("i"), h("i"), h("i")), ` ${who.person} is typing…`] : []));
    if (here) stops = setTimeout(() => typing(null), TYPING);
  }

  // ---- earlier messages ----

  const sight = new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && load(), { root: scroll, rootMargin: "800px 0px 0px 0px" });

  /** Looks anew whether the top can be seen: it may still be after a page came. */
  function watchTop() {
    sight.unobserve(top);
    if (state.more) sight.observe(top);
  }

  async function load() {
    if (!state.more) return;
    try {
      await state.older();
    } catch (error) {
      top.replaceChildren(h("button", { type: "button", onclick: load }, "Load earlier messages"));
      toast(error instanceof Error ? error.message : String(error), { error: true });
    }
  }

  /** Go to a message, loading earlier ones until it is there. @param {string} id */
  async function jump(id) {
    for (let turn = 0; turn < PAGES && !state.messages.has(id) && state.more; turn += 1) await load();
    const found = shown.get(id);
    if (!found) {
      toast(deleted.has(id) || !state.more ? "That message was deleted." : "That message is too far back.");
      return;
    }
    scrolling.pinned = false;
    found.element.scrollIntoView({ block: "center" });
    found.article.focus({ preventScroll: true });
    found.article.classList.remove("found");
    requestAnimationFrame(() => found.article.classList.add("found"));
  }

  // ---- acting ----

  /** @param {EventTarget | null} target @returns {{message: any, article: HTMLElement} | null} */
  function at(target) {
    const item = target instanceof Element ? target.closest("#messages > li") : null;
    const one = item instanceof HTMLElement ? shown.get(item.dataset.id ?? "") : null;
    const message = item instanceof HTMLElement && state.messages.get(item.dataset.id ?? "");
    return one && message ? { message, article: one.article } : null;
  }

  /** @param {any} message @param {HTMLElement} article @param {any} where */
  function react(message, article, where) {
    chooseEmoji(where, article, (emoji) => doors.react(message, emoji, false));
  }

  /** @param {any} message @param {HTMLElement} article @param {any} where */
  function menu(message, article, where) {
    openMenu("Message", messageItems(message, article, page, () => react(message, article, where)), where, article);
  }

  /** What `data-do` of a button means. @type {Record<string, (message: any, article: HTMLElement, button: HTMLElement) => any>} */
  const ACTS = {
    menu,
    react,
    reply: (message) => composer.replyTo(message),
    dismiss: (message) => state.dismiss(message.id),
    jump: (_, __, button) => jump(button.dataset.to ?? ""),
    toggle: (message, _, button) => doors.react(message, button.dataset.emoji ?? "", button.getAttribute("aria-pressed") === "true"),
  };

  list.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    const found = at(button);
    if (found && button instanceof HTMLElement) ACTS[button.dataset.do ?? ""]?.(found.message, found.article, button);
  });

  byPointer(list, { at, menu });
  byKeyboard(scroll, list, scrolling, { at, menu, reply: composer.replyTo });

  // ---- what happens ----

  state.addEventListener("place", everything);
  state.addEventListener("older", older);
  state.addEventListener("world", start);
  state.addEventListener("gone", (event) => gone(/** @type {CustomEvent} */ (event).detail));
  state.addEventListener("typing", (event) => typing(/** @type {CustomEvent} */ (event).detail));
  state.addEventListener("message", (event) => {
    changed.add(/** @type {CustomEvent} */ (event).detail);
    due ||= requestAnimationFrame(flush);
  });
}
