/**
 * Stories of trouble, played by the page with nothing but the calls that a person has: each waits for what happens,
 * does something at that moment, and ticks off its steps.
 */

import { Refused, post } from "../api.js";
import { h } from "../dom.js";
import { counted } from "../format.js";

const AWAY = 3000; // milliseconds that a killed bot stays away

/** The changes of what the page knows that a story may wait for; `place`, because what happens while one looks elsewhere is only seen on return. */
const CHANGES = ["place", "message", "request", "call", "bot", "world"];

/**
 * @typedef {object} Stage what a story can do
 * @property {import("../state.js").State} state
 * @property {number} began Unix milliseconds; what is older is of no story
 * @property {(sought: () => any) => Promise<any>} until what is sought, as soon as the page knows of it
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
    async play(stage) {
      const { state, until, done, arm } = stage;
      if (!(await arm({ words: "The next submit loses its reply", service: "fal", fault: { kind: "drop_reply_after_accept" } }))) throw new Refused("It could not be armed.");
      done();
      await until(() => requests(stage).length);
      done();
      const lost = await until(() => calls(stage).find((call) => call.faults?.includes("drop_reply_after_accept")));
      done();
      await until(() => calls(stage).some((call) => call.host === "api.fal.ai" && call.at > lost.at));
      done();
      await until(() => ofBot(stage).some(hasFilm));
      done(`The film is in the channel; fal was asked for ${counted(requests(stage).length, "film")}`);
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
      const { until, done } = stage;
      await until(() => requests(stage).length);
      done();
      await until(() => requests(stage).some(({ status }) => status !== "IN_QUEUE"));
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
      const { until, done } = stage;
      await until(() => ofBot(stage).some(({ embeds }) => embeds?.length));
      done();
      done();
      await killedAndBack(stage);
    },
  },
];

/** @param {Stage} stage */
async function killedAndBack(stage) {
  const { state, until, pause, done } = stage;
  await post("bot", { do: "kill" });
  done();
  await pause(AWAY);
  await post("bot", { do: "start" });
  await until(() => state.world.bot.online);
  done();
  await until(() => ofBot(stage).some(hasFilm));
  done();
}

/** What fal was asked for since the story began. @param {Stage} stage @returns {any[]} */
function requests({ state, began }) {
  return [...state.requests.values()].filter((one) => one.submitted_at * 1000 >= began);
}

/** What fal was called for since then. @param {Stage} stage @returns {any[]} */
function calls({ state, began }) {
  return state.calls.filter((one) => one.service === "fal" && one.at * 1000 >= began);
}

/** What the bot has said since then in the channel one looks at. @param {Stage} stage @returns {any[]} */
function ofBot({ state, began }) {
  return [...state.messages.values()].filter((one) => one.author?.id === state.world.bot.id && Date.parse(one.timestamp) >= began);
}

/** @param {any} message */
function hasFilm(message) {
  return message.attachments?.some((/** @type {any} */ file) => file.content_type?.startsWith("video/"));
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
      began: Date.now(),
      until: (sought) => new Promise((resolve, reject) => {
        const look = () => {
          const found = sought();
          if (!found) return;
          for (const name of CHANGES) state.removeEventListener(name, look);
          resolve(found);
        };
        for (const name of CHANGES) state.addEventListener(name, look, { signal });
        signal.addEventListener("abort", () => reject(signal.reason));
        look();
      }),
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
