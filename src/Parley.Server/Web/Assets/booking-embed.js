// <parley-booking-page slug mode="inline|popup">: a booking page in somebody else's page. See docs/embed.md.
const home = new URL("/", import.meta.url);
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host { display: block; font-family: var(--parley-font, inherit) }
:host([mode=popup]) { display: inline-block }
* { box-sizing: border-box; font: inherit }
iframe { display: block; width: 100%; height: 40rem; border: 0; border-radius: var(--parley-radius, 6px) }
button { min-height: 2.5rem; padding: .25rem .75rem; border: 1px solid GrayText; border-radius: var(--parley-radius, 6px); color: inherit; background: none }
.main { color: var(--parley-on-accent, light-dark(#fff, #06231c)); background: var(--parley-accent, light-dark(#0b6b57, #6fd0b8)); font-weight: 600 }
dialog { width: min(41rem, 100vw - 2rem); max-height: calc(100vh - 2rem); padding: .5rem; border: 1px solid GrayText; border-radius: var(--parley-radius, 6px); color: CanvasText; background: Canvas }
p { margin: 0 0 .5rem; text-align: end }`);

function make(tag, props, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
}

customElements.define("parley-booking-page", class extends HTMLElement {
  #frame;

  connectedCallback() {
    if (this.#frame) return addEventListener("message", this);
    const name = this.getAttribute("label") ?? "Book a time";
    const page = new URL(`book/${encodeURIComponent(this.getAttribute("slug"))}`, home);
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.#frame = make("iframe", { title: name, part: "frame" });
    if (this.getAttribute("mode") === "popup") {
      const close = make("button", { type: "button", part: "close", onclick: () => dialog.close() }, "Close");
      const dialog = make("dialog", { part: "dialog", ariaLabel: name }, make("p", {}, close), this.#frame);
      const open = () => {
        this.#frame.src ||= page;
        dialog.showModal();
      };
      root.append(make("button", { type: "button", part: "button", className: "main", onclick: open }, make("slot", {}, name)), dialog);
    } else {
      this.#frame.src = page;
      root.append(this.#frame);
    }
    addEventListener("message", this);
  }

  disconnectedCallback() {
    removeEventListener("message", this);
  }

  // Only what our own page in our own frame says is believed.
  handleEvent({ origin, source, data }) {
    if (origin !== home.origin || source !== this.#frame.contentWindow) return;
    if (data?.parley === "height") this.#frame.style.height = `${Math.min(Math.max(+data.height || 0, 100), 5000)}px`;
    if (data?.parley === "booked") this.dispatchEvent(new CustomEvent("parley:booked", { bubbles: true, composed: true }));
  }
});
