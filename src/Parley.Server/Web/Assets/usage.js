// Comfort for usage: a run's page looks again by itself while the run goes on, and the schedule shows only what applies. Without
// this there is a link to look again, and every field of the schedule says when it counts.

const every = 1000;
const region = document.querySelector("[data-progress]");

async function look() {
  // Nothing is taken from under an open question.
  if (!document.hidden && !document.querySelector("dialog[open]")) {
    try {
      const reply = await fetch(region.dataset.progress);
      if (!reply.ok || reply.redirected) return; // Signed out, or gone.
      const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("[data-progress]");
      if (!fresh) return;
      const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
      region.replaceChildren(...fresh.childNodes);
      region.dataset.progress = fresh.dataset.progress;
      if (focused) document.getElementById(focused)?.focus();
      dress();
    } catch {
      // Offline for a moment: the next look will tell.
    }
  }
  if (region.dataset.progress) setTimeout(look, every);
}
function dress() {
  for (const link of region.querySelectorAll("[data-look-again]")) link.hidden = true;
}
if (region?.dataset.progress) {
  dress();
  setTimeout(look, every);
}

const choice = document.querySelector("select[name=every]");
function apply() {
  for (const field of document.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").includes(choice.value);
  }
}
if (choice) {
  choice.addEventListener("change", apply);
  apply();
}
