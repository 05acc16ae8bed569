// While the meeting is being made: asks for the fragment that will hold its link, and puts it in place.
import { offerCopying } from "./parley.js";

const every = 3000;

async function look() {
  const waiting = document.querySelector("[data-poll]");
  if (!waiting) return;
  if (!document.hidden && !waiting.contains(document.activeElement)) {
    try {
      const reply = await fetch(waiting.dataset.poll);
      if (reply.ok && !reply.redirected) {
        const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("join");
        if (fresh && fresh.dataset.poll === undefined) {
          waiting.replaceWith(fresh);
          offerCopying(fresh);
          return;
        }
      }
    } catch {
      // Offline for a moment: the next look will tell.
    }
  }
  setTimeout(look, every);
}
setTimeout(look, every);
