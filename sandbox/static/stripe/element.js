// Part 5: the two elements, payment and expressCheckout.
const PAYMENT_OPTIONS = ["fields", "wallets", "layout", "terms", "business", "defaultValues", "readOnly", "paymentMethodOrder"];
const EXPRESS_OPTIONS = ["emailRequired", "buttonHeight", "buttonTheme", "buttonType", "paymentMethods", "paymentMethodOrder", "layout", "lineItems", "business"];
const EVENTS = {
  payment: ["ready", "change", "focus", "blur", "escape", "loaderror", "loaderstart", "availablepaymentmethodschange"],
  expressCheckout: ["ready", "click", "confirm", "cancel", "loaderror", "focus", "blur", "escape", "availablepaymentmethodschange"],
};
const WALLETS = { applePay: "apple_pay", googlePay: "google_pay" };
const CLICK_PATIENCE_MS = 1000;

function checkElement(type, options) {
  const where = `elements.create("${type}")`;
  if (type === "payment") {
    strictly(where, options, PAYMENT_OPTIONS);
    strictly(`${where}: fields`, options.fields, ["billingDetails"]);
    const billing = options.fields?.billingDetails;
    if (isObject(billing)) strictly(`${where}: fields.billingDetails`, billing, BILLING);
    else oneOf(`${where}: fields.billingDetails`, billing, ["auto", "never"]);
    const layout = options.layout;
    oneOf(`${where}: layout`, isObject(layout) ? layout.type : layout, ["tabs", "accordion", "auto"]);
    strictly(`${where}: terms`, options.terms, ["applePay", "card", "googlePay", "ideal", "sepaDebit"]);
    strictly(`${where}: defaultValues`, options.defaultValues, ["billingDetails"]);
    strictly(`${where}: wallets`, options.wallets, ["applePay", "googlePay", "link"]);
    return;
  }
  strictly(where, options, EXPRESS_OPTIONS);
  strictly(`${where}: paymentMethods`, options.paymentMethods, ["applePay", "googlePay", "amazonPay", "klarna", "link", "paypal"]);
  const height = options.buttonHeight;
  if (height !== undefined && !(height >= 40 && height <= 55)) {
    throw new IntegrationError(`${where}: buttonHeight should be between 40 and 55. You specified: ${height}.`);
  }
}

class SandboxElement {
  constructor(group, type, options) {
    checkElement(type, options);
    Object.assign(this, { group, type, options });
    this.handlers = new Map();
  }

  on(event, handler) {
    if (!EVENTS[this.type].includes(event)) {
      throw new IntegrationError(`The ${this.type} element has no event ${event} in this sandbox.`);
    }
    if (typeof handler !== "function") throw new IntegrationError(`The handler of ${event} should be a function.`);
    this.handlers.set(event, [...(this.handlers.get(event) ?? []), handler]);
    return this;
  }

  once(event, handler) {
    const first = (payload) => {
      this.off(event, first);
      handler(payload);
    };
    return this.on(event, first);
  }

  off(event, handler) {
    const left = handler ? (this.handlers.get(event) ?? []).filter((one) => one !== handler) : [];
    this.handlers.set(event, left);
    return this;
  }

  emit(event, payload) {
    for (const handler of this.handlers.get(event) ?? []) handler({ elementType: this.type, ...payload });
  }

  mount(target) {
    if (this.destroyed) throw new IntegrationError("This element has already been destroyed. Please create a new one.");
    const host = typeof target === "string" ? document.querySelector(target) : target;
    if (!host) throw new IntegrationError(`The selector you specified (${target}) applies to no DOM elements that are currently on the page.`);
    this.unmount();
    const title = this.type === "payment" ? "Secure payment fields" : "Pay with a wallet";
    this.frame = new Frame(this.type === "payment" ? "payment" : "express", `${title} (Stripe sandbox)`, (kind, data) => this.hear(kind, data));
    this.frame.setup = this.setup();
    this.frame.paint(this.group.options.appearance);
    // The frame's own 3 px of room for focus rings must not push its fields out of line.
    Object.assign(this.frame.node.style, { margin: "-3px", width: "calc(100% + 6px)" });
    host.replaceChildren(this.frame.node);
    if (this.type === "payment") this.emit("loaderstart", {});
  }

