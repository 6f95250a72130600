// Part 6: `window.Stripe` itself.
const API_VERSION = "2026-10-28.endive";
const METHODS = ["elements", "createConfirmationToken", "confirmPayment", "handleNextAction", "retrievePaymentIntent", "registerAppInfo"];
const DONE = ["succeeded", "requires_capture", "processing", "requires_confirmation"];

function Stripe(key, options = {}) {
  if (typeof key !== "string" || !key.startsWith("pk_test_")) {
    const secret = typeof key === "string" && key.startsWith("sk_");
    throw new IntegrationError(secret ? "You should not use your secret key with Stripe.js. Please pass a publishable key instead." : "Missing value for Stripe(): apiKey should be a test publishable key.");
  }
  strictly("Stripe()", options, ["locale", "apiVersion"]);
  oneOf("Stripe(): apiVersion", options.apiVersion, [API_VERSION]);

  const retrieve = async (secret) => {
    if (!/^pi_\w+_secret_\w+$/.test(String(secret))) throw new IntegrationError("clientSecret should be a client secret of the form ${id}_secret_${secret}.");
    const answer = await api(key, "GET", `payment_intents/${secret.split("_secret_")[0]}`, { client_secret: secret });
    return answer.error ? { error: answer.error } : { paymentIntent: answer };
  };

  /** Let the shopper do what the intent waits for, and say how it ended. */
  const act = async (found, secret) => {
    const action = found.paymentIntent.next_action;
    if (action.type === "redirect_to_url") {
      location.assign(action.redirect_to_url.url);
      return new Promise(() => {});
    }
    await askBank(action.use_stripe_sdk.stripe_js);
    return outcome(await retrieve(secret));
  };

  const outcome = (found) => {
    if (found.error || DONE.includes(found.paymentIntent.status)) return found;
    const error = found.paymentIntent.last_payment_error ?? { type: "invalid_request_error", message: "The payment was not completed." };
    return { error: { ...error, payment_intent: found.paymentIntent } };
  };

  const stripe = {
    elements: (given = {}) => new Elements(key, options.locale ?? "auto", given),

    createConfirmationToken: async (given) => {
      strictly("createConfirmationToken()", given, ["elements", "params"]);
      if (!(given.elements instanceof Elements)) throw new IntegrationError("createConfirmationToken(): elements should be an Elements instance.");
      return given.elements.token(given.params);
    },

    retrievePaymentIntent: (secret) => retrieve(secret),

    handleNextAction: async (given) => {
      strictly("handleNextAction()", given, ["clientSecret"]);
      const found = await retrieve(given.clientSecret);
      if (found.error) return found;
      if (found.paymentIntent.status !== "requires_action") {
        throw new IntegrationError("handleNextAction: The PaymentIntent supplied is not in the requires_action state.");
      }
      return act(found, given.clientSecret);
    },

    confirmPayment: async (given) => {
      strictly("confirmPayment()", given, ["elements", "clientSecret", "confirmParams", "redirect"]);
      strictly("confirmPayment(): confirmParams", given.confirmParams, ["return_url", "payment_method_data", "shipping"]);
      oneOf("confirmPayment(): redirect", given.redirect, ["always", "if_required"]);
      if (!given.confirmParams?.return_url && given.redirect !== "if_required") throw new IntegrationError("confirmPayment(): confirmParams.return_url is required.");
      const made = await given.elements.token(given.confirmParams);
      if (made.error) return made;
      const secret = given.clientSecret;
      const form = { client_secret: secret, confirmation_token: made.confirmationToken.id, use_stripe_sdk: "true" };
      const answer = await api(key, "POST", `payment_intents/${secret.split("_secret_")[0]}/confirm`, form);
      if (answer.error) return { error: answer.error };
      const ended = answer.status === "requires_action" ? await act({ paymentIntent: answer }, secret) : outcome({ paymentIntent: answer });
      if (ended.error || given.redirect === "if_required") return ended;
      const url = new URL(given.confirmParams.return_url);
      url.searchParams.set("payment_intent", ended.paymentIntent.id);
      url.searchParams.set("payment_intent_client_secret", secret);
      url.searchParams.set("redirect_status", "succeeded");
      location.assign(url);
      return new Promise(() => {});
    },

    registerAppInfo: () => {},
  };
  // Any other name throws at once, instead of being undefined until somebody calls it.
  return new Proxy(Object.freeze(stripe), {
    get(target, name) {
      if (typeof name === "symbol" || name === "then" || METHODS.includes(name)) return target[name];
      throw new IntegrationError(`stripe.${name} does not exist in this sandbox.`);
    },
  });
}

Stripe.version = "endive";
window.Stripe = Stripe;
