/** The control API of the sandbox, and its event stream. The page speaks to nothing else. */

/** The sandbox refused a call, or was not there; the message is a sentence for the person. */
export class Refused extends Error {
  /** @param {string} words @param {number} [status] of HTTP, 0 where there was no answer */
  constructor(words, status = 0) {
    super(/[.!?]$/.test(words) ? words[0].toUpperCase() + words.slice(1) : `${words[0].toUpperCase()}${words.slice(1)}.`);
    this.status = status;
  }
}

/**
 * GET /_sim/<path>.
 *
 * @param {string} path
 * @param {Record<string, string|number>} [query]
 * @returns {Promise<any>}
 */
export async function get(path, query = {}) {
  const asked = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
  return answer(fetch(`/_sim/${path}${asked.size ? `?${asked}` : ""}`));
}

/**
 * POST /_sim/<path>. Where a value anywhere in `body` is a File, it goes along as a part and is named "@part" in its place.
 *
 * @param {string} path
 * @param {any} [body]
 * @returns {Promise<any>}
 */
export async function post(path, body = {}) {
  /** @type {File[]} */
  const files = [];
  const text = JSON.stringify(body, (_, value) => (value instanceof File ? `@f${files.push(value) - 1}` : value));
  if (!files.length) {
    return answer(fetch(`/_sim/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: text }));
  }
  const form = new FormData();
  form.append("payload_json", new Blob([text], { type: "application/json" }));
  files.forEach((file, number) => form.append(`f${number}`, file, file.name));
  return answer(fetch(`/_sim/${path}`, { method: "POST", body: form }));
}

/** @param {Promise<Response>} asked */
async function answer(asked) {
  let reply;
  try {
    reply = await asked;
  } catch {
    throw new Refused("The sandbox does not answer. Is it still running?");
  }
  const body = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Refused(body.error || `The sandbox answered ${reply.status}.`, reply.status);
  return body;
}

const EVENTS = [
  "message", "message_update", "message_delete", "reaction", "typing", "bot",
  "call", "request", "world", "reset", "process", "log",
];

/**
 * Everything that happens from now on, as this person sees it. The browser connects again by itself.
 *
 * @param {string} person
 * @param {(name: string, data: any) => void} happened
 * @param {(open: boolean) => void} connected called when the stream opens (each time) and when it is lost
 * @returns {() => void} ends it
 */
export function events(person, happened, connected) {
  const source = new EventSource(`/_sim/events?${new URLSearchParams({ person })}`);
  source.onopen = () => connected(true);
  source.onerror = () => connected(false);
  for (const name of EVENTS) {
    source.addEventListener(name, (event) => happened(name, JSON.parse(/** @type {MessageEvent} */ (event).data)));
  }
  return () => source.close();
}
