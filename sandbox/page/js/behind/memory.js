/** What the page keeps for as long as its tab is open. Where the browser keeps nothing, it is forgotten sooner. */

const STEM = "zoetrope:";

/** @param {string} key @param {any} otherwise where nothing was kept @returns {any} */
export function recall(key, otherwise) {
  try {
    return JSON.parse(sessionStorage.getItem(STEM + key) ?? "null") ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {string} key @param {any} value */
export function keep(key, value) {
  try {
    sessionStorage.setItem(STEM + key, JSON.stringify(value));
  } catch {
    // the browser keeps nothing for this page
  }
}
