/** The line above the text box that says which message is answered. */

import { h } from "../dom.js";

/** @param {() => void} leave the person does not want to reply after all */
export function replyBar(leave) {
  const element = h("div.reply-bar", { hidden: true });
  return {
    element,
    /** @param {any} message null hides it */
    show(message) {
      element.hidden = !message;
      element.replaceChildren(...(message ? [
        h("span", {}, "Replying to ", h("strong", {}, message.author.username)),
        h("button.quiet.icon", { type: "button", "aria-label": "Do not reply", onclick: leave }, "✕"),
      ] : []));
    },
  };
}
