/** The commands that the bot has synced, as a person finds them by typing "/". */

import { h } from "../dom.js";

const CHAT_INPUT = 1;
const SUB_COMMAND = 1;
const SUB_COMMAND_GROUP = 2;

/**
 * A command that can be run.
 *
 * @typedef {object} Command
 * @property {string} name with its group and subcommand: "admin limits"
 * @property {string} description
 * @property {any[]} options as the bot synced them, required ones first
 */

/**
 * What the person may use in the place they look at, subcommands each by themselves.
 *
 * @param {import("../state.js").State} state
 * @returns {Command[]}
 */
export function usable(state) {
  return state.world.commands
    .filter((/** @type {any} */ one) => (one.type ?? CHAT_INPUT) === CHAT_INPUT && one.usable !== false)
    .flatMap((/** @type {any} */ one) => leaves(one, one.name))
    .sort((/** @type {Command} */ one, /** @type {Command} */ other) => one.name.localeCompare(other.name));
}

/** @param {any} command @param {string} name @returns {Command[]} */
function leaves(command, name) {
  const options = command.options ?? [];
  const inner = options.filter((/** @type {any} */ one) => one.type === SUB_COMMAND || one.type === SUB_COMMAND_GROUP);
  if (inner.length) return inner.flatMap((/** @type {any} */ one) => leaves(one, `${name} ${one.name}`));
  return [{ name, description: command.description, options }];
}

/**
 * The commands that fit what was typed after the "/": those that begin with it, then those that hold it.
 *
 * @param {Command[]} commands
 * @param {string} typed
 */
export function fitting(commands, typed) {
  const wanted = typed.trim().toLowerCase();
  const begin = commands.filter((one) => one.name.startsWith(wanted));
  return [...begin, ...commands.filter((one) => !begin.includes(one) && one.name.includes(wanted))];
}

/** The command whose full name was typed, with a space behind it: "/animate ". @param {Command[]} commands @param {string} text */
export function named(commands, text) {
  const found = /^\/(.+?)\s+$/.exec(text)?.[1].toLowerCase().replace(/\s+/g, " ");
  return commands.find((one) => one.name === found) ?? null;
}

/** A command as one line of the list. @param {Command} command */
export function asLine(command) {
  return [
    h("span.command", {}, `/${command.name} `, command.options.map((one) => h(`span.option${one.required ? ".must" : ""}`, {}, one.name))),
    h("span.about", {}, command.description),
  ];
}

/**
 * What has to be said below the list: why there is nothing in it, or that nobody will answer; and what to do about it.
 *
 * @param {import("../state.js").State} state
 * @param {string} typed
 * @param {number} found how many commands are listed
 */
export function note(state, typed, found) {
  const { bot, commands } = state.world;
  if (!bot.online && commands.length) return "The bot is away: it answers nothing until it is started again.";
  if (found) return "";
  if (!bot.online) return "The bot is away and has not synced any commands. Start it; they appear here by themselves.";
  if (!commands.length) return "The bot has not synced any commands yet. It does so when it starts; wait a moment.";
  if (!usable(state).length) return "The bot has no command that you may use here. Try another channel or another person.";
  return `No command has “${typed.trim()}” in its name. Escape lets you send this as text.`;
}
