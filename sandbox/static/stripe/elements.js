// Part 6: a group of elements that share an amount, a look, and one submission.
class Elements {
  constructor(key, locale, options) {
    checkGroup("stripe.elements()", options, GROUP);
    for (const name of options.mode === "setup" ? ["currency"] : ["mode", "amount", "currency"]) {
      if (options[name] === undefined) throw new IntegrationError(`stripe.elements(): ${name} is required when no clientSecret is given.`);
    }
    offeredBy(options);
    this.key = key;
    this.locale = options.locale ?? locale;
    this.options = options;
    this.all = new Map();
    this.submitted = false;
  }

  offered() {
    return offeredBy(this.options);
  }

  create(type, options = {}) {
    if (!EVENTS[type]) throw new IntegrationError(`elements.create(): ${type} is not an element of this sandbox.`);
    if (this.all.has(type)) throw new IntegrationError(`Can only create one Element of type ${type}.`);
    const element = new SandboxElement(this, type, options);
    this.all.set(type, element);
    return element;
  }

  getElement(type) {
    return this.all.get(type) ?? null;
  }

  forget(element) {
    this.all.delete(element.type);
  }

  update(options) {
    checkGroup("elements.update()", options, GROUP_UPDATE);
    offeredBy({ ...this.options, ...options });
    this.options = { ...this.options, ...options };
    if (options.locale) this.locale = options.locale;
    for (const element of this.all.values()) element.refresh();
  }

  async fetchUpdates() {
    return {};
  }

  /** Let the card fields check themselves; a wallet has already done so. */
  async submit() {
    if (this.wallet) {
      this.submitted = true;
      return { selectedPaymentMethod: this.wallet.paying };
    }
    const payment = this.all.get("payment");
    if (!payment?.frame) throw new IntegrationError("elements.submit(): mount an element first.");
    const result = await payment.frame.call("submit", {});
    this.submitted = !result.error;
    return result;
  }

  /** Make a token in the frame that knows the card; the page only ever sees the token. */
  async token(params) {
    const form = tokenForm(params);
    const future = this.options.setupFutureUsage ?? (this.options.mode === "setup" ? "off_session" : undefined);
    if (future) form.setup_future_usage = future;
    if (!this.submitted) {
      throw new IntegrationError("elements.submit() must be called before stripe.createConfirmationToken().");
    }
    const wallet = this.wallet;
    if (!wallet) this.needsBilling(params?.payment_method_data?.billing_details ?? {});
    const frame = wallet ? wallet.sheet : this.all.get("payment")?.frame;
    if (!frame) throw new IntegrationError("createConfirmationToken: mount an element first.");
    const answer = await frame.call("token", { form });
    if (wallet) wallet.closeSheet(false);
    return answer.error ? { error: answer.error } : { confirmationToken: answer };
  }

  /** Who hides a field in the element must say its value. */
  needsBilling(billing) {
    const fields = this.all.get("payment")?.options.fields?.billingDetails;
    const hidden = fields === "never" ? BILLING : BILLING.filter((name) => fields?.[name] === "never");
    for (const name of hidden) {
      if (billing[name] === undefined) {
        throw new IntegrationError(
          `You specified "never" for fields.billing_details.${name} when creating the payment Element, but did not pass params.payment_method_data.billing_details.${name} when calling stripe.createConfirmationToken().`,
        );
      }
    }
  }
}
