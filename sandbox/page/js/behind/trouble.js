/** What can be made to go wrong, in plain words. `kind` and the rest are as the control API takes them. */

/** Where a bot posts a message; the films come that way. */
const POSTING = "POST /channels/{channel_id}/messages";

/** What fal says of a prompt that its safety checker does not like. */
const FLAGGED = {
  detail: [{
    loc: ["body", "prompt"],
    msg: "The content could not be processed because it was flagged by a content checker.",
    type: "content_policy_violation",
    url: "https://docs.fal.ai/errors#content_policy_violation",
    input: "…",
  }],
};

const BROKEN = { detail: "Internal server error", error_type: "internal_error" };

/**
 * @typedef {object} Trouble
 * @property {string} words
 * @property {string} [more] what it means, where the words do not say it
 * @property {"discord" | "fal"} service
 * @property {any} [fault] for POST <service>/fault
 * @property {any} [outcome] for POST fal/set: how the next film ends
 */

/** @param {string} words @param {any} fault @param {string} [more] @returns {Trouble} */
const fal = (words, fault, more) => ({ words, more, service: "fal", fault });
/** @param {string} words @param {any} fault @param {string} [more] @returns {Trouble} */
const discord = (words, fault, more) => ({ words, more, service: "discord", fault });

/** In the order in which a film is made. @type {{title: string, folded?: boolean, troubles: Trouble[]}[]} */
export const GROUPS = [
  {
    title: "Asking fal",
    troubles: [
      fal("The next submit loses its reply", { kind: "drop_reply_after_accept" }, "fal takes it in, and the bot never hears of it"),
      fal("The next submit is answered 502", { kind: "nginx_502" }),
      fal("The next submit is answered 503", { kind: "json_503" }),
      fal("The next submit is answered 429", { kind: "rate_limited", seconds: 3 }, "with a Retry-After of 3 s"),
      fal("The next submit is slow", { kind: "slow", seconds: 10 }, "its reply takes 10 s"),
      fal("fal is slow", { kind: "slow", seconds: 4, times: 5, match: "fal" }, "5 calls of any kind take 4 s each"),
      fal("The next upload fails", { kind: "upload_fails" }),
      fal("The account is out of credit", { kind: "locked_account" }),
    ],
  },
  {
    title: "Making the film",
    troubles: [
      { words: "The next film is refused by the safety checker", service: "fal", outcome: { error_status: 422, body: FLAGGED } },
      { words: "The next film breaks", more: "fal has an internal error", service: "fal", outcome: { error_status: 500, body: BROKEN } },
      fal("The next film goes back into the queue", { kind: "requeue" }, "its machine was lost half-way"),
      fal("The next film never finishes", { kind: "never_finish" }),
      fal("The next result is gone", { kind: "result_expired" }),
      fal("The next film's file is cut short", { kind: "video_truncated" }),
      fal("The next film's file is missing", { kind: "video_404" }),
    ],
  },
  {
    title: "Discord",
    folded: true,
    troubles: [
      discord("Discord answers 500 once", { kind: "error_500" }),
      discord("Discord answers 503 once", { kind: "error_503" }),
      discord("The next call is rate limited for 5 s", { kind: "rate_limited", seconds: 5 }),
      discord("Everything is rate limited for 5 s", { kind: "global_limited", seconds: 5 }, "the global limit"),
      discord("The next message loses its reply", { kind: "drop_after_accept", match: POSTING }, "Discord shows it, and the bot never hears of it"),
    ],
  },
  {
    title: "The connection to Discord's gateway (at once)",
    folded: true,
    troubles: [
      discord("The gateway closes it (4000)", { kind: "gateway_close", code: 4000 }),
      discord("The gateway asks to reconnect", { kind: "gateway_reconnect" }),
      discord("The gateway forgets the session", { kind: "gateway_invalid_session" }),
      discord("The line is torn", { kind: "gateway_drop" }),
    ],
  },
  {
    title: "Webhooks of fal (where the bot uses them)",
    folded: true,
    troubles: [
      fal("The next webhook is lost", { kind: "webhook_lost" }),
      fal("The next webhook comes twice", { kind: "webhook_twice" }),
      fal("The next webhook comes late", { kind: "webhook_late" }),
      fal("The next webhook comes before the submit's reply", { kind: "webhook_early" }),
      fal("The next webhook is forged", { kind: "webhook_forged" }),
    ],
  },
];

/** Every kind of the control API that waits for its moment, by service. */
export const KINDS = {
  fal: [
    "drop_reply_after_accept", "slow", "nginx_502", "json_503", "rate_limited", "locked_account", "upload_fails", "requeue", "never_finish",
    "result_expired", "video_truncated", "video_404", "webhook_lost", "webhook_twice", "webhook_late", "webhook_early", "webhook_forged",
  ],
  discord: [
    "error_500", "error_503", "rate_limited", "shared_limited", "global_limited", "cloudflare_limited", "timeout", "drop_connection", "drop_after_accept",
  ],
};

/** A fault that waits, in the words with which it was chosen. @param {"discord" | "fal"} service @param {any} fault */
export function inWords(service, fault) {
  const all = GROUPS.flatMap((group) => group.troubles);
  if (fault.kind === "outcome") {
    const known = all.find(({ outcome }) => JSON.stringify(outcome) === JSON.stringify(fault.outcome));
    return known?.words ?? `The next film ends with status ${fault.outcome.error_status}`;
  }
  if (fault.kind === "llm") return "The next answer of a language model is set";
  const same = all.find((one) => one.service === service && one.fault?.kind === fault.kind && (one.fault.match ?? "") === (fault.match ?? ""));
  const words = same?.words ?? `${service}: ${fault.kind}${fault.match ? ` at ${fault.match}` : ""}`;
  return fault.times > 1 ? `${words} (${fault.times} times)` : words;
}
