/** A conversation as one HTML file that needs nothing else: the page's own messages, standing still. */

import { carrying } from "./carried.js";
import { counted, fullTime } from "../format.js";
import { stilled } from "./still.js";

const POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'";

/**
 * @param {any[]} messages oldest first
 * @param {import("../state.js").State} state who looks, and where
 * @param {(done: number) => void} progress called with the number of messages that are done
 * @param {AbortSignal} signal
 * @returns {Promise<{file: Blob, missing: number}>} `missing`: how many files could not be fetched
 */
export async function standalone(messages, state, progress, signal) {
  const carry = carrying(signal);
  const known = new Map(messages.map((one) => [one.id, one]));
  const title = `${state.channel === "dm" ? "Alone with the bot" : `#${state.here.name}`}, as ${state.person} saw it`;
  const about = `${counted(messages.length, "message")} · saved ${fullTime(new Date())} · Zoetrope sandbox`;
  /** @type {(string | Blob)[]} */
  const parts = [opening(title, about, await styles(signal))];
  let missing = 0;
  for (const [number, message] of messages.entries()) {
    signal.throwIfAborted();
    const reference = message.message_reference?.message_id;
    const around = { before: messages[number - 1], original: reference ? known.get(reference) : undefined };
    const still = await stilled(message, around, state, carry, signal);
    parts.push(...still.parts, "\n");
    missing += still.missing;
    progress(number + 1);
  }
  parts.push("</ol>\n</main>\n</body>\n</html>\n");
  return { file: new Blob(parts, { type: "text/html" }), missing };
}

/** @param {string} title @param {string} about @param {string} style */
function opening(title, about, style) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>
${style.replaceAll("</", "<\\/")}
</style>
</head>
<body class="saved">
<header class="saved"><h1>${escaped(title)}</h1><p>${escaped(about)}</p></header>
<main id="talk">
<ol id="messages">
`;
}

/** The page's own styles, and what is different in a file. @param {AbortSignal} signal */
async function styles(signal) {
  const sheets = [...document.querySelectorAll('link[rel="stylesheet"]')].map((link) => /** @type {HTMLLinkElement} */ (link).href);
  const texts = await Promise.all([...sheets, "/page/style/export.css"].map(async (url) => {
    const reply = await fetch(url, { signal });
    return reply.ok ? reply.text() : "";
  }));
  return texts.join("\n").replace(/\/\*[^]*?\*\//g, "").replace(/url\([^)]*\)/g, "none");
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
