// Someone who waits at the door is let in without pressing anything: the page asks again when it opens, or while it is not ready.
const opens = document.querySelector("[data-opens]")?.dataset.opens;
if (opens) {
  const wait = Date.parse(opens) - Date.now();
  // A timer of more than a day is not kept by every browser; nobody leaves the page open that long.
  if (wait < 86_400_000) setTimeout(() => location.reload(), Math.max(wait, 0) + 1000);
} else if (document.querySelector("[data-wait]")) {
  setTimeout(() => location.reload(), 5000);
}
