/**
 * What opens over the page beside the thing it belongs to: lists, pickers, the tray of ready pictures. A popup is a
 * popover, so that nothing clips it, not even a dialog that scrolls.
 */

const GAP = 4; // px between a popup and what it belongs to
const EDGE = 8; // px that stay free at the edge of the window
const ENOUGH = 240; // px of height with which a popup stays below its anchor

/**
 * Put an open popup below its anchor, or above it where there is more room. It is never wider or higher than the window.
 *
 * @param {HTMLElement} popup with the class `popup`
 * @param {HTMLElement} anchor
 */
function place(popup, anchor) {
  const box = anchor.getBoundingClientRect();
  const below = innerHeight - box.bottom - GAP - EDGE;
  const above = box.top - GAP - EDGE;
  const up = below < Math.min(popup.scrollHeight, ENOUGH) && above > below;
  const put = (/** @type {string} */ name, /** @type {number} */ value) => popup.style.setProperty(name, `${Math.round(value)}px`);
  popup.classList.toggle("up", up);
  put("--room", Math.max(up ? above : below, 80));
  put("--beside", up ? innerHeight - box.top + GAP : box.bottom + GAP);
  put("--width", box.width);
  put("--left", EDGE);
  put("--left", Math.max(EDGE, Math.min(box.left, innerWidth - popup.offsetWidth - EDGE)));
}

/**
 * Keep an open popup beside its anchor while the page moves under it.
 *
 * @param {HTMLElement} popup
 * @param {HTMLElement} anchor
 * @returns {() => void} ends it
 */
export function follow(popup, anchor) {
  const again = (/** @type {Event} */ event) => {
    if (!(event.target instanceof Node && popup.contains(event.target))) place(popup, anchor);
  };
  addEventListener("scroll", again, true);
  addEventListener("resize", again);
  place(popup, anchor);
  return () => {
    removeEventListener("scroll", again, true);
    removeEventListener("resize", again);
  };
}
