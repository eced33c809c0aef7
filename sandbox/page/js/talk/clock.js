/** Times that people read, and the ones among them that count: "in 2 minutes", "3 hours ago". */

const FAR = 8.64e12; // seconds; a Date reaches no further
/** What Discord's letters mean. @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]];
const AWAITED = 5; // ticks without anything to count until the ticking ends: what was just made may not be shown yet

const wording = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
// live and kept by the browser: what leaves the page leaves this list as well
const counting = document.getElementsByClassName("counts");
/** @type {ReturnType<typeof setInterval> | null} */
let ticking = null;
let idle = 0;

/** Whether a moment can be shown at all. @param {number} unixSeconds */
export function isTime(unixSeconds) {
  return Number.isFinite(unixSeconds) && Math.abs(unixSeconds) <= FAR;
}

/**
 * A moment in one of Discord's styles. The style R keeps counting for as long as it is on the page.
 *
 * @param {number} unixSeconds a moment for which isTime holds
 * @param {string} [style] t T d D f F or R; anything else is f
 * @returns {HTMLTimeElement}
 */
export function timestamp(unixSeconds, style = "f") {
  const at = new Date(unixSeconds * 1000);
  const shown = document.createElement("time");
  shown.dateTime = at.toISOString();
  shown.title = at.toLocaleString([], STYLES.F);
  shown.className = "moment";
  if (style === "R") {
    shown.classList.add("counts");
    shown.dataset.at = String(unixSeconds);
    shown.textContent = relative(unixSeconds);
    idle = 0;
    ticking ??= setInterval(tick, 1000);
  } else {
    shown.textContent = at.toLocaleString([], STYLES[style] ?? STYLES.f);
  }
  return shown;
}

/** How far away a moment is, in words. @param {number} unixSeconds @param {number} [now] in unix seconds */
function relative(unixSeconds, now = Date.now() / 1000) {
  const ahead = Math.round(unixSeconds - now);
  for (const [unit, length] of UNITS) {
    if (Math.abs(ahead) >= length) return wording.format(Math.trunc(ahead / length), unit);
  }
  return wording.format(ahead, "second");
}

function tick() {
  idle = counting.length ? 0 : idle + 1;
  if (idle > AWAITED && ticking) {
    clearInterval(ticking);
    ticking = null;
  }
  const now = Date.now() / 1000;
  for (const shown of counting) {
    const words = relative(Number(/** @type {HTMLElement} */ (shown).dataset.at), now);
    if (shown.textContent !== words) shown.textContent = words;
  }
}
