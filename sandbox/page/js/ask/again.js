/** The last command, to be run once more with something changed: "the same with another seed". */

import { h } from "../dom.js";

const ID = /^\d{15,}$/; // of a person, role or channel: tells nobody anything

/**
 * A chip that offers the last command, sent or left half-filled.
 *
 * @param {(name: string, options: Record<string, any>) => void} run opens its form with these options
 */
export function lastCommand(run) {
  /** @type {{name: string, options: Record<string, any>} | null} */
  let last = null;
  const element = h("div.again", { hidden: true });

  const recall = () => {
    if (last) run(last.name, last.options);
    return last !== null;
  };

  return {
    element,
    /** Open it again; false where there was none yet. */
    recall,
    /** @param {string} name @param {Record<string, any>} options Files among them are kept as well */
    keep(name, options) {
      last = { name, options };
      const told = Object.values(options).filter((one) => typeof one === "string" && !ID.test(one)).join(" · ");
      element.replaceChildren(h("button.chip", { type: "button", title: "Up arrow in the empty box does the same", onclick: recall },
        "↑ last: ", h("strong", {}, `/${name}`), told && ` ${told}`));
    },
    /** @param {boolean} wanted whether there is room for the offer */
    offer(wanted) {
      element.hidden = !wanted || !last;
    },
  };
}
