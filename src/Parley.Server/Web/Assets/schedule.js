// Comfort for the form of a meeting: counts the subject, hides what does not apply, finds people in a long list, shows the organizers
// of the account that was chosen. Without this everything is shown and a button asks for the organizers.
const form = document.querySelector("[data-meeting-form]");

for (const frame of form?.querySelectorAll("[data-count]") ?? []) {
  const most = Number(frame.dataset.count);
  const field = frame.querySelector("input");
  const count = document.createElement("output");
  count.className = "count";
  count.htmlFor = field.id;
  frame.append(count);
  const tell = () => {
    const left = most - field.value.length;
    count.textContent = left === 1 ? "1 character left" : `${left} characters left`;
    count.classList.toggle("low", left <= 10);
  };
  field.addEventListener("input", tell);
  tell();
}

// data-when="type=scheduled,instant": shown, and sent, only while the field has one of these values.
const parts = [...(form?.querySelectorAll("[data-when]") ?? [])].map((part) => {
  const [name, values] = part.dataset.when.split("=");
  return { part, name, values: values.split(",") };
});
function arrange() {
  for (const { part } of parts) part.hidden = false;
  for (const { part, name, values } of parts) {
    const control = form.elements[name];
    if (control && !values.includes(control.value)) part.hidden = true;
  }
  for (const { part } of parts) {
    for (const control of part.querySelectorAll("input, select, textarea")) {
      control.disabled = control.closest("[data-when][hidden]") !== null;
    }
  }
}
if (parts.length > 0) {
  form.addEventListener("change", arrange);
  addEventListener("pageshow", arrange);
  arrange();
}

const show = form?.querySelector("[data-show-organizers]");
if (show) {
  show.closest("p").hidden = true;
  form.elements.connectionId.addEventListener("change", () => form.requestSubmit(show));
}

for (const search of form?.querySelectorAll("[data-narrow]") ?? []) {
  const items = [...document.getElementById(search.dataset.narrow).children];
  search.hidden = false;
  search.addEventListener("input", () => {
    const text = search.value.trim().toLowerCase();
    for (const item of items) {
      item.hidden = !item.textContent.toLowerCase().includes(text) && !item.querySelector(":checked");
    }
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
