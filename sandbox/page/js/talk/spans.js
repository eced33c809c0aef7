/** Discord's markdown within a line: marks, links, mentions, code, moments. */

import { isTime, timestamp } from "./clock.js";
import { h } from "../dom.js";

/** A link that opens elsewhere; null for anything but http and https. @param {string} address @param {...any} children */
export function outward(address, ...children) {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) return null;
  return h("a", { href: address, target: "_blank", rel: "noreferrer", title: address }, ...children);
}

/** indexOf that remembers, so that asking again costs nothing. @param {string} text @returns {(what: string, from: number) => number} */
export function finder(text) {
  /** @type {Map<string, [number, number]>} */
  const known = new Map();
  return (what, from) => {
    const [asked, found] = known.get(what) ?? [Infinity, 0];
    if (asked <= from && (found < 0 || found >= from)) return found;
    const at = text.indexOf(what, from);
    known.set(what, [from, at]);
    return at;
  };
}

/** What stands between two marks becomes. @type {Record<string, (inside: any[]) => Node>} */
const WRAPPED = {
  "**": (inside) => h("strong", {}, inside),
  "*": (inside) => h("em", {}, inside),
  _: (inside) => h("em", {}, inside),
  __: (inside) => h("u", {}, inside),
  "~~": (inside) => h("s", {}, inside),
  "||": spoiler,
};

/**
 * Text with marks in it. Marks that find no partner stay what they are.
 *
 * @param {string} text @param {any} state
 * @param {boolean} [inLink] in a link there can be no other link and no button
 * @returns {Node[]}
 */
export function spans(text, state, inLink = false) {
  const find = finder(text);
  /** Each kind of mark is open at most once. @type {{kind: string, inside: any[]}[]} */
  const open = [{ kind: "", inside: [] }];
  let letters = "";
  const put = (/** @type {any[]} */ ...some) => {
    const { inside } = open[open.length - 1];
    if (letters) inside.push(letters);
    letters = "";
    for (const one of some) inside.push(one);
  };
  const dissolve = () => {
    put();
    const lost = open.pop();
    if (lost) put(lost.kind, ...lost.inside);
  };
  const isOpen = (/** @type {string} */ kind) => open.some((one) => one.kind === kind);
  const begin = (/** @type {string} */ kind) => {
    put();
    open.push({ kind, inside: [] });
  };
  const end = (/** @type {string} */ kind) => {
    put();
    while (open[open.length - 1].kind !== kind) dissolve();
    const { inside } = /** @type {{inside: any[]}} */ (open.pop());
    if (inside.length) put(WRAPPED[kind](inside));
    else letters += kind + kind;
  };

  for (let at = 0; at < text.length; ) {
    const sign = text[at];
    if (sign === "\\" && /[^\sA-Za-z0-9]/.test(text[at + 1] ?? " ")) {
      letters += text[at + 1];
      at += 2;
      continue;
    }
    const atom = ATOMS[sign]?.(text, at, { find, state, inLink });
    if (atom) {
      put(atom[0]);
      at = atom[1];
      continue;
    }
    if (!MARKS.includes(sign)) {
      letters += sign;
      at += 1;
      continue;
    }
    let left = 1;
    while (text[at + left] === sign) left += 1;
    const before = text[at - 1] ?? " ";
    const after = text[at + left] ?? " ";
    at += left;
    const single = sign === "*" || sign === "_";
    const double = sign + sign;
    // an underscore within a word is a letter
    const mayBegin = single && /\S/.test(after) && !(sign === "_" && /\w/.test(before));
    const mayEnd = single && /\S/.test(before) && !(sign === "_" && /\w/.test(after));
    while (left > 0) {
      const inner = open.findLast((one) => one.kind === sign || one.kind === double)?.kind;
      if (inner === sign && mayEnd && left !== 2) { end(sign); left -= 1; }
      else if (left >= 2 && isOpen(double)) { end(double); left -= 2; }
      else if (left >= 2 && !(sign === "|" && inLink)) { begin(double); left -= 2; }
      else if (isOpen(sign) && mayEnd) { end(sign); left -= 1; }
      else if (!isOpen(sign) && mayBegin) { begin(sign); left -= 1; }
      else { letters += sign; left -= 1; }
    }
  }
  while (open.length > 1) dissolve();
  put();
  return open[0].inside.map((one) => (typeof one === "string" ? new Text(one) : one));
}

