/**
 * Building what is seen. Text only ever becomes text: nothing that a person, the bot or a service wrote is read as HTML.
 */

/**
 * An element with properties, attributes and children.
 *
 * @param {string} tag a name, with classes: `"button.quiet.icon"`
 * @param {Record<string, any>} [about] `onclick` and other `on…` become listeners, `data` a data set, `style` custom
 *   properties; a key with a dash, `role`, and what is no property of the element become attributes;
 *   everything else a property. null,
 *   undefined and false (as an attribute) are left out.
 * @param {...any} children nodes and text; null, undefined and false are left out, lists are opened
 * @returns {HTMLElement}
 */
export function h(tag, about = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(about)) {
    if (value === null || value === undefined) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(made.dataset, value);
    else if (key === "style") for (const [property, text] of Object.entries(value)) made.style.setProperty(property, text);
    else if (key.includes("-") || key === "role" || !(key in made)) {
      if (value !== false) made.setAttribute(key, value === true ? "" : String(value));
    } else made[key] = value;
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** Tell people who listen to the page instead of looking at it. @param {string} sentence */
export function say(sentence) {
  byId("said").textContent = sentence;
}

/**
 * A short notice that goes away by itself; an error stays until it is closed.
 *
 * @param {string} sentence
 * @param {{error?: boolean}} [about]
 */
export function toast(sentence, { error = false } = {}) {
  const shown = h(
    `div.toast${error ? ".error" : ""}`,
    {},
    h("p", {}, sentence),
    h("button.quiet.icon", { type: "button", "aria-label": "Close this notice", onclick: () => shown.remove() }, "✕"),
  );
  byId("toasts").append(shown);
  if (!error) setTimeout(() => shown.remove(), 6000);
}

/** Copy a text, and tell how that went. @param {string} text @param {string} [done] */
export async function copy(text, done = "Copied.") {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    toast("The browser does not let this page copy.", { error: true });
  }
}

let made = 0;

/** An id that nothing else on the page has. @param {string} stem */
export function freshId(stem) {
  made += 1;
  return `${stem}-${made}`;
}
