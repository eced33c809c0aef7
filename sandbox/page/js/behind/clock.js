/** The time of day to the second, of the same width everywhere. */

const CLOCK = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** @param {number} at Unix seconds */
export function clock(at) {
  return CLOCK.format(at * 1000);
}
