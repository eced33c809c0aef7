/** What a person has begun to write in each place, so that looking elsewhere loses nothing. */

/**
 * @typedef {object} Draft
 * @property {string} text
 * @property {File[]} files
 * @property {any} reply the message that is answered, or null
 * @property {ReturnType<typeof import("./command-form.js").commandForm> | null} form
 * @property {boolean} under whether a send is under way
 * @property {string} wrong why it was not sent; "" where nothing is wrong
 */

/** The drafts of all places. */
export class Drafts {
  /** By person and channel. @type {Map<string, Draft>} */
  #kept = new Map();

  /** The draft of the place one looks at; an empty one at first. @param {import("../state.js").State} state @returns {Draft} */
  at({ person, channel }) {
    const key = `${person}/${channel}`;
    const found = this.#kept.get(key) ?? { text: "", files: [], reply: null, form: null, under: false, wrong: "" };
    this.#kept.set(key, found);
    return found;
  }
}
