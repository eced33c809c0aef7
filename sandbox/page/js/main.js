/** Puts the page together. */

import { showBanner } from "./behind/banner.js";
import { showComposer } from "./ask/composer.js";
import { showConversation } from "./talk/conversation.js";
import { byId, toast } from "./dom.js";
import { Doors } from "./doors.js";
import { openModal } from "./ask/modal.js";
import { showPlaces } from "./people.js";
import { showSaving } from "./save/export.js";
import { showServices } from "./behind/services.js";
import { State } from "./state.js";

const state = new State();
const begun = state.begin(); // nothing arrives before all of this file has run
const doors = new Doors(state, (modal) => openModal(modal, state, doors));

showPlaces(state);
showBanner(state);
const composer = showComposer(byId("writing"), state, doors);
showConversation(state, doors, composer);
showServices(byId("services"), state);
showSaving(byId("save"), state);
state.addEventListener("trouble", (event) => toast(/** @type {CustomEvent} */ (event).detail, { error: true }));
drawers();
await begun;

/** The columns beside the conversation: drawers where there is no room for them. */
function drawers() {
  const app = byId("app");
  const roomy = matchMedia("(min-width: 1100px)");
  const isOpen = (/** @type {string} */ id) => (id === "services" && roomy.matches ? !app.classList.contains("alone") : byId(id).classList.contains("open"));
  const tell = () => {
    for (const button of document.querySelectorAll("[data-open]")) {
      button.setAttribute("aria-expanded", String(isOpen(/** @type {HTMLElement} */ (button).dataset.open ?? "")));
    }
    byId("talk").inert = document.querySelector(".drawer.open") !== null; // it lies beneath
  };
  /** @param {string} id @param {boolean} open */
  const turn = (id, open) => {
    if (id === "services" && roomy.matches) app.classList.toggle("alone", !open);
    else byId(id).classList.toggle("open", open);
    tell();
  };
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-open], [data-close]") : null;
    const drawer = document.querySelector(".drawer.open");
    if (button instanceof HTMLElement) {
      const id = button.dataset.open ?? button.dataset.close ?? "";
      turn(id, button.dataset.open ? !isOpen(id) : false);
      if (button.dataset.open && isOpen(id)) byId(id).querySelector("button")?.focus();
      else if (button.dataset.close) document.querySelector(`[data-open="${id}"]`)?.focus?.();
    } else if (drawer && event.target instanceof Node && !drawer.contains(event.target) && !document.querySelector("dialog[open]")) {
      drawer.classList.remove("open");
      tell();
    }
  });
  document.addEventListener("keydown", (event) => {
    const drawer = document.querySelector(".drawer.open");
    if (event.key !== "Escape" || event.defaultPrevented || !drawer) return;
    drawer.classList.remove("open");
    tell();
    const opener = document.querySelector(`[data-open="${drawer.id}"]`);
    if (opener instanceof HTMLElement) opener.focus();
  });
  // where one chose a place on a small screen, one wants to see it
  byId("places").addEventListener("click", (event) => {
    if (!(event.target instanceof Element && event.target.closest(".choices button") && byId("places").matches(".open"))) return;
    byId("places").classList.remove("open");
    tell();
    document.querySelector(`[data-open="places"]`)?.focus?.();
  });
  roomy.addEventListener("change", tell);
  tell();
}
