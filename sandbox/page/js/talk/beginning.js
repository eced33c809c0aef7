/** What a place is called and is for: in the line above the conversation, and above its first message. */

import { byId, h } from "../dom.js";

/** The name of the place, and what is special about it. @param {import("../state.js").State} state */
export function showTopic(state) {
  const dm = state.channel === "dm";
  byId("place").textContent = dm ? "With the bot alone" : `# ${state.channel}`;
  byId("about").textContent = nature(state).join(" ");
}

/**
 * That there is more above, or how the place begins and what to do first.
 *
 * @param {HTMLElement} top
 * @param {import("../state.js").State} state
 * @param {{begin: (name: string) => void}} composer
 */
export function showBeginning(top, state, composer) {
  if (state.world.people.length) top.replaceChildren(...beginning(state, composer));
}

/** @param {import("../state.js").State} state @param {{begin: (name: string) => void}} composer @returns {any[]} */
function beginning(state, composer) {
  if (state.more) return [h("p.soft", {}, "Earlier messages are being loaded…")];
  const { here } = state;
  const dm = state.channel === "dm";
  const has = (/** @type {string} */ name) => state.world.commands.some((/** @type {any} */ one) => one.type === 1 && one.name === name && one.usable !== false);
  return [
    h("h3", {}, dm ? `${state.person} and ${state.world.bot.name || "the bot"}, alone` : `This is where #${here.name} begins`),
    ...nature(state).map((sentence) => h("p", {}, sentence)),
    state.messages.size === 0 && h("p", {}, "Nothing has been said here yet. Type / to see what the bot can do; drop a picture to send it."),
    state.messages.size === 0 && has("animate") && h("button.main", { type: "button", onclick: () => composer.begin("animate") }, "Try /animate"),
  ].filter(Boolean);
}

/** @param {import("../state.js").State} state */
function nature({ channel, here }) {
  const sentences = [];
  if (!here.id && channel !== "dm") return ["This channel is gone."];
  if (channel === "dm") sentences.push("Nobody else reads this. The bot writes here when it cannot write in a channel.");
  if (here.nsfw) sentences.push("This channel is age-restricted: commands marked for adults work here and nowhere else.");
  if (here.bot_may && !here.bot_may.includes("SEND_MESSAGES")) sentences.push("The bot may not write here, so one sees what it does about that.");
  if (!sentences.length) sentences.push("Everybody reads here, and the bot too.");
  return sentences;
}
