/**
 * Everything that a member can do, each through the control API. What the bot answers comes by the event stream; only
 * a modal and a refusal are handled here.
 */

import { Refused, post } from "./api.js";
import { toast } from "./dom.js";

export class Doors {
  #state;
  #openModal;

  /**
   * @param {import("./state.js").State} state
   * @param {(modal: any) => void} openModal
   */
  constructor(state, openModal) {
    this.#state = state;
    this.#openModal = openModal;
  }

  /** @param {string} name with its subcommands: "admin limits" @param {Record<string, any>} options a File is an attachment */
  command(name, options) {
    const { person, channel } = this.#state;
    return this.#ask("discord/command", { person, channel, name, options });
  }

  /** What the bot suggests for an option while it is typed. @param {string} name @param {Record<string, any>} options @param {string} focused */
  async suggestions(name, options, focused) {
    const { person, channel } = this.#state;
    const { choices } = await post("discord/autocomplete", { person, channel, name, options, focused });
    return choices;
  }

  /** Choose a command of the bot from a message's menu. @param {any} message @param {string} name */
  menu(message, name) {
    return this.#quietly(this.#ask("discord/menu", { person: this.#state.person, name, message_id: message.id }));
  }

  /** @param {any} message @param {any} button */
  click(message, button) {
    return this.#quietly(this.#ask("discord/click", { person: this.#state.person, message_id: message.id, custom_id: button.custom_id }));
  }

  /** @param {any} message @param {any} select @param {any[]} values */
  select(message, select, values) {
    const asked = { person: this.#state.person, message_id: message.id, custom_id: select.custom_id, values };
    return this.#quietly(this.#ask("discord/select", asked));
  }

  /** @param {string} modalId @param {Record<string, any>} fields by custom_id */
  submit(modalId, fields) {
    return this.#ask("discord/modal", { person: this.#state.person, modal_id: modalId, fields });
  }

  /** @param {any} message @param {string} emoji @param {boolean} remove */
  react(message, emoji, remove) {
    return this.#quietly(post("discord/react", { person: this.#state.person, message_id: message.id, emoji, remove }));
  }

  /** @param {string} content @param {File[]} files @param {string | null} replyTo */
  say(content, files, replyTo) {
    const { person, channel } = this.#state;
    return post("discord/message", { person, channel, content, attachments: files, ...(replyTo ? { reply_to: replyTo } : {}) });
  }

  /** @param {any} message */
  remove(message) {
    return this.#quietly(post("discord/delete", { message_id: message.id }));
  }

  /**
   * An interaction: waits for the bot's first answer, at most Discord's 3 s.
   * Throws Refused where Discord's client would not let it through, or the bot did not answer.
   *
   * @param {string} path @param {any} body
   */
  async #ask(path, body) {
    const answer = await post(path, body);
    if (answer.kind === "none") {
      throw new Refused("The bot did not answer within Discord's 3 s.");
    }
    if (answer.modal && body.person !== this.#state.person) toast(`The bot asks ${body.person} something: be ${body.person} and ask again.`);
    else if (answer.modal) this.#openModal(answer.modal);
    return answer;
  }

  /** For what has no form of its own in which an error could be shown. @param {Promise<any>} asked */
  async #quietly(asked) {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(error.message, { error: true });
      return null;
    }
  }
}
