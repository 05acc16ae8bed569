// Puts new lines into the contact's log as they arrive. Without script a reload shows them.
const log = document.querySelector("[data-notes]");
const every = 1500;

function line(note) {
  const item = document.createElement("li");
  item.dataset.id = note.id;
  const at = document.createElement("time");
  at.dateTime = note.at;
  at.textContent = new Date(note.at).toUTCString();
  const text = document.createElement("span");
  text.textContent = note.text;
  item.append(at, " ", text);
  if (note.link?.startsWith("http")) {
    const link = document.createElement("a");
    link.href = note.link;
    link.rel = "noopener";
    link.textContent = "Join link";
    item.append(" ", link);
  }
  return item;
}

async function look() {
  try {
    const reply = await fetch(log.dataset.notes);
    const known = new Set([...log.children].map((item) => item.dataset.id));
    for (const note of (await reply.json()).reverse()) if (!known.has(note.id)) log.prepend(line(note));
    document.querySelector("[data-empty]").hidden = log.children.length > 0;
  } catch {
    // The sandbox was stopped for a moment: the next look will tell.
  }
  setTimeout(look, every);
}
look();
