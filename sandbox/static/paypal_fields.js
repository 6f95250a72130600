// PayPal's CardFields, stood in for: inputs in frames of PayPal's origin; the merchant's page never sees a number.
const FIELDS = { NameField: "name", NumberField: "number", ExpiryField: "expiry", CVVField: "cvv" };
const FIELD_TITLES = { name: "Name on card", number: "Card number", expiry: "Expiry date", cvv: "Security code" };
const FIELD_OPTIONS = ["createOrder", "onApprove", "onError", "onCancel", "inputEvents", "style"];
const INPUT_EVENTS = ["onChange", "onFocus", "onBlur", "onInputSubmitRequest"];

function makeCardFields({ setup, origin, strict, element, Veil }) {
  function check(options) {
    for (const name of Object.keys(options)) {
      if (!FIELD_OPTIONS.includes(name)) throw new Error(`CardFields option ${name} does not exist in the PayPal sandbox.`);
    }
    for (const name of Object.keys(options.inputEvents ?? {})) {
      if (!INPUT_EVENTS.includes(name)) throw new Error(`inputEvents.${name} does not exist in the PayPal sandbox.`);
    }
    for (const name of ["createOrder", "onApprove", "onError"]) {
      if (typeof options[name] !== "function") throw new Error(`Must pass ${name} to CardFields.`);
    }
  }

  /** One input in its frame, and what is known of it: never what is typed. */
  class Field {
    constructor(kind, group, events) {
      Object.assign(this, { kind, group, events, state: { isEmpty: true, isValid: kind === "name", isFocused: false } });
      this.listen = (event) => {
        if (event.source === this.frame?.contentWindow && event.origin === origin) this.hear(event.data);
      };
    }

    hear(message) {
      if (message.type === "ready") this.ready();
      if (message.type === "state") this.state = message.state;
      if (message.type === "done") this.done?.(message);
      if (message.event) this.events[message.event]?.(message.told);
    }

    render(target) {
      const container = typeof target === "string" ? document.querySelector(target) : target;
      if (!container) return Promise.reject(new Error(`Element ${target} does not exist`));
      const query = new URLSearchParams({ kind: this.kind, group: this.group, origin: location.origin });
      this.frame = element("iframe", "display:block;inline-size:100%;block-size:48px;border:0;color-scheme:light", {
        title: FIELD_TITLES[this.kind],
      });
      addEventListener("message", this.listen);
      return new Promise((resolve) => {
        this.ready = resolve;
        this.frame.src = `${setup.base}/sdk/field?${query}`;
        container.append(this.frame);
      });
    }

    say(message) {
      this.frame?.contentWindow?.postMessage(message, origin);
    }

    close() {
      removeEventListener("message", this.listen);
      this.frame?.remove();
      return Promise.resolve();
    }

    /** The number's frame gathers the others' values and gives them to PayPal. */
    confirm(orderID, kinds) {
      return new Promise((resolve) => {
        this.done = resolve;
        this.say({ type: "confirm", orderID, kinds });
      });
    }
  }

  /** The bank's page over the merchant's, until the bank has answered or the buyer has left. */
  function authenticate(page) {
    let veil;
    return new Promise((resolve) => {
      const listen = (event) => {
        if (event.origin !== origin || event.source !== veil.frame?.contentWindow) return;
        if (event.data?.source === "paypal-sandbox") end(event.data);
      };
      const end = (answer) => {
        removeEventListener("message", listen);
        veil.remove();
        resolve(answer);
      };
      veil = new Veil({ onContinue: () => {}, onClose: () => end({ type: "canceled" }) });
      addEventListener("message", listen);
      veil.embed(`${page}&origin=${encodeURIComponent(location.origin)}`);
    });
  }

  return function CardFields(options = {}) {
    check(options);
    const group = crypto.randomUUID();
    const fields = {};

    const make = (kind) => (own = {}) => {
      const field = (fields[kind] = new Field(kind, group, { ...options.inputEvents, ...own.inputEvents }));
      return strict(kind, {
        render: (target) => field.render(target),
        focus: () => field.say({ type: "focus" }),
        clear: () => field.say({ type: "clear" }),
        close: () => field.close(),
      });
    };

    async function pay() {
      const wrong = Object.values(fields).filter((field) => !field.state.isValid);
      if (!fields.number?.frame || wrong.length) {
        throw new Error(wrong.map((field) => `INVALID_${field.kind.toUpperCase()}`).join(", ") || "INVALID_NUMBER");
      }
      const orderID = await options.createOrder();
      const answer = await fields.number.confirm(orderID, Object.keys(fields));
      if (answer.error) throw new Error(answer.error);
      if (answer.status !== "PAYER_ACTION_REQUIRED") return options.onApprove({ orderID });
      const bank = await authenticate(answer.page);
      if (bank.type !== "authenticated") return options.onCancel?.();
      return options.onApprove({ orderID, liabilityShift: bank.liabilityShift });
    }

    async function submit() {
      try {
        await pay();
      } catch (error) {
        options.onError(error);
        throw error;
      }
    }

    const getState = () =>
      Promise.resolve({
        fields: Object.fromEntries(Object.entries(fields).map(([kind, field]) => [kind, field.state])),
        isFormValid: Object.values(fields).every((field) => field.state.isValid),
      });
    const made = Object.fromEntries(Object.entries(FIELDS).map(([name, kind]) => [name, make(kind)]));
    return strict("CardFields", { ...made, submit, getState, isEligible: () => true });
  };
}
