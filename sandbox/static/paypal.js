// PayPal's browser script, stood in for: exactly the names our pages use, an error for all others.
(() => {
  "use strict";

  const setup = /*SETUP*/ null;
  const origin = new URL(setup.base).origin;
  const CLOSED_POLL_MS = 250;
  const LOOKS = {
    color: ["gold", "blue", "silver", "white", "black"],
    shape: ["rect", "pill", "sharp"],
    label: ["paypal", "checkout", "buynow", "pay"],
    layout: ["vertical", "horizontal"],
  };
  const CALLBACKS = ["createOrder", "onApprove", "onCancel", "onError", "onClick", "onInit"];
  const OPTIONS = ["style", "fundingSource", ...CALLBACKS];
  const FUNDING = { PAYPAL: "paypal", CARD: "card", CREDIT: "credit", PAYLATER: "paylater", VENMO: "venmo" };
  const ELIGIBLE = [FUNDING.PAYPAL, FUNDING.CARD];

  /** An object that throws when asked for a name it does not have, so that a test notices. */
  function strict(what, members) {
    return new Proxy(Object.freeze(members), {
      get(target, name) {
        if (typeof name === "symbol" || name in target || name === "then" || name === "toJSON") return target[name];
        throw new Error(`${what}.${String(name)} does not exist in the PayPal sandbox.`);
      },
    });
  }

  function checkStyle(style) {
    for (const [name, value] of Object.entries(style)) {
      if (name === "height") {
        if (!Number.isInteger(value) || value < 25 || value > 55) {
          throw new Error("Expected style.height to be between 25px and 55px.");
        }
      } else if (name === "tagline") {
        if (typeof value !== "boolean") throw new Error("Expected style.tagline to be a boolean.");
      } else if (!LOOKS[name]) {
        throw new Error(`Unknown style: ${name}`);
      } else if (!LOOKS[name].includes(value)) {
        throw new Error(`Unexpected style.${name}: ${value}, expected one of ${LOOKS[name].join(", ")}`);
      }
    }
  }

  function checkOptions(options) {
    for (const name of Object.keys(options)) {
      if (!OPTIONS.includes(name)) throw new Error(`Buttons option ${name} does not exist in the PayPal sandbox.`);
    }
    for (const name of CALLBACKS) {
      if (options[name] !== undefined && typeof options[name] !== "function") {
        throw new Error(`Expected ${name} to be a function.`);
      }
    }
    if (!options.createOrder) throw new Error("Must pass createOrder to Buttons.");
    if (options.fundingSource !== undefined && !Object.values(FUNDING).includes(options.fundingSource)) {
      throw new Error(`Invalid fundingSource: ${options.fundingSource}`);
    }
    checkStyle(options.style ?? {});
  }

  function element(tag, css, properties = {}) {
    const made = Object.assign(document.createElement(tag), properties);
    made.style.cssText = css; // through the CSSOM, which a strict style-src allows
    return made;
  }

  /** The veil over the merchant's page: beside a popup a way back to it, without one the page itself. */
  class Veil {
    constructor({ onContinue, onClose }) {
      this.onClose = onClose;
      this.before = document.activeElement;
      this.root = element(
        "div",
        "position:fixed;inset:0;z-index:2147483647;display:flex;flex-direction:column;align-items:center;" +
          "justify-content:center;gap:16px;padding:16px;background:rgba(0,0,0,.82);color:#fff;" +
          "font:16px/1.5 system-ui,sans-serif;text-align:center",
      );
      this.root.setAttribute("role", "dialog");
      this.root.setAttribute("aria-modal", "true");
      this.root.setAttribute("aria-label", "PayPal");
      const plain =
        "font:inherit;color:#fff;background:none;border:1px solid #fff;border-radius:99px;" +
        "padding:8px 20px;min-height:44px;cursor:pointer";
      this.text = element("p", "margin:0;max-width:30em", {
        textContent: "Don’t see the secure PayPal window? We’ll help you bring it back to finish your payment.",
      });
      this.forward = element("button", plain, { type: "button", textContent: "Continue", onclick: onContinue });
      this.close = element("button", plain + ";border-color:transparent", {
        type: "button",
        textContent: "Cancel PayPal",
        onclick: onClose,
      });
      this.root.append(this.text, this.forward, this.close);
      this.root.addEventListener("keydown", (event) => this.#key(event));
      document.body.append(this.root);
      this.forward.focus();
    }

    #key(event) {
      if (event.key === "Escape") this.onClose();
      if (event.key !== "Tab") return;
      const stops = [...this.root.querySelectorAll("button, iframe")];
      const at = stops.indexOf(document.activeElement) + (event.shiftKey ? -1 : 1);
      event.preventDefault();
      stops[(at + stops.length) % stops.length].focus();
    }

    /** No popup: show the page here instead. */
    embed(url) {
      this.text.remove();
      this.forward.remove();
      this.frame ??= element(
        "iframe",
        "inline-size:min(100%,480px);block-size:min(100%,760px);border:0;border-radius:14px;background:#fff",
        { title: "PayPal" },
      );
      this.root.prepend(this.frame);
      this.frame.src = url;
      this.frame.focus();
    }

    remove() {
      this.root.remove();
      this.before?.focus?.();
    }
  }

  /** One visit of the buyer to PayPal: a popup or, where that is blocked, the veil. */
  class Visit {
    constructor() {
      this.popup = openPopup();
      this.decision = new Promise((resolve) => (this.decide = resolve));
      const stop = () => this.decide({ type: "canceled" });
      this.veil = new Veil({ onContinue: () => this.popup?.focus(), onClose: stop });
      this.listen = (event) => {
        const from = this.popup ?? this.veil.frame?.contentWindow;
        if (event.origin !== origin || !from || event.source !== from) return;
        if (event.data?.source === "paypal-sandbox") this.decide(event.data);
      };
      addEventListener("message", this.listen);
      if (this.popup) {
        this.poll = setInterval(() => {
          // The last message may still be on its way when the window is already gone.
          if (this.popup.closed) setTimeout(stop, CLOSED_POLL_MS);
        }, CLOSED_POLL_MS);
      } else {
        this.veil.embed(`${setup.base}/sdk/wait`);
      }
    }

    show(orderID, fundingSource) {
      const query = new URLSearchParams({ token: orderID, fundingSource, origin: location.origin });
      const url = `${setup.base}/checkoutnow?${query}`;
      if (this.popup) this.popup.location = url;
      else this.veil.embed(url);
      return this.decision;
    }

    end() {
      clearInterval(this.poll);
      removeEventListener("message", this.listen);
      this.popup?.close();
      this.veil.remove();
    }
  }

  function openPopup() {
    const [width, height] = [480, 760];
    const left = Math.max(0, screenX + (outerWidth - width) / 2);
    const top = Math.max(0, screenY + (outerHeight - height) / 2);
    const features = `popup,width=${width},height=${height},left=${left},top=${top}`;
    const popup = open(`${setup.base}/sdk/wait`, "", features);
    return popup && !popup.closed ? popup : null;
  }

  const redirect = (url) => location.assign(url);

  /** From the press of the button to the merchant's last callback. */
  async function checkout(options, fundingSource) {
    let visit = null;
    let refused = false;
    try {
      const clicked = options.onClick?.({ fundingSource }, clickActions(() => (refused = true)));
      if (refused) return;
      visit = new Visit(); // before any waiting: later the browser would take it for unasked
      await clicked;
      if (refused) return;
      const orderID = await Promise.race([
        options.createOrder({ paymentSource: fundingSource }, strict("actions", {})),
        visit.decision.then(() => null),
      ]);
      if (orderID === null) return options.onCancel?.({}, strict("actions", { redirect }));
      if (typeof orderID !== "string" || !orderID) throw new Error("Expected an order id to be passed");
      await decided(options, { visit, orderID, fundingSource, taken: (next) => (visit = next) });
    } finally {
      visit?.end();
    }
  }

  async function decided(options, { visit, orderID, fundingSource, taken }) {
    const decision = await visit.show(orderID, fundingSource);
    visit.end();
    if (decision.type !== "approved") {
      return options.onCancel?.({ orderID }, strict("actions", { redirect }));
    }
    const restart = () => {
      const again = new Visit();
      taken(again);
      return decided(options, { visit: again, orderID, fundingSource, taken });
    };
    const data = {
      orderID,
      payerID: decision.payerID,
      facilitatorAccessToken: "A21AA-sandbox-facilitator",
      paymentSource: fundingSource,
    };
    return options.onApprove?.(data, strict("actions", { restart, redirect }));
  }

  function clickActions(refuse) {
    return strict("actions", { resolve: () => Promise.resolve(), reject: () => Promise.resolve(refuse()) });
  }

  function Buttons(options = {}) {
    checkOptions(options);
    const fundingSource = options.fundingSource ?? FUNDING.PAYPAL;
    let frame = null;
    let listen = null;
    let busy = false;

    const say = (message) => frame?.contentWindow?.postMessage(message, origin);

    async function press() {
      if (busy) return;
      busy = true;
      try {
        await checkout(options, fundingSource);
      } catch (error) {
        if (!options.onError) throw error;
        options.onError(error);
      } finally {
        busy = false;
      }
    }

    function render(target) {
      const container = typeof target === "string" ? document.querySelector(target) : target;
      if (!container) return Promise.reject(new Error(`Document is ready and element ${target} does not exist`));
      const { height = 45, color = "gold", shape = "rect", label = "paypal" } = options.style ?? {};
      const query = new URLSearchParams({ color, shape, label, fundingSource, origin: location.origin });
      frame = element(
        "iframe",
        `display:block;inline-size:100%;min-inline-size:150px;block-size:${height}px;border:0;color-scheme:light`,
        { title: fundingSource === FUNDING.CARD ? "Debit or credit card" : "PayPal" },
      );
      return new Promise((resolve) => {
        listen = (event) => {
          if (event.source !== frame.contentWindow || event.origin !== origin) return;
          if (event.data?.type === "click") press();
          if (event.data?.type !== "ready") return;
          const enable = (value) => () => Promise.resolve(say({ type: "enabled", value }));
          options.onInit?.({}, strict("actions", { enable: enable(true), disable: enable(false) }));
          resolve();
        };
        addEventListener("message", listen);
        frame.src = `${setup.base}/sdk/button?${query}`;
        container.append(frame);
      });
    }

    function close() {
      if (listen) removeEventListener("message", listen);
      frame?.remove();
      return Promise.resolve();
    }

    return strict("Buttons", { render, close, isEligible: () => ELIGIBLE.includes(fundingSource) });
  }

  const components = {
    buttons: { Buttons },
    "card-fields": { CardFields: makeCardFields({ setup, origin, strict, element, Veil }) },
  };
  const asked = setup.components.map((name) => components[name]);
  window.paypal = strict("paypal", Object.assign({ FUNDING: Object.freeze(FUNDING), version: "5.0.0-sandbox" }, ...asked));
})();
