// Brings the visitor's own time zone once, when the address names none; the select and its button do the same without script.
const key = "parley.zone";
const form = document.querySelector("[data-zone-form]");
const select = form?.querySelector("select[name=tz]");

function remembered() {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // Storage may be switched off; then the browser's zone serves.
  }
}

if (select) {
  const known = (zone) => [...select.options].some((option) => option.value === zone);
  if (form.dataset.zoneChosen === undefined) {
    const zone = remembered() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && zone !== select.value && known(zone)) {
      const address = new URL(location.href);
      address.searchParams.set("tz", zone);
      location.replace(address);
    }
  }
  select.addEventListener("change", () => {
    try {
      localStorage.setItem(key, select.value);
    } catch {
      // Not remembered, but changed all the same.
    }
    form.requestSubmit();
  });
}
