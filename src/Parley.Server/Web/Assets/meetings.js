// Comfort for the dashboard and a meeting's page: they look again by themselves while something is on its way, and Cancel asks
// in a dialog. Without this the pages show the same after a reload, and Cancel asks on a page of its own.
import { offerCopying } from "./parley.js";

const every = 5000;
const region = document.querySelector("[data-live]");

async function look() {
  // Nothing is taken from under somebody's hands.
  const busy = document.hidden || region.contains(document.activeElement) || document.querySelector("dialog[open]");
  if (!busy) {
    try {
      const reply = await fetch(region.dataset.live);
      if (!reply.ok || reply.redirected) return; // Signed out, or gone.
      const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("[data-live]");
      if (!fresh) return;
      region.replaceChildren(...fresh.childNodes);
      region.dataset.live = fresh.dataset.live;
      offerCopying(region);
    } catch {
      // Offline for a moment: the next look will tell.
    }
  }
  if (region.dataset.live) setTimeout(look, every);
}
if (region?.dataset.live) setTimeout(look, every);

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
  event.preventDefault();
  try {
    const reply = await fetch(link.href);
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const body = reply.ok && !reply.redirected && page.querySelector("[data-dialog-body]");
    if (!body) throw new Error("not a dialog");
    const dialog = document.createElement("dialog");
    const heading = body.querySelector("h1");
    heading.id = "dialog-title";
    dialog.setAttribute("aria-labelledby", heading.id);
    dialog.append(body);
    dialog.addEventListener("click", (inside) => {
      if (!inside.target.closest("[data-close]")) return;
      inside.preventDefault();
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      link.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  } catch {
    location.assign(link.href);
  }
});
