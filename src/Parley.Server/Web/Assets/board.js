// Comfort for the dashboard: it follows what happens elsewhere, and cancels without leaving the page. Without this it shows the same
// after a reload, and Cancel asks on a page of its own and comes back.
import { offerCopying } from "./parley.js";

const board = document.querySelector("[data-board]");
const soon = 5_000; // While something is on its way and nobody tells us.
const usual = 60_000; // Meetings begin and end by themselves.
let events;
let timer;
let looking = false;
let again = false;
let over = false;

// As it looks to people: tokens differ each time, and what a click on Copy left behind does not count.
function bare(node) {
  const copy = node.cloneNode(true);
  for (const token of copy.querySelectorAll("input[name=_csrf]")) token.removeAttribute("value");
  for (const button of copy.querySelectorAll("[data-copy]")) {
    button.hidden = true;
    button.textContent = "Copy";
  }
  return copy.outerHTML;
}
const same = (one, other) => bare(one) === bare(other);

// Where the focus is, in words that find its place among new nodes.
function focusIn(part) {
  const active = document.activeElement;
  if (!active || active === part || !part.contains(active)) return null;
  const row = active.closest("tr[id]")?.id;
  const label = active.getAttribute("aria-label") ?? active.textContent;
  return () => {
    if (document.contains(active)) return active.focus({ preventScroll: true });
    const root = (row && document.getElementById(row)) ?? part;
    const like = [...root.querySelectorAll(active.tagName)].find(
      (other) => (other.getAttribute("aria-label") ?? other.textContent) === label,
    );
    (like ?? root.querySelector("a, button") ?? part).focus({ preventScroll: true });
  };
}

// Row by row: what is the same stays where it is, with its focus.
function takeRows(body, fresh) {
  const wanted = new Map([...fresh.rows].map((row) => [row.id, row]));
  for (const row of [...body.rows]) if (!wanted.has(row.id)) row.remove();
  let at = body.firstElementChild;
  for (const [id, row] of wanted) {
    const known = document.getElementById(id);
    if (known && known.parentElement === body && same(known, row)) {
      if (known === at) at = at.nextElementSibling;
      else body.insertBefore(known, at);
      continue;
    }
    if (known === at) at = at?.nextElementSibling ?? null;
    known?.remove();
    body.insertBefore(row, at);
  }
}

function takePart(part, fresh) {
  part.toggleAttribute("data-moving", fresh.hasAttribute("data-moving"));
  if (same(part, fresh)) return;
  const back = focusIn(part);
  const bodies = [part.querySelector("tbody"), fresh.querySelector("tbody")];
  if (bodies[0] && bodies[1]) {
    takeRows(bodies[0], bodies[1]);
    bodies[1].replaceWith(bodies[0].cloneNode(true));
    if (!same(part, fresh)) part.replaceChildren(...fresh.childNodes);
  } else {
    part.replaceChildren(...fresh.childNodes);
  }
  offerCopying(part);
  back?.();
}

function take(page) {
  let taken = false;
  for (const fresh of page.querySelectorAll("[data-part]")) {
    const part = document.getElementById(fresh.id);
    if (!part) continue;
    takePart(part, fresh);
    taken = true;
  }
  return taken;
}

const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

async function look() {
  if (looking) return (again = true);
  looking = true;
  try {
    const reply = await fetch(board.dataset.board);
    // Signed out, or no longer ours: nothing more is asked for.
    if (reply.redirected || (reply.status >= 400 && reply.status < 500)) return end();
    if (reply.ok) take(parsed(await reply.text()));
  } catch {
    // Offline for a moment: the next look will tell.
  } finally {
    looking = false;
  }
  if (again) {
    again = false;
    look();
  } else {
    plan();
  }
}

function plan() {
  clearTimeout(timer);
  if (over || document.hidden) return;
  const moving = document.querySelector("[data-part][data-moving]");
  timer = setTimeout(look, moving && !events ? soon : usual);
}

function end() {
  over = true;
  hush();
}

// A page nobody looks at keeps no connection: browsers have few.
function hush() {
  clearTimeout(timer);
  events?.close();
  events = undefined;
}

function listen() {
  if (over || document.hidden || events) return;
  plan();
  if (!window.EventSource) return;
  events = new EventSource(board.dataset.events);
  events.addEventListener("changed", look);
  events.addEventListener("error", () => {
    if (events?.readyState !== EventSource.CLOSED) return; // It comes back by itself.
    events = undefined;
    look();
  });
}

// After Cancel in a dialog: what became of it is said here, on the list as it was.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const dialog = form.closest("dialog");
  if (!dialog || !form.elements.back) return;
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  if (button.disabled) return;
  button.disabled = true;
  try {
    const reply = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const page = parsed(await reply.text());
    if (!reply.ok || !page.querySelector("[data-board]")) throw new Error("not the list");
    dialog.close();
    take(page);
    tell(page.querySelector("main > .banner"));
  } catch {
    location.assign(form.elements.back.value);
  }
});

function tell(banner) {
  if (!banner) return;
  for (const former of document.querySelectorAll("main > .banner, .board > .banner")) former.remove();
  banner.tabIndex = -1;
  document.getElementById("board").before(banner);
  banner.focus({ preventScroll: true });
}

if (board) {
  document.addEventListener("visibilitychange", () => (document.hidden ? hush() : listen()));
  addEventListener("pagehide", hush);
  addEventListener("pageshow", listen);
  listen();
}
