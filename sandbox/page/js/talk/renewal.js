/** What must survive when a part of a message is made anew: a film that plays, and the focus. */

/**
 * Put the players of the old part into the new one where both show the same file, so that they play on.
 *
 * @param {HTMLElement} old still on the page
 * @param {HTMLElement} made on the page as well
 */
export function keepFilms(old, made) {
  const places = /** @type {HTMLElement[]} */ ([...made.querySelectorAll("figure.film")]);
  if (!places.length) return;
  for (const film of /** @type {NodeListOf<HTMLElement>} */ (old.querySelectorAll("figure.film"))) {
    const at = places.findIndex((one) => one.dataset.url === film.dataset.url);
    const [place] = at < 0 ? [] : places.splice(at, 1);
    if (!place?.parentNode) continue;
    const player = film.querySelector("video");
    const played = player && !player.paused;
    // moveBefore does not stop a player; where a browser lacks it, the film goes on after a blink
    const into = /** @type {any} */ (place.parentNode);
    if (into.moveBefore) into.moveBefore(film, place);
    else into.insertBefore(film, place);
    place.remove();
    if (played && player.paused) player.play().catch(() => {});
  }
}

/**
 * Remember where the focus is in a part that is about to go.
 *
 * @param {HTMLElement} old @param {HTMLElement} message gets the focus where there is nothing like it any more
 * @returns {(made: HTMLElement | null) => void} gives it to the same thing in the new part
 */
export function keepFocus(old, message) {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || !old.contains(focused)) return () => {};
  const at = reachable(old).indexOf(focused);
  const key = focused.dataset.key ?? focused.dataset.press;
  return (made) => {
    if (made?.contains(document.activeElement)) return;
    const found = made ? reachable(made) : [];
    const next = key ? found.find((one) => (one.dataset.key ?? one.dataset.press) === key) : found[at];
    (next ?? message).focus({ preventScroll: true });
  };
}

/** @param {HTMLElement} part @returns {HTMLElement[]} */
function reachable(part) {
  return [...part.querySelectorAll("a[href], button, input, select, textarea, video, audio, [tabindex]")].filter((one) => one instanceof HTMLElement);
}
