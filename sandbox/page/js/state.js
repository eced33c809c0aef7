/**
 * What the page knows: who one is, where one looks, what is there. Kept true by the event stream.
 *
 * It tells of changes by events: `place` (person or channel changed, or everything was loaded anew), `world`, `message`
 * and `gone` (detail: the id), `older` (earlier messages were loaded), `typing`, `bot`, `process`, `log` (detail: the line), `request`
 * (detail: the request), `call` (detail: the call), `connection`, `unread`, `trouble`
 * (detail: a sentence, where something could not be loaded), `reset` (both stand-ins are as new; `place` follows).
 */

import { Refused, events, get } from "./api.js";

const PAGE = 60; // messages loaded at once
const CALLS = 400; // calls kept for looking at
const LINES = 500;

export class State extends EventTarget {
  /** @type {any} */
  world = { guilds: [{ name: "", channels: [] }], people: [], bot: { name: "", online: false }, commands: [] };
  person = "ada";
  channel = "films";
  /** The messages of the channel by id, oldest first. @type {Map<string, any>} */
  messages = new Map();
  /** Whether there are earlier messages than those loaded. */
  more = false;
  /** fal's requests by id, oldest first. @type {Map<string, any>} */
  requests = new Map();
  /** The bot's calls, oldest first. @type {any[]} */
  calls = [];
  /** The bot's process, as GET /_sim/bot tells it. @type {any} */
  process = { owned: false };
  /** @type {string[]} */
  log = [];
  connected = false;
  /** Channels by id, and "dm", with messages that were not looked at. @type {Set<string>} */
  unread = new Set();

  #leave = () => {};
  /** Events wait here while a snapshot is being loaded. @type {[string, any][] | null} */
  #waiting = null;
  #loading = 0;

  /** Begin; resolves when everything is there once. */
  async begin() {
    await this.#watch();
  }

  /** Whether that went well; `trouble` tells what did not. @param {string} person */
  async be(person) {
    this.person = person;
    this.#direct = null;
    this.unread.clear();
    return this.#watch();
  }

  /** Whether that went well; otherwise one stays where one was. @param {string} channel its name, or "dm" */
  async go(channel) {
    const before = this.channel;
    this.channel = channel;
    const loaded = this.#load();
    const turn = this.#loading;
    const there = await loaded;
    if (!there && turn === this.#loading) this.channel = before; // not where something newer was asked for meanwhile
    return there;
  }

  get guild() {
    return this.world.guilds[0];
  }

  /** The channel or thread one looks at: {id, name, nsfw}. The id is null where there is none (any more). */
  get here() {
    const found = this.guild.channels.find((/** @type {any} */ one) => one.name === this.channel);
    return found ?? { id: this.channel === "dm" ? this.#direct : null, name: this.channel, nsfw: false };
  }

  /** @type {string | null} the id of the person's own channel with the bot, once something was said there */
  #direct = null;

  /** A person or the bot by id: {id, name}. @param {string} id */
  named(id) {
    const { people, bot } = this.world;
    return [...people, bot].find((one) => one.id === id);
  }

  /** Load the messages before the oldest one that is there; once, however often it is asked for. Throws Refused. */
  older() {
    this.#older ??= this.#page().finally(() => { this.#older = null; });
    return this.#older;
  }

  /** @type {Promise<void> | null} */
  #older = null;

  async #page() {
    const [oldest] = this.messages.keys();
    if (!this.more || !oldest) return;
    const { channel, person } = this;
    const turn = this.#loading;
    const found = await get("discord/messages", { channel, person, limit: PAGE, before: oldest });
    if (turn !== this.#loading) return;
    this.messages = new Map([...found.map((/** @type {any} */ one) => [one.id, one]), ...this.messages]);
    this.more = found.length === PAGE;
    this.#tell("older");
  }

  /** Hide an ephemeral message, as Discord's client does: only here. @param {string} id */
  dismiss(id) {
    if (this.messages.delete(id)) this.#tell("gone", id);
  }

  /** Begin anew as this person: nothing that was on its way to another one may arrive. @returns {Promise<boolean>} */
  #watch() {
    this.#leave();
    this.#waiting = null;
    this.#loading += 1;
    return new Promise((resolve) => {
      this.#leave = events(
        this.person,
        (name, data) => this.#happened(name, data),
        (open) => {
          this.connected = open;
          this.#tell("connection");
          if (open) this.#load().then(resolve);
        },
      );
    });
  }