  /** What the frame must know. */
  setup() {
    const { key, locale, options } = this.group;
    const order = this.options.paymentMethodOrder ?? [];
    const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
    const offered = this.group.offered().sort((a, b) => place(a) - place(b));
    return { key, locale, appearance: options.appearance, options: this.options, offered };
  }

  unmount() {
    this.frame?.remove();
    this.frame = undefined;
  }

  destroy() {
    this.unmount();
    this.destroyed = true;
    this.group.forget(this);
  }

  update(options) {
    checkElement(this.type, options);
    this.options = { ...this.options, ...options };
    this.refresh();
  }

  refresh() {
    const { appearance } = this.group.options;
    if (!this.frame) return;
    this.frame.setup = this.setup();
    this.frame.paint(appearance);
    this.frame.post("update", this.frame.setup);
  }

  focus() { this.frame?.post("focus"); }
  blur() { this.frame?.post("blur"); }
  clear() { this.frame?.post("clear"); }

  hear(kind, data) {
    if (kind === "ready") this.emit("ready", this.type === "payment" ? {} : { availablePaymentMethods: this.available() });
    else if (kind === "wallet") this.clicked(data.wallet);
    else if (kind === "loaderror") this.emit("loaderror", { error: { ...PROBLEM, code: "element_load_error" } });
    else if (kind === "change") {
      this.group.submitted = false;
      this.emit("change", { complete: data.complete, empty: data.empty, collapsed: false, value: { type: data.type } });
    } else this.emit(kind, {});
  }

  available() {
    const shown = Object.keys(WALLETS).filter((name) => this.options.paymentMethods?.[name] !== "never");
    if (!shown.length || !this.group.offered().includes("card")) return undefined;
    const all = { amazonPay: false, applePay: false, googlePay: false, klarna: false, link: false, paypal: false };
    return { ...all, ...Object.fromEntries(shown.map((name) => [name, true])) };
  }

  /** A wallet's button: the page may resolve or reject within a second, then the sheet opens. */
  clicked(wallet) {
    let done = false;
    const settle = (open) => () => {
      if (done) return;
      done = true;
      if (open) this.openSheet(wallet);
    };
    this.emit("click", { expressPaymentType: wallet, resolve: settle(true), reject: settle(false) });
    if (!this.handlers.get("click")?.length) settle(true)();
    else setTimeout(settle(false), CLICK_PATIENCE_MS);
  }

  openSheet(wallet) {
    const name = wallet === "apple_pay" ? "Apple Pay" : "Google Pay";
    const sheet = new Frame("wallet", `Pay with ${name} (sandbox)`, (kind, data) => {
      if (kind === "authorized") this.authorized(wallet, data.billingDetails);
      else this.closeSheet(true);
    });
    const { amount, currency } = this.group.options;
    sheet.setup = { key: this.group.key, wallet, amount, currency, emailRequired: Boolean(this.options.emailRequired) };
    this.sheet = sheet;
    this.shut = openDialog(`Pay with ${name}`, sheet.node, () => this.closeSheet(true));
    sheet.node.style.height = "100%";
    sheet.fixed = true;
  }

  authorized(wallet, billingDetails) {
    this.group.wallet = this;
    this.paying = wallet;
    const paymentFailed = (payload) => {
      strictly("paymentFailed", payload, ["reason", "message"]);
      this.closeSheet(false);
    };
    this.emit("confirm", { expressPaymentType: wallet, billingDetails, paymentFailed });
  }

  closeSheet(canceled) {
    if (!this.sheet) return;
    this.sheet.remove();
    this.shut();
    this.sheet = undefined;
    if (this.group.wallet === this) this.group.wallet = undefined;
    if (canceled) this.emit("cancel", {});
  }
}
