// Shows what the button tells the page it is in.
const log = document.querySelector("[data-try-log]");
for (const event of ["scheduled", "ready"])
  document.addEventListener(`parley:${event}`, ({ detail }) => (log.textContent = `The page heard parley:${event}: ${detail.subject}, ${detail.doorUrl}`));
