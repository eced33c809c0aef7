/** Numbers and times as people read them. */

/** @param {number} count */
export function bytes(count) {
  if (count < 1000) return `${count} B`;
  if (count < 999_500) return `${Math.round(count / 1000)} kB`;
  return `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} MB`;
}

/** @param {number} count in seconds */
export function seconds(count) {
  if (count < 10) return `${count.toFixed(1)} s`;
  if (count < 120) return `${Math.round(count)} s`;
  return `${Math.floor(count / 60)} min ${Math.round(count % 60)} s`;
}

/** @param {Date} at */
export function clockTime(at) {
  return at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** @param {Date} at */
export function fullTime(at) {
  return at.toLocaleString([], { dateStyle: "full", timeStyle: "medium" });
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
