// The providers' own fields and buttons in our page. No card number ever comes this way.
import { _, load, page } from "./http.js";

/** @typedef {import("@stripe/stripe-js").StripeElements} Elements */

/** What the shopper typed is not complete; Stripe's own frame already says where. */
export class Incomplete extends Error {}

/** Colours and shapes for Stripe's frames, read from our style sheet. */
function appearance() {
  const css = getComputedStyle(document.documentElement);
  /** @param {string} name */
  const color = (name) => css.getPropertyValue(`--${name}`).trim();
  /** @type {import("@stripe/stripe-js").Appearance} */
  const look = {
    theme: matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe",
    variables: {
      colorPrimary: color("accent"),
      colorBackground: color("field"),
      colorText: color("text"),
      colorTextSecondary: color("muted"),
      colorTextPlaceholder: color("muted"),
      colorDanger: color("bad"),
      borderRadius: "8px",
      fontFamily: css.fontFamily,
      fontSizeBase: "16px",
    },
    rules: { ".Input": { border: `1px solid ${color("edge")}` }, ".Label": { fontWeight: "500" } },
  };
  return look;
}

/**
 * Show the card fields and the wallets.
 * @param {import("./http.js").StripeSettings} settings
 * @param {{ready: () => void, blocked: () => void, wallets: (usable: boolean) => void, walletPay: (token: Promise<string>, email: string | undefined, failed: () => void) => void}} on
 */
export async function startCard(settings, on) {
  if (!window.Stripe) await load(settings.url);
  if (!window.Stripe) throw new Error("blocked");
  const stripe = window.Stripe(settings.key, { locale: settings.locale });
  const elements = stripe.elements({
    mode: "payment",
    amount: settings.amount,
    currency: settings.currency,
    captureMethod: settings.capture_method,
    paymentMethodCreation: "manual",
    allowedPaymentMethodTypes: settings.methods,
    appearance: appearance(),
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    elements.update({ appearance: appearance() }),
  );
  startWallets(stripe, elements, settings.wallets, on);
  if (document.getElementById("card")) {
    const card = elements.create("payment", {
      fields: { billingDetails: { name: "never", email: "never" } },
      wallets: { applePay: "never", googlePay: "never" },
    });
    card.on("ready", on.ready);
    card.on("loaderror", on.blocked);
    card.mount("#card");
  } else on.ready();

  return {
    /** @param {number} amount */
    setAmount: (amount) => elements.update({ amount }),
    /** @param {{email: string, name: string}} billing */
    token: (billing) => tokenize(stripe, elements, billing),
    /** The bank's question, in Stripe's own dialog. What it answers is for the server to find out. @param {string} secret */
    challenge: (secret) => stripe.handleNextAction({ clientSecret: secret }),
  };
}

/**
 * @param {import("@stripe/stripe-js").Stripe} stripe
 * @param {Elements} elements
 * @param {string[]} offered
 * @param {Parameters<typeof startCard>[1]} on
 */
function startWallets(stripe, elements, offered, on) {
  if (!offered.length) return on.wallets(false);
  /** @param {string} name */
  const when = (name) => (offered.includes(name) ? "auto" : "never");
  const wallets = elements.create("expressCheckout", {
    emailRequired: true,
    buttonHeight: 48,
    paymentMethods: { applePay: when("apple_pay"), googlePay: when("google_pay") },
  });
  wallets.on("ready", (event) => on.wallets(Boolean(event.availablePaymentMethods)));
  wallets.on("confirm", (event) => {
    const failed = () => event.paymentFailed({ reason: "fail" });
    on.walletPay(tokenize(stripe, elements), event.billingDetails?.email, failed);
  });
  wallets.mount("#express-wallets");
}

/**
 * Turn what was typed into a token that the server may use once.
 * @param {import("@stripe/stripe-js").Stripe} stripe
 * @param {Elements} elements
 * @param {{email: string, name: string}} [billing]
 * @returns {Promise<string>}
 */
async function tokenize(stripe, elements, billing) {
  const checked = await elements.submit();
  if (checked.error) throw new Incomplete(checked.error.message || _("Check the card details."));
  const made = await stripe.createConfirmationToken({
    elements,
    params: {
      return_url: page.return_url,
      ...(billing && { payment_method_data: { billing_details: billing } }),
    },
  });
  if (made.confirmationToken) return made.confirmationToken.id;
  if (made.error.type === "api_connection_error") throw new Error("no answer");
  throw new Incomplete(made.error.message || _("Check the card details."));
}

/**
 * PayPal's button. The amount, the order and its capture are the server's business.
 * @param {{url: string}} settings
 * @param {{create: () => Promise<string>, approved: (order: string) => Promise<import("./http.js").Result | undefined>, canceled: () => void, failed: () => void}} on
 * @returns {Promise<boolean>} whether the button is there
 */
export async function startPayPal(settings, on) {
  if (!window.paypal) await load(settings.url);
  if (!window.paypal?.Buttons) return false;
  const button = window.paypal.Buttons({
    fundingSource: "paypal",
    style: { height: 48, shape: "rect", color: "gold", label: "paypal" },
    createOrder: () => on.create(),
    onApprove: async (data, actions) => {
      const result = await on.approved(data.orderID);
      if (result?.decline?.code === "instrument_declined") return actions.restart();
    },
    onCancel: () => on.canceled(),
    onError: () => on.failed(),
  });
  if (!button.isEligible()) return false;
  await button.render("#paypal-button");
  return true;
}

/**
 * PayPal's own card fields: each in a frame of PayPal's.
 * @param {{url: string}} settings
 * @param {{create: () => Promise<string>, approved: (order: string) => Promise<void>, canceled: () => Promise<void>}} on
 */
export async function startPayPalCard(settings, on) {
  if (!window.paypal) await load(settings.url);
  const fields = window.paypal?.CardFields?.({
    createOrder: () => on.create(),
    onApprove: (data) => on.approved(data.orderID),
    onCancel: () => on.canceled(),
    onError: () => {}, // `submit` fails with the same
  });
  if (!fields?.isEligible()) throw new Error("blocked");
  await Promise.all([
    fields.NameField({}).render("#paypal-card-name"),
    fields.NumberField({}).render("#paypal-card-number"),
    fields.ExpiryField({}).render("#paypal-card-expiry"),
    fields.CVVField({}).render("#paypal-card-cvv"),
  ]);
  return async () => {
    if (!(await fields.getState()).isFormValid) throw new Incomplete(_("Check the card details."));
    await fields.submit();
  };
}

/**
 * Razorpay's dialog. What it says of a payment is signed, and is for the server to look at; null: it was closed.
 * @param {import("./http.js").RazorpayAction} action @param {string} email
 * @returns {Promise<Record<string, string> | null>}
 */
export function openRazorpay({ order, data }, email) {
  return new Promise((resolve, reject) => {
    if (!window.Razorpay) return reject(new Error("blocked"));
    new window.Razorpay({
      key: data.key,
      order_id: order,
      amount: data.amount,
      currency: data.currency,
      name: data.name,
      description: data.description,
      prefill: { email: email || undefined, method: data.method },
      notes: { attempt_id: data.attempt },
      config: { display: { sequence: data.methods, preferences: { show_default_blocks: false } } },
      handler: resolve,
      modal: { ondismiss: () => resolve(null), confirm_close: true },
    }).open();
  });
}
