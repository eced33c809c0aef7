/** The left column: channels, who one is, and whether the bot is there. */

import { byId, h, say } from "./dom.js";

const COLOURS = ["#8a4b2a", "#2f6f5e", "#6a4c93", "#1f6f9b", "#8c3b52", "#5d6b1f"]; // white on each has a contrast above 4.5

/**
 * The round sign of a person or the bot.
 *
 * @param {{name: string, bot?: boolean}} one
 * @param {{tiny?: boolean}} [about]
 */
export function face(one, { tiny = false } = {}) {
  const size = tiny ? ".tiny" : "";
  if (one.bot) return h(`img.face${size}`, { src: "/page/drum.svg", alt: "" });
  const number = [...one.name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
  return h(`span.face${size}`, { "aria-hidden": "true", style: { "--face": COLOURS[number % COLOURS.length] } }, one.name[0] ?? "?");
}

/** @param {import("./state.js").State} state */
export function showPlaces(state) {
  const channels = () => byId("channels").replaceChildren(...[...state.guild.channels, { id: "dm", name: "dm" }].map(channel));
  const people = () => byId("people").replaceChildren(...state.world.people.map(person));
  const bot = () => {
    const { name, online } = state.world.bot;
    byId("bot-line").replaceChildren(
      h(`span.dot${online ? ".on" : ""}`),
      h("span", {}, name || "the bot", " ", h("span.soft.small", {}, online ? "is here" : "is away")),
    );
  };

  /** @param {any} one */
  function channel(one) {
    const here = one.name === state.channel;
    const label = one.name === "dm" ? "with the bot alone" : one.name;
    return h("li", {}, h("button", { type: "button", "aria-current": String(here), onclick: () => go(one.name) },
      h("span.sign", { "aria-hidden": "true" }, one.name === "dm" ? "✉" : one.nsfw ? "⚠" : "#"),
      h("span", {}, label),
      one.nsfw && h("span.role", {}, "18+"),
      state.unread.has(one.id) && !here && h("span.fresh", { role: "img", "aria-label": "new messages" }),
    ));
  }

  /** @param {any} one */
  function person(one) {
    const role = one.name === "owner" ? "owner" : one.roles.includes("moderator") ? "moderator" : "";
    return h("li", {}, h("button", { type: "button", "aria-pressed": String(one.name === state.person), onclick: () => be(one.name) },
      face(one, { tiny: true }), h("span", {}, one.name), role && h("span.role", {}, role)));
  }

  /** @param {string} name */
  async function go(name) {
    if (!(await state.go(name))) return;
    say(`You look at ${name}.`);
    focusOn("channels", `[aria-current="true"]`);
  }

  /** @param {string} name */
  async function be(name) {
    if (!(await state.be(name))) return;
    say(`You are ${name}.`);
    focusOn("people", `[aria-pressed="true"]`);
  }

  /** The list was made anew while one stood in it. @param {string} list @param {string} which */
  function focusOn(list, which) {
    const button = byId(list).querySelector(which);
    if (button instanceof HTMLElement && button.checkVisibility()) button.focus();
  }

  const everything = () => { channels(); people(); bot(); };
  for (const name of ["place", "world"]) state.addEventListener(name, everything);
  state.addEventListener("unread", channels);
  state.addEventListener("bot", bot);
}
