// A button whose dialog schedules a meeting: docs/embed.md.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host {
  --_accent: var(--parley-accent, light-dark(#0b6b57, #6fd0b8));
  display: inline-block; font-family: var(--parley-font, inherit)
}
[hidden] { display: none !important }
* { box-sizing: border-box; font: inherit; overflow-wrap: anywhere }
button, input, dialog { border: 1px solid GrayText; border-radius: var(--parley-radius, 6px) }
button, input { min-height: 2.5rem; padding: .25rem .75rem; color: inherit; background: none }
.main { color: var(--parley-on-accent, light-dark(#fff, #06231c)); background: var(--_accent); font-weight: 600 }
dialog {
  width: min(32rem, 100vw - 2rem); padding: 1.25rem;
  color: var(--parley-text, CanvasText); background: var(--parley-background, Canvas)
}
h2 { margin: 0 0 1rem; font-size: 1.25rem; font-weight: 700 }
label { display: block; margin-bottom: .75rem; flex: 1; min-width: 8rem }
input { display: block; width: 100% }
[type=checkbox] { display: inline; width: 1.25rem; min-height: 0; margin-right: .5rem }
div { display: flex; flex-wrap: wrap; gap: .5rem }
.error, [aria-invalid] { padding: .5rem; border: 2px solid light-dark(#a3261a, #ff9d90) }
a { color: var(--_accent) }`);

// Trusted types refuse innerHTML.
function make(tag, props, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
}
const button = (text, part, onclick) => make("button", { type: "button", part, onclick }, text);
const input = (type, more) => make("input", { type, part: "input", required: true, ...more });
const label = (...children) => make("label", { part: "label" }, ...children);

function furnish(host) {
  const attr = (name) => host.getAttribute(name);
  const subject = input("text", { maxLength: 100 });
  const date = input("date"), time = input("time");
  const minutes = input("number", { min: 1, max: 480 });
  const notify = input("checkbox", { checked: true, required: false });
  const invite = label(notify, "");
  const hint = make("p", { part: "hint" }), error = make("p", { part: "error", className: "error", role: "alert" });
  const submit = make("button", { part: "submit", className: "main" });
  const form = make("form", { onsubmit: send }, label("Subject", subject),
    make("div", {}, label("Date", date), label("Start", time), label("Minutes", minutes)), hint, invite,
    make("div", {}, submit, button("Cancel", "cancel", () => dialog.close())));
  const when = make("p", { part: "when", tabIndex: -1 });
  const link = make("a", { part: "link", target: "_blank", rel: "noopener" });
  const state = make("p", { part: "state", role: "status" });
  const result = make("section", {}, when, make("p", {}, "Join link: ", link), state, make("div", {},
    button("Copy link", "copy", copy), button("Schedule another", "again", () => begin(subject)), button("Close", "close", () => dialog.close())));
  const title = make("h2", { part: "title" });
  const dialog = make("dialog", { part: "dialog" }, title, error, form, result);
  const fields = { subject, startsAt: time, durationMinutes: minutes };
  let sent, once;

  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(make("button", { part: "button", className: "main", onclick: open }, make("slot", {}, "Schedule meeting")), dialog);
  busy(false);

  function begin(field) {
    const name = attr("contact-name"), email = attr("contact-email");
    const start = new Date(Math.ceil(Date.now() / 18e5 + 1) * 18e5);
    title.textContent = dialog.ariaLabel = subject.value = name ? [...`Meeting with ${name}`].slice(0, 100).join("") : "Meeting";
    const local = new Date(start - start.getTimezoneOffset() * 6e4).toISOString();
    [date.value, time.value] = [local.slice(0, 10), local.slice(11, 16)];
    minutes.value = attr("duration") ?? 30;
    hint.textContent = `Times are yours: ${zone}.`;
    invite.hidden = !email;
    invite.lastChild.data = `Send ${email} the invitation`;
    sent = null;
    turn(false);
    fail();
    field?.focus();
  }

  function turn(done) { result.hidden = !(form.hidden = done); }

  function busy(yes) {
    form.inert = yes;
    submit.textContent = yes ? "Scheduling…" : "Schedule meeting";
  }

  function fail(text, field) {
    error.textContent = text;
    error.hidden = !text;
    for (const one of Object.values(fields)) one.ariaInvalid = one === field ? "true" : null;
    if (text) (field ?? submit).focus();
  }

  async function open() {
    if (!form.inert) begin();
    dialog.showModal();
    const info = await ask("").catch((problem) => ({ reason: problem.message }));
    if (info.timeZone && info.timeZone !== zone) hint.textContent += ` The organizer's are ${info.timeZone}.`;
    if (info.reason) fail(info.reason);
  }

  async function ask(path, more) {
    const reply = await fetch(new URL(`api/${attr("key")}${path}`, import.meta.url), { ...more, credentials: "omit" }).catch(() => {
      throw Error(`Parley does not answer. Try again. If it stays, the key may be revoked or not made for ${location.origin}, or connect-src here lacks Parley.`);
    });
    const body = await reply.json().catch(() => ({}));
    if (reply.ok) return body;
    const [[name, words] = []] = Object.entries(body.errors ?? {});
    const field = fields[name];
    const what = field ? `${field.labels[0].textContent} ${words}.` : body.detail ?? `Error ${reply.status}.`;
    throw Object.assign(Error(`${what} ${body.next ?? ""}`), { field });
  }

  async function send(event) {
    event.preventDefault();
    const start = new Date(`${date.value}T${time.value}`);
    if (!start.toTimeString().startsWith(time.value))
      return fail("Clocks skip that hour then. Choose another start.", time);
    const body = JSON.stringify({
      subject: subject.value, startsAt: start, durationMinutes: +minutes.value, timeZone: zone, notify: notify.checked,
      contact: { name: attr("contact-name"), email: attr("contact-email") },
      reference: { system: attr("system"), recordType: attr("reference-type"),
        recordId: attr("reference-id") ?? attr("reference"), url: attr("reference-url") },
    });
    // One wish, one key: no lost reply and no double click makes two meetings.
    if (body !== sent) [sent, once] = [body, crypto.randomUUID()];
    fail();
    busy(true);
    const headers = { "Content-Type": "application/json", "Idempotency-Key": once };
    const meeting = await ask("/meetings", { method: "POST", body, headers }).catch((problem) => problem);
    busy(false);
    if (meeting instanceof Error) return fail(meeting.message, meeting.field);
    turn(true);
    title.textContent = "Scheduled";
    when.textContent = `${meeting.subject}, ${start.toLocaleString([], { dateStyle: "full", timeStyle: "short" })}, ${zone}`;
    link.href = link.textContent = meeting.doorUrl;
    when.focus();
    tell("scheduled", meeting);
    watch(meeting, sent);
  }

  function watch(meeting, mine) {
    state.textContent = meeting.joinUrl ? "The room is ready." : "The room is being prepared; the link stays.";
    if (!meeting.joinUrl) setTimeout(async () => {
      if (sent !== mine || !dialog.open) return;
      const now = await ask(`/meetings/${meeting.id}`).catch(() => meeting);
      watch(now, mine);
      if (now.joinUrl) tell("ready", now);
    }, 3000);
  }

  async function copy() {
    getSelection().selectAllChildren(link);
    const copied = await navigator.clipboard?.writeText(link.href).then(() => true, () => false);
    state.textContent = copied ? "Copied." : "Press Ctrl+C to copy it.";
  }

  function tell(what, detail) {
    host.dispatchEvent(new CustomEvent(`parley:${what}`, { detail, bubbles: true, composed: true }));
  }
}

customElements.define("parley-schedule-meeting", class extends HTMLElement {
  constructor() {
    furnish(super());
  }
});
