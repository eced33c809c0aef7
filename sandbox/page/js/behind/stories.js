/**
 * Stories of trouble, played by the page with nothing but the calls that a person has: each waits for what happens,
 * does something at that moment, and ticks off its steps.
 */

import { Refused, post } from "../api.js";
import { h } from "../dom.js";
import { counted } from "../format.js";

const AWAY = 3000; // milliseconds that a killed bot stays away

/**
 * @typedef {object} Stage what a story can do
 * @property {import("../state.js").State} state
 * @property {(name: string, fits: (detail: any) => any) => Promise<any>} until the detail of the next event that fits
 * @property {(milliseconds: number) => Promise<void>} pause
 * @property {(words?: string) => void} done ticks off the next step, in other words if there are any
 * @property {(trouble: import("./trouble.js").Trouble) => Promise<boolean>} arm
 */

/** @type {{title: string, kills: boolean, fal: boolean, steps: string[], play: (stage: Stage) => Promise<void>}[]} */
const STORIES = [
  {
    title: "A lost reply",
    kills: false,
    fal: true,
    steps: [
      "The next submit is made to lose its reply", "You ask for a film with /animate", "fal takes the job in; the bot never hears of it",
      "The bot looks for it at fal, and does not ask twice", "The film is in the channel",
    ],
    async play({ state, until, done, arm }) {
      const before = state.requests.size;
      if (!(await arm({ words: "The next submit loses its reply", service: "fal", fault: { kind: "drop_reply_after_accept" } }))) throw new Refused("It could not be armed.");
      done();
      const film = filmed(state, until);
      const found = until("call", (call) => call.service === "fal" && call.host === "api.fal.ai");
      const lost = until("call", (call) => call.faults?.includes("drop_reply_after_accept"));
      await until("request", () => state.requests.size > before);
      done();
      await lost;
      done();
      await found;
      done();
      await film;
      done(`The film is in the channel; fal was asked for ${counted(state.requests.size - before, "film")}`);
    },
  },
  {
    title: "Killed while fal works",
    kills: true,
    fal: false,
    steps: [
      "You ask for a film with /animate", "fal begins to work", "The bot is killed", "3 s later it is started again",
      "The film is in the channel",
    ],
    async play(stage) {
      const { state, until, done } = stage;
      const known = new Set(state.requests.keys());
      const begun = until("request", (request) => !known.has(request.request_id) && request.status === "IN_PROGRESS");
      await until("request", (request) => !known.has(request.request_id));
      done();
      await begun;
      done();
      await killedAndBack(stage);
    },
  },
  {
    title: "Killed when its card appears",
    kills: true,
    fal: false,
    steps: [
      "You ask for a film with /animate", "The bot's card appears in this channel", "The bot is killed", "3 s later it is started again",
      "The film is in the channel",
    ],
    async play(stage) {
      const { state, until, done } = stage;
      const known = new Set(state.messages.keys());
      await until("message", (id) => !known.has(id) && ofBot(state, id) && state.messages.get(id).embeds?.length);
      done();
      done();
      await killedAndBack(stage);
    },
  },
];

/** @param {Stage} stage */
async function killedAndBack({ state, until, pause, done }) {
  const film = filmed(state, until);
  await post("bot", { do: "kill" });
  done();
  await pause(AWAY);
  const back = until("bot", () => state.world.bot.online);
  await post("bot", { do: "start" });
  await back;
  done();
  await film;
  done();
}

/** @param {import("../state.js").State} state @param {string} id */
function ofBot(state, id) {
  return state.messages.get(id)?.author?.id === state.world.bot.id;
}

/** The next film that is not there yet. @param {import("../state.js").State} state @param {Stage["until"]} until */
function filmed(state, until) {
  const known = new Set([...state.messages.keys()].filter((id) => hasFilm(state, id)));
  return until("message", (id) => !known.has(id) && hasFilm(state, id));
}

/** @param {import("../state.js").State} state @param {string} id */
function hasFilm(state, id) {
  return ofBot(state, id) && state.messages.get(id).attachments?.some((/** @type {any} */ file) => file.content_type?.startsWith("video/"));
}

/**
 * The stories, each with a button that begins it.
 *
 * @param {import("../state.js").State} state
 * @param {(trouble: import("./trouble.js").Trouble) => Promise<boolean>} arm
 */
export function showStories(state, arm) {
  const shown = STORIES.map((story) => show(story, state, arm));
  const why = h("p.why.small", { hidden: true }, "The bot was started by itself, so only you can kill it and start it again.");
  const renew = () => {
    why.hidden = state.process.owned;
    shown.forEach(({ able }) => able());
  };
  for (const name of ["place", "process"]) state.addEventListener(name, renew);
  return h("div.stories", {}, h("h4", {}, "Watch a job survive"), why, shown.map(({ whole }) => whole));
}

/** @param {typeof STORIES[number]} story @param {import("../state.js").State} state @param {(trouble: import("./trouble.js").Trouble) => Promise<boolean>} arm */
function show(story, state, arm) {
  const steps = h("ol.steps", { hidden: true });
  const error = h("p.wrong", { role: "alert" });
  const button = /** @type {HTMLButtonElement} */ (h("button", { type: "button", onclick: () => (ending ? ending.abort() : begin()) }, "Begin"));
  /** @type {AbortController | null} */
  let ending = null;
  const able = () => {
    button.disabled = !ending && ((story.kills && !state.process.owned) || (story.fal && state.process.fal === "live"));
  };

  async function begin() {
    const stop = (ending = new AbortController());
    const { signal } = stop;
    button.textContent = "Stop";
    button.setAttribute("aria-label", `Stop the story: ${story.title}`);
    error.textContent = "";
    steps.hidden = false;
    steps.replaceChildren(...story.steps.map((words) => h("li", {}, words)));
    let at = 0;
    const now = () => steps.children[at]?.setAttribute("aria-current", "step");
    now();
    /** @type {Stage} */
    const stage = {
      state,
      arm,
      until: (name, fits) => quietly(new Promise((resolve, reject) => {
        const hear = (/** @type {Event} */ event) => fits(/** @type {CustomEvent} */ (event).detail) && resolve(/** @type {CustomEvent} */ (event).detail);
        state.addEventListener(name, hear, { signal });
        signal.addEventListener("abort", () => reject(signal.reason));
      })),
      pause: (milliseconds) => new Promise((resolve, reject) => {
        setTimeout(resolve, milliseconds);
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
      done: (words) => {
        const step = steps.children[at];
        step.removeAttribute("aria-current");
        step.classList.add("done");
        if (words) step.textContent = words;
        step.append(h("span.unseen", {}, " (done)"));
        at += 1;
        now();
      },
    };
    try {
      await story.play(stage);
    } catch (refused) {
      if (refused instanceof Refused) error.textContent = refused.message;
      else if (!signal.aborted) throw refused;
    } finally {
      stop.abort();
      ending = null;
      steps.children[at]?.removeAttribute("aria-current");
      button.textContent = at === story.steps.length ? "Again" : "Begin";
      button.setAttribute("aria-label", `Begin the story: ${story.title}`);
      able();
    }
  }

  button.setAttribute("aria-label", `Begin the story: ${story.title}`);
  return { whole: h("div.story", {}, h("div.line", {}, h("h5", {}, story.title), button), steps, error), able };
}

/** A story that is stopped leaves what it waited for alone. @template T @param {Promise<T>} waited @returns {Promise<T>} */
function quietly(waited) {
  waited.catch(() => {});
  return waited;
}