const MARKS = "*_~|";
/** @typedef {{find: (what: string, from: number) => number, state: any, inLink: boolean}} Reading */

/** What begins with a sign and is one thing: its node and where it ends. @type {Record<string, (text: string, at: number, reading: Reading) => [Node, number] | null>} */
const ATOMS = {
  "`": (text, at, { find }) => {
    const ticks = text[at + 1] === "`" ? "``" : "`";
    const end = find(ticks, at + ticks.length);
    return end > at + ticks.length ? [h("code.inline", {}, text.slice(at + ticks.length, end)), end + ticks.length] : null;
  },
  "[": (text, at, { find, state, inLink }) => {
    const middle = inLink ? -1 : find("](", at);
    if (middle < at + 2) return null;
    const address = matched(/<?(https?:\/\/[^\s<>()]{1,2000}(?:\([^\s<>()]{0,200}\)[^\s<>()]{0,200})?)>?\)/y, text, middle + 2);
    const link = address && outward(address[1], spans(text.slice(at + 1, middle), state, true));
    return link ? [link, middle + 2 + address[0].length] : null;
  },
  h: (text, at, { inLink }) => {
    if (inLink || /\w/.test(text[at - 1] ?? " ")) return null;
    const found = matched(/https?:\/\/[^\s<]{1,2048}/y, text, at);
    const address = found && trimmed(found[0]);
    const link = address && outward(address, address);
    return link ? [link, at + address.length] : null;
  },
  "@": (text, at) => {
    const found = /\w/.test(text[at - 1] ?? " ") ? null : matched(/@(?:everyone|here)\b/y, text, at);
    return found && [h("span.mention.me", {}, found[0]), at + found[0].length];
  },
  "<": (text, at, reading) => {
    for (const [pattern, make] of IN_BRACKETS) {
      const found = matched(pattern, text, at);
      const made = found && make(found, reading);
      if (made) return [made, at + found[0].length];
    }
    return null;
  },
};

/** @type {[RegExp, (found: RegExpExecArray, reading: Reading) => Node | null][]} */
const IN_BRACKETS = [
  [/<@!?(\d{1,20})>/y, (found, { state }) => {
    const who = state.named(found[1]);
    return h(`span.mention${who && who.name === state.person ? ".me" : ""}`, {}, `@${who?.name ?? "unknown"}`);
  }],
  [/<@&(\d{1,20})>/y, (found, { state }) => {
    const role = (state.world.roles ?? []).find((/** @type {any} */ one) => one.id === found[1])?.name ?? "unknown role";
    return h("span.mention", {}, role.startsWith("@") ? role : `@${role}`);
  }],
  [/<#(\d{1,20})>/y, (found, { state, inLink }) => {
    const channel = state.guild.channels.find((/** @type {any} */ one) => one.id === found[1]);
    if (!channel || inLink) return h("span.mention", {}, `#${channel?.name ?? "unknown"}`);
    return h("button.mention", { type: "button", onclick: () => state.go(channel.name) }, `#${channel.name}`);
  }],
  [/<\/([\w -]{1,100}):\d{1,20}>/y, (found) => h("span.mention", {}, `/${found[1]}`)],
  [/<a?:(\w{1,32}):\d{1,20}>/y, (found) => h("span.emoji", {}, `:${found[1]}:`)],
  [/<t:(-?\d{1,15})(?::([tTdDfFR]))?>/y, (found) => (isTime(Number(found[1])) ? timestamp(Number(found[1]), found[2]) : null)],
  [/<(https?:\/\/[^\s<>]{1,2048})>/y, (found, { inLink }) => (inLink ? null : outward(found[1], found[1]))],
];

/** @param {RegExp} pattern a sticky one @param {string} text @param {number} at */
function matched(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Without the punctuation that belongs to the sentence and not to the address. @param {string} address */
function trimmed(address) {
  let end = address.length;
  let unpaired = address.split(")").length - address.split("(").length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1];
    if (last === ")" && unpaired > 0) unpaired -= 1;
    else if (!".,:;!?\"'*_~|]".includes(last)) break;
  }
  return address.slice(0, end);
}

/** @param {any[]} inside */
function spoiler(inside) {
  const hidden = h("span.hidden-text", { hidden: true, tabIndex: -1 }, inside);
  const reveal = () => {
    hidden.hidden = false;
    cover.remove();
    hidden.focus();
  };
  const cover = h("button.spoiler", { type: "button", onclick: reveal }, "Spoiler");
  return h("span", {}, cover, hidden);
}
