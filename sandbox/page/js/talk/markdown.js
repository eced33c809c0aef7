/**
 * Discord's markdown: the blocks; what stands within a line is in spans.js. The time it takes grows with the length of the text
 * and no faster, whatever the text is: what is searched for is remembered, and nothing lies deeper than DEEPEST.
 */

import { h } from "../dom.js";
import { finder, spans } from "./spans.js";

const DEEPEST = 4;
const FENCE = "```";

/**
 * A text with blocks: headings, lists, quotes, code, paragraphs.
 *
 * @param {string} text
 * @param {import("../state.js").State} state for the names of those who are mentioned
 * @returns {Node[]}
 */
export function markdown(text, state) {
  return blocks(text, state, 0);
}

/** The text alone, without markup, on one line and shortened. @param {string} text @param {import("../state.js").State} state @param {number} [most] characters */
export function plain(text, state, most = 120) {
  const unmarked = text.slice(0, most * 4).replace(/^(?:#{1,3} |-# |>{1,3} |[-*] |```)/gm, "");
  const shown = h("p", {}, spans(unmarked, state));
  for (const hidden of shown.querySelectorAll(".hidden-text")) hidden.remove();
  const words = shown.textContent?.split(/\s+/).filter(Boolean).join(" ") ?? "";
  return words.length > most ? `${words.slice(0, most - 1)}…` : words;
}

/** @param {string} text @param {any} state @param {number} depth @returns {Node[]} */
function blocks(text, state, depth) {
  /** @type {Node[]} */
  const made = [];
  /** @type {string[]} */
  let loose = []; // lines that are nothing but text
  const find = finder(text);
  const settle = () => {
    const said = loose.join("\n");
    if (said) made.push(h("p.said", {}, spans(said, state)));
    loose = [];
  };
  let at = 0;
  while (at < text.length) {
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found;
    const line = text.slice(at, end);
    const fence = find(FENCE, at);
    const close = fence < 0 || fence >= end ? -1 : find(FENCE, fence + 3);
    const heading = /^(#{1,3}) +(\S.*)$/.exec(line);
    if (depth < DEEPEST && line.startsWith(">>> ")) {
      settle();
      made.push(h("blockquote.quoted", {}, blocks(text.slice(at + 4), state, depth + 1)));
      return made;
    }
    if (depth < DEEPEST && line.startsWith("> ")) {
      settle();
      const [lines, after] = run(text, at, (one) => (one.startsWith("> ") && !one.startsWith(">>> ") ? one.slice(2) : null));
      made.push(h("blockquote.quoted", {}, blocks(lines.join("\n"), state, depth + 1)));
      at = after;
      continue;
    }
    if (close > fence + 3 && text[fence - 1] !== "\\") {
      loose.push(text.slice(at, fence));
      settle();
      made.push(codeBlock(text.slice(fence + 3, close)));
      at = close + 3 + (text[close + 3] === "\n" ? 1 : 0);
      continue;
    }
    if (heading) {
      settle();
      made.push(h(`h${heading[1].length + 2}.said`, {}, spans(heading[2], state)));
    } else if (line.startsWith("-# ")) {
      settle();
      made.push(h("p.said.sub", {}, spans(line.slice(3), state)));
    } else if (item(line)) {
      settle();
      const [items, after] = run(text, at, item);
      made.push(...lists(items, state));
      at = after;
      continue;
    } else {
      loose.push(line);
    }
    at = end + 1;
  }
  settle();
  return made;
}

/**
 * Consecutive lines for which `read` gives something, and where the first other one begins.
 *
 * @template Read
 * @param {string} text @param {number} at @param {(line: string) => Read | null} read @returns {[Read[], number]}
 */
function run(text, at, read) {
  /** @type {Read[]} */
  const found = [];
  while (at < text.length) {
    const end = text.indexOf("\n", at);
    const one = read(text.slice(at, end < 0 ? text.length : end));
    if (one === null) break;
    found.push(one);
    at = end < 0 ? text.length : end + 1;
  }
  return [found, at];
}

/** @typedef {{indent: number, number: number | null, text: string}} Item */

/** @param {string} line @returns {Item | null} */
function item(line) {
  const found = /^( {0,20})(?:[-*]|(\d{1,9})\.) +(\S.*)$/.exec(line);
  return found && { indent: found[1].length, number: found[2] === undefined ? null : Number(found[2]), text: found[3] };
}

/** @param {Item[]} items @param {any} state @returns {Node[]} */
function lists(items, state) {
  /** @type {Node[]} */
  const outer = [];
  /** @type {{indent: number, numbered: boolean, list: HTMLElement}[]} */
  const open = []; // the lists that the next item may continue, outermost first
  for (const { indent, number, text } of items) {
    while (open.length && open[open.length - 1].indent > indent) open.pop();
    const last = open[open.length - 1];
    const numbered = number !== null;
    const deeper = last && indent > last.indent + 1 && open.length < DEEPEST;
    if (!last || deeper || last.numbered !== numbered) {
      const list = numbered ? h("ol.listed", { start: number }) : h("ul.listed");
      if (last && !deeper) open.pop();
      const within = open[open.length - 1]?.list.lastElementChild;
      if (within) within.append(list);
      else outer.push(list);
      open.push({ indent, numbered, list });
    }
    open[open.length - 1].list.append(h("li", {}, spans(text, state)));
  }
  return outer;
}

/** @param {string} inside */
function codeBlock(inside) {
  const named = /^([\w+#.-]{1,20})\n/.exec(inside);
  const code = (named ? inside.slice(named[0].length) : inside).replace(/^\n/, "");
  return h("pre.code", {}, h("code", { data: named ? { language: named[1] } : null }, code.endsWith("\n") ? code.slice(0, -1) : code));
}
