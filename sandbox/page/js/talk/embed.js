/** An embed of a message: the framed card with a coloured edge. */

import { timestamp } from "./clock.js";
import { h } from "../dom.js";
import { markdown, plain } from "./markdown.js";
import { showMedia } from "./media.js";
import { outward, spans } from "./spans.js";

const IN_ROW = 3; // inline fields beside each other

/**
 * @param {any} embed @param {any} message its message, whose files it may show @param {import("../state.js").State} state
 * @returns {HTMLElement}
 */
export function showEmbed(embed, message, state) {
  const edge = typeof embed.color === "number" ? `#${embed.color.toString(16).padStart(6, "0")}` : "var(--edge)";
  return h("div.embed", { role: "group", "aria-label": `Card${embed.title ? `: ${plain(embed.title, state, 60)}` : ""}`, style: { "--bar": edge } },
    embed.thumbnail && h("div.thumbnail", {}, showMedia(fileOf(embed.thumbnail, message))),
    embed.author && h("p.author", {}, linked(embed.author.url, [embed.author.name])),
    embed.title && h("h3.title", {}, embed.url ? linked(embed.url, [plain(embed.title, state, 256)]) : spans(embed.title, state)),
    embed.description && h("div.description", {}, markdown(embed.description, state)),
    embed.fields?.length > 0 && h("dl.fields", {}, rows(embed.fields).flatMap((row) => row.map((field) => fieldOf(field, row.length, state)))),
    embed.image && h("div.media", {}, showMedia(fileOf(embed.image, message))),
    foot(embed));
}

/** The ids of the files that a message's embeds show: they are not shown a second time. @param {any} message @returns {Set<string>} */
export function usedByEmbeds(message) {
  const addresses = new Set(message.embeds.flatMap((/** @type {any} */ one) => [one.image?.url, one.thumbnail?.url]));
  const used = message.attachments.filter((/** @type {any} */ one) => addresses.has(one.url) || addresses.has(`attachment://${one.filename}`));
  return new Set(used.map((/** @type {any} */ one) => one.id));
}

/** A file of a message as media.js takes it. @param {any} attachment */
export function asMedia(attachment) {
  return {
    url: attachment.url,
    name: attachment.filename,
    contentType: attachment.content_type,
    width: attachment.width,
    height: attachment.height,
    bytes: attachment.size,
    description: attachment.description,
  };
}

/** @param {any} picture @param {any} message */
function fileOf(picture, message) {
  const { attachments } = message;
  const found = attachments.find((/** @type {any} */ one) => picture.url === `attachment://${one.filename}` || picture.url === one.url);
  return found ? asMedia(found) : { url: picture.url, width: picture.width, height: picture.height, description: picture.description };
}

/** Inline fields that follow each other share a row. @param {any[]} fields @returns {any[][]} */
function rows(fields) {
  /** @type {any[][]} */
  const made = [];
  for (const field of fields) {
    const last = made[made.length - 1];
    if (field.inline && last?.[0].inline && last.length < IN_ROW) last.push(field);
    else made.push([field]);
  }
  return made;
}

/** @param {any} field @param {number} beside how many share its row @param {any} state */
function fieldOf(field, beside, state) {
  return h(`div.of-${field.inline ? beside : 1}`, {}, h("dt", {}, spans(field.name, state)), h("dd", {}, markdown(field.value, state)));
}

/** @param {any} embed */
function foot(embed) {
  const at = embed.timestamp ? Date.parse(embed.timestamp) / 1000 : NaN;
  const parts = [embed.footer?.text, Number.isNaN(at) ? null : timestamp(at)].filter(Boolean);
  return parts.length > 0 && h("p.foot", {}, parts.length > 1 ? [parts[0], " · ", parts[1]] : parts);
}

/** @param {string | undefined} address @param {any[]} children */
function linked(address, children) {
  return (address && outward(address, ...children)) || children;
}
