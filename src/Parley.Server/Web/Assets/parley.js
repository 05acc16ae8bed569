// Comfort only: every page works without it.

// Copies data-copy, or where that is empty the field beside the button. Called again for parts of a page that were replaced.
export function offerCopying(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    const field = button.parentElement.querySelector("input");
    if (!navigator.clipboard || !(button.dataset.copy || field)) continue;
    button.hidden = false;
    const label = button.textContent;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy || field.value);
        button.textContent = "Copied";
      } catch {
        field?.select();
        button.textContent = field ? "Press Ctrl+C" : "Not allowed";
      }
      setTimeout(() => (button.textContent = label), 2000);
    });
  }
}
offerCopying(document);

for (const select of document.querySelectorAll("select[data-detect-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...select.options].some((option) => option.value === zone)) select.value = zone;
}

// A form is sent once: a second click on its button does nothing until the answer is here. One that opens a window of its own
// leaves this page as it is and may be sent again.
for (const form of document.querySelectorAll("form[method=post]:not([target])")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Menus close when a click or the focus goes elsewhere, and with Escape wherever the focus is.
const menus = [...document.querySelectorAll("details.menu")];
const leave = (event) => {
  for (const menu of menus) if (menu.open && !menu.contains(event.target)) menu.open = false;
};
document.addEventListener("click", leave);
document.addEventListener("focusin", leave);
document.addEventListener("keydown", (event) => {
  const open = menus.find((menu) => menu.open);
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

document.getElementById("problem")?.focus();
