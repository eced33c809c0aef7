/**
 * Where one looks in the conversation: at its end for as long as one is there, otherwise at the same message whatever
 * comes, goes or grows.
 */

import { h } from "../dom.js";

const NEAR = 40; // CSS pixels from the end that count as being there

export class Scrolling {
  #scroll;
  #last = 0;
  #fresh = false;
  #button;

  /** Whether one is at the end. */
  pinned = true;

  /** @param {HTMLElement} scroll what scrolls @param {HTMLElement} list what grows in it */
  constructor(scroll, list) {
    this.#scroll = scroll;
    this.#button = h("button.newest", { type: "button", hidden: true, onclick: () => {
      this.toEnd();
      scroll.focus({ preventScroll: true });
    } });
    scroll.append(h("div.at-end", {}, this.#button));
    scroll.addEventListener("scroll", () => this.#moved(), { passive: true });
    const sizes = new ResizeObserver(() => this.pinned && this.toEnd());
    sizes.observe(scroll);
    sizes.observe(list);
  }

  /** Go to the newest message and stay with the end. */
  toEnd() {
    this.pinned = true;
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#tell(false);
  }

  /** There is a new message at the end. */
  news() {
    if (this.pinned) return;
    this.#fresh = true;
    this.#tell(true);
  }

  /** Change something without moving what one looks at. @param {() => void} change */
  steady(change) {
    const anchor = this.pinned ? null : this.first();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    // the browser's own anchoring would move a second time
    this.#scroll.style.setProperty("overflow-anchor", "none");
    change();
    if (anchor?.isConnected) this.#scroll.scrollTop += anchor.getBoundingClientRect().top - before;
    else if (this.pinned) this.toEnd();
    this.#last = this.#scroll.scrollTop;
    requestAnimationFrame(() => this.#scroll.style.removeProperty("overflow-anchor"));
  }

  /** The first message that one sees. @returns {Element | undefined} */
  first() {
    const { top } = this.#scroll.getBoundingClientRect();
    return [...this.#scroll.querySelectorAll("ol > li")].find((one) => one.getBoundingClientRect().bottom > top);
  }

  /** The last message that one sees. @returns {Element | undefined} */
  last() {
    const { bottom } = this.#scroll.getBoundingClientRect();
    return [...this.#scroll.querySelectorAll("ol > li")].findLast((one) => one.getBoundingClientRect().top < bottom - NEAR);
  }

  #moved() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    const left = scrollHeight - scrollTop - clientHeight;
    // what grows moves the end away without anybody having scrolled: only going up leaves the end
    if (left <= NEAR) this.pinned = true;
    else if (scrollTop < this.#last - 1) this.pinned = false;
    this.#last = scrollTop;
    if (this.pinned) this.#fresh = false;
    this.#tell(!this.pinned && (this.#fresh || left > clientHeight));
  }

  /** @param {boolean} show */
  #tell(show) {
    if (!show && !this.#button.hidden && document.activeElement === this.#button) this.#scroll.focus({ preventScroll: true });
    const words = this.#fresh ? "New messages ↓" : "To the newest ↓";
    if (this.#button.hidden === !show && this.#button.textContent === words) return; // this runs at every step of scrolling
    this.#button.hidden = !show;
    this.#button.classList.toggle("fresh", this.#fresh);
    this.#button.textContent = words;
  }
}
