// Till's button on a merchant's page: a plain link, or a frame over the page that closes again. Version 1.
// <script src="https://pay.example.com/embed.js" data-link="lnk_…" data-label="Pay" data-mode="frame"></script>
(() => {
  const VERSION = 1;
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement)) return;
  const till = new URL(script.src).origin; // nobody else is listened to
  /** @type {Record<string, Record<string, string>>} Language → English → its words; the server puts them in. */
  const TEXTS = {};
  const told = script.dataset;
  const asked = [told.lang ?? "", document.documentElement.lang, ...navigator.languages];
  const spoken = asked.map((tag) => tag.toLowerCase().split(/[-_]/)[0] ?? "").find((tag) => Object.hasOwn(TEXTS, tag)) ?? "en";
  /** @param {string} text */
  const _ = (text) => TEXTS[spoken]?.[text] ?? text;
  const { link = "", label = _("Pay"), mode = "page", lang = "", close = _("Close"), open = _("Open on a page of its own") } = told;
  if (!/^lnk_[0-9a-z]+$/.test(link)) return console.error("Till: data-link must be the id of a payment link.");

  const address = `${till}/l/${link}${lang ? `?lang=${encodeURIComponent(lang)}` : ""}`;
  const button = made("a", { href: address, textContent: label, className: "till-button" });
  if (!told.label) button.lang = spoken;
  look(button, {
    display: "inline-block", padding: "12px 20px", font: "600 16px/1.25 system-ui, sans-serif", color: "#fff",
    background: "#1b2330", borderRadius: "8px", textDecoration: "none",
  });
  script.after(button);
  if (mode === "frame") button.addEventListener("click", (event) => plain(event) && (event.preventDefault(), show()));

  /** Not meant for a new tab or window. @param {MouseEvent} event */
  function plain(event) {
    return !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  }

  /** A dialog of the browser's own: it keeps the focus inside, closes with Escape, and gives the focus back. */
  function show() {
    const dialog = made("dialog", { ariaLabel: label, lang: spoken, dir: ["ar", "he"].includes(spoken) ? "rtl" : "ltr" });
    const bar = made("div", {});
    const frame = made("iframe", { src: address, title: label, allow: "payment *" });
    const shut = made("button", { type: "button", textContent: close });
    shut.addEventListener("click", () => dialog.close());
    bar.append(made("a", { href: address, textContent: open }), shut);
    look(dialog, { width: "min(100%, 480px)", maxHeight: "96vh", padding: "0", border: "0", borderRadius: "12px", overflow: "auto" });
    look(bar, { display: "flex", justifyContent: "space-between", alignItems: "center", gap: "16px", padding: "8px 16px", font: "14px system-ui, sans-serif" });
    look(shut, { minHeight: "44px", padding: "0 12px", font: "inherit" });
    look(frame, { display: "block", width: "100%", height: "600px", border: "0" });
    /** @param {MessageEvent} event */
    const hear = ({ origin, source, data }) => {
      if (origin !== till || source !== frame.contentWindow || data?.till !== VERSION) return;
      if (Number.isFinite(data.height)) frame.style.height = `${Math.min(Math.max(data.height, 200), 5000)}px`;
      if (data.close === true) dialog.close();
      if (typeof data.state === "string") {
        button.dispatchEvent(new CustomEvent("till", { bubbles: true, detail: { state: data.state, session: String(data.session) } }));
      }
    };
    addEventListener("message", hear);
    dialog.addEventListener("close", () => (removeEventListener("message", hear), dialog.remove()));
    dialog.append(bar, frame);
    document.body.append(dialog);
    dialog.showModal();
  }

  /**
   * @template {keyof HTMLElementTagNameMap} Tag
   * @param {Tag} tag @param {Partial<HTMLElementTagNameMap[Tag]>} properties
   */
  function made(tag, properties) {
    return Object.assign(document.createElement(tag), properties);
  }

  /** @param {HTMLElement} element @param {Partial<CSSStyleDeclaration>} style */
  function look(element, style) {
    Object.assign(element.style, style);
  }
})();
