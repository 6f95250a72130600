// The hosted page in a merchant's frame: says how tall it is and how the payment stands, to the named sites only.
const VERSION = 1;
const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="till-framed-by"]'));
const origins = meta?.content.split(" ") ?? [];
const { state, session } = meta?.dataset ?? {};

/** A browser hands a message over only where the frame around us is of that origin. @param {object} message */
function tell(message) {
  const around = location.ancestorOrigins?.[0]; // Firefox does not say
  for (const origin of origins) {
    if (!around || around === origin) parent.postMessage({ till: VERSION, ...message }, origin);
  }
}

if (parent !== window) {
  tell({ state, session });
  new ResizeObserver(() => tell({ height: document.body.scrollHeight })).observe(document.body);
  // A key pressed in here is not heard outside: Escape closes the dialog around us, but first one of our own.
  addEventListener("keydown", ({ key }) => key === "Escape" && !document.querySelector("dialog[open]") && tell({ close: true }));
  // The way on, the way back and the way to a provider's own page leave the frame.
  for (const way of document.querySelectorAll("#continue, a.brand-name, #hosted")) way.setAttribute("target", "_top");
}