  /** Everything as it stands; what happens meanwhile is applied afterwards. Whether it could be loaded. */
  async #load() {
    const turn = ++this.#loading;
    this.#waiting ??= [];
    const { person, channel } = this;
    try {
      const [world, found, requests, discord, fal, process, log] = await Promise.all([
        get("discord/world", { person, channel }),
        get("discord/messages", { channel, person, limit: PAGE }).catch(noneWhereGone),
        get("fal/requests"),
        get("discord/record", { limit: CALLS }),
        get("fal/record"),
        get("bot"),
        get("bot/log"),
      ]);
      if (turn !== this.#loading) return false;
      this.world = world;
      this.messages = new Map(found.map((/** @type {any} */ one) => [one.id, one]));
      this.more = found.length === PAGE;
      this.#direct = channel === "dm" ? (found[0]?.channel_id ?? null) : this.#direct;
      this.requests = new Map(requests.map((/** @type {any} */ one) => [one.request_id, one]));
      this.calls = [
        ...discord.map((/** @type {any} */ one) => ({ service: "discord", ...one })),
        ...fal.map((/** @type {any} */ one) => ({ service: "fal", ...one })),
      ].filter((one) => one.status || one.ms) // of what is still under way an event will tell
        .sort((one, other) => one.at - other.at).slice(-CALLS);
      this.process = process;
      this.log = log.lines;
      this.unread.delete(channel === "dm" ? "dm" : this.here.id);
    } catch (error) {
      if (turn === this.#loading) {
        this.#waiting = null;
        this.#trouble(error);
      }
      return false;
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    this.#tell("place");
    for (const [name, data] of waiting) this.#happened(name, data);
    return true;
  }

  /** @param {unknown} error */
  #trouble(error) {
    if (!(error instanceof Refused)) throw error;
    this.#tell("trouble", error.message);
  }

  /** @param {string} name @param {any} data */
  #happened(name, data) {
    if (this.#waiting) this.#waiting.push([name, data]);
    else HAPPENED[name]?.(this, data, (/** @type {any[]} */ ...told) => this.#tell(...told));
  }

  /** @param {string} name @param {any} [detail] */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** @param {any} message */
  put(message) {
    const direct = this.#isDirect(message);
    const here = this.channel === "dm" ? direct : message.channel_id === this.here.id;
    if (!here) {
      this.unread.add(direct ? "dm" : message.channel_id);
      return this.#tell("unread");
    }
    if (direct) this.#direct = message.channel_id;
    this.messages.set(message.id, message);
    this.#tell("message", message.id);
  }

  /** @param {any} message */
  #isDirect(message) {
    return !this.guild.channels.some((/** @type {any} */ one) => one.id === message.channel_id);
  }

  async renew() {
    const turn = this.#loading;
    try {
      const world = await get("discord/world", { person: this.person, channel: this.channel });
      if (turn !== this.#loading) return; // somebody else, or elsewhere: that brings its own
      this.world = world;
      this.#tell("world");
    } catch (error) {
      this.#trouble(error);
    }
  }

  reload() {
    return this.#load();
  }

  /** @param {any} call */
  keep(call) {
    this.calls.push(call);
    if (this.calls.length > CALLS * 1.5) this.calls = this.calls.slice(-CALLS);
  }
}

/** A place that is gone has no messages. @param {unknown} error */
function noneWhereGone(error) {
  if (error instanceof Refused && error.status === 404) return [];
  throw error;
}

/** What each event of the stream does to what is known. @type {Record<string, (state: State, data: any, tell: (name: string, detail?: any) => void) => void>} */
const HAPPENED = {
  message: (state, data) => state.put(data),
  message_update: (state, data) => {
    if (state.messages.has(data.id)) state.put(data);
  },
  message_delete: (state, data, tell) => {
    if (state.messages.delete(data.id)) tell("gone", data.id);
  },
  reaction: (state, data, tell) => {
    const message = state.messages.get(data.message_id);
    if (!message) return;
    state.messages.set(message.id, { ...message, reactions: data.reactions });
    tell("message", message.id);
  },
  typing: (_, data, tell) => tell("typing", data),
  bot: (state, data, tell) => {
    state.world.bot.online = data.online;
    tell("bot");
    if (data.online) state.renew();
  },
  world: (state) => state.renew(),
  reset: (state, _, tell) => {
    tell("reset");
    state.reload();
  },
  process: (state, data, tell) => {
    state.process = data;
    tell("process");
  },
  log: (state, data, tell) => {
    state.log = [...state.log.slice(1 - LINES), data.line];
    tell("log", data.line);
  },
  request: (state, data, tell) => {
    state.requests.set(data.request_id, data);
    tell("request", data);
  },
  call: (state, data, tell) => {
    state.keep(data);
    tell("call", data);
  },
};
