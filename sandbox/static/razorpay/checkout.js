// Part 2: `window.Razorpay`, which opens the checkout's pages in a dialog over the merchant's page.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
  dialog.RazorpaySandbox { padding: 0; border: 0; border-radius: 14px; overflow: hidden; width: min(440px, 100vw); height: min(680px, 100dvh); max-width: 100vw; max-height: 100dvh; background: Canvas; color-scheme: light dark; box-shadow: 0 20px 60px #0008; }
  dialog.RazorpaySandbox::backdrop { background: #0009; }
  dialog.RazorpaySandbox iframe { width: 100%; height: 100%; border: 0; display: block; color-scheme: light dark; }
  @media (max-width: 480px) { dialog.RazorpaySandbox { width: 100vw; height: 100dvh; border-radius: 0; } }
`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, SHEET];

/** The fields of the form that the frame posts. */
function formOf(options) {
  const { modal = {}, retry = {}, prefill = {}, notes = {} } = options;
  const form = {
    key_id: options.key, order_id: options.order_id, amount: options.amount, currency: options.currency,
    name: options.name, description: options.description,
    _method: prefill.method, _color: options.theme?.color,
    _confirm_close: modal.confirm_close, _no_escape: modal.escape === false,
    _once: retry.enabled === false, _redirect: options.redirect,
    ...display(options.config?.display),
  };
  for (const name of ["name", "email", "contact"]) form[`prefill[${name}]`] = prefill[name];
  for (const [name, value] of Object.entries(notes)) form[`notes[${name}]`] = value;
  return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]));
}

/** Send the shopper's whole browser to the merchant with these fields, nested ones in brackets. */
function post(url, fields) {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: url, hidden: true });
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value: typeof value === "string" ? value : JSON.stringify(value) });
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

class Razorpay {
  #options;
  #listeners = [];
  #dialog = null;
  #frame = null;
  #timer = 0;
  #listen = (event) => this.#receive(event);

  constructor(options) {
    checkOptions(options);
    this.#options = options;
  }

  on(event, listener) {
    if (event !== "payment.failed") throw new Error(`There is no event ${event} in this sandbox.`);
    this.#listeners.push(listener);
  }

  open() {
    if (this.#dialog) return;
    const { modal = {}, timeout } = this.#options;
    this.#frame = document.createElement("iframe");
    this.#frame.src = `${BASE}/checkout/frame`;
    this.#frame.title = "Razorpay checkout (sandbox)";
    this.#frame.addEventListener("load", () => this.#frame?.focus());
    this.#dialog = document.createElement("dialog");
    this.#dialog.className = "RazorpaySandbox";
    this.#dialog.setAttribute("aria-label", "Razorpay checkout");
    this.#dialog.append(this.#frame);
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (modal.escape !== false) this.#leave();
    });
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog && modal.backdropclose) this.#leave();
    });
    addEventListener("message", this.#listen);
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    if (timeout) this.#timer = setTimeout(() => this.#dismiss(), timeout * 1000);
  }

  close() {
    clearTimeout(this.#timer);
    removeEventListener("message", this.#listen);
    this.#dialog?.close();
    this.#dialog?.remove();
    this.#dialog = this.#frame = null;
  }

  /** Let the pages ask first, where the merchant wants that. */
  #leave() {
    this.#frame?.contentWindow?.postMessage({ kind: "leave" }, HOME);
  }

  #dismiss() {
    this.close();
    this.#options.modal?.ondismiss?.();
  }

  /** Take only what this very frame says, and only from the sandbox's origin. */
  #receive({ origin, source, data }) {
    if (origin !== HOME || source !== this.#frame?.contentWindow || data?.from !== "razorpay-sandbox") return;
    if (data.kind === "hello") source.postMessage({ kind: "options", form: formOf(this.#options) }, HOME);
    if (data.kind === "paid") this.#paid(data.response);
    if (data.kind === "failed") this.#failed(data);
    if (data.kind === "dismiss") this.#dismiss();
  }

  #paid(response) {
    const { handler, callback_url: back, redirect } = this.#options;
    this.close();
    if (back && (redirect || !handler)) post(back, response);
    else handler?.(response);
  }

  #failed({ response, over }) {
    const { callback_url: back, redirect } = this.#options;
    for (const listener of this.#listeners) listener(response);
    if (!over) return;
    if (!redirect) return this.#dismiss();
    this.close();
    post(back, Object.fromEntries(Object.entries(response.error).map(([name, value]) => [`error[${name}]`, value])));
  }
}

window.Razorpay = Razorpay;
