// Part 7: `window.Stripe` itself.
const API_VERSION = "2026-10-28.endive";
const METHODS = ["elements", "createConfirmationToken", "confirmPayment", "confirmSetup", "handleNextAction", "retrievePaymentIntent", "retrieveSetupIntent", "registerAppInfo"];
const DONE = ["succeeded", "requires_capture", "processing", "requires_confirmation"];

const SECRETS = [
  { kind: "payment_intent", name: "paymentIntent", failed: "last_payment_error", prefix: "pi" },
  { kind: "setup_intent", name: "setupIntent", failed: "last_setup_error", prefix: "seti" },
];

/** What a client secret belongs to. */
function kindOf(secret) {
  const [, prefix, id] = /^(pi|seti)_(\w+)_secret_\w+$/.exec(String(secret)) ?? [];
  if (!prefix) throw new IntegrationError("clientSecret should be a client secret of the form ${id}_secret_${secret}.");
  const found = SECRETS.find((one) => one.prefix === prefix);
  return { ...found, path: `${found.kind}s/${prefix}_${id}` };
}

function Stripe(key, options = {}) {
  if (typeof key !== "string" || !key.startsWith("pk_test_")) {
    const secret = typeof key === "string" && key.startsWith("sk_");
    throw new IntegrationError(secret ? "You should not use your secret key with Stripe.js. Please pass a publishable key instead." : "Missing value for Stripe(): apiKey should be a test publishable key.");
  }
  strictly("Stripe()", options, ["locale", "apiVersion"]);
  oneOf("Stripe(): apiVersion", options.apiVersion, [API_VERSION]);

  /** An intent by its client secret, as the result that its kind has. */
  const retrieve = async (secret) => {
    const { path, name } = kindOf(secret);
    const answer = await api(key, "GET", path, { client_secret: secret });
    return answer.error ? { error: answer.error } : { [name]: answer };
  };

  /** Let the shopper do what the intent waits for, and say how it ended. */
  const act = async (intent, secret) => {
    const action = intent.next_action;
    if (action.type === "redirect_to_url") {
      location.assign(action.redirect_to_url.url);
      return new Promise(() => {});
    }
    const upi = action.upi_handle_redirect_or_display_qr_code;
    await askBank(upi ? `${upi.hosted_instructions_url}?in=modal` : action.use_stripe_sdk.stripe_js);
    return outcome(await retrieve(secret), secret);
  };

  const outcome = (found, secret) => {
    const { kind, name, failed } = kindOf(secret);
    if (found.error || DONE.includes(found[name].status)) return found;
    const error = found[name][failed] ?? { type: "invalid_request_error", message: "The payment was not completed." };
    return { error: { ...error, [kind]: found[name] } };
  };

  /** Confirm an intent with what its elements collected, and see it through. */
  const confirm = async (verb, given) => {
    strictly(`${verb}()`, given, ["elements", "clientSecret", "confirmParams", "redirect"]);
    strictly(`${verb}(): confirmParams`, given.confirmParams, ["return_url", "payment_method_data", "shipping"]);
    oneOf(`${verb}(): redirect`, given.redirect, ["always", "if_required"]);
    const back = given.confirmParams?.return_url;
    if (!back && given.redirect !== "if_required") throw new IntegrationError(`${verb}(): confirmParams.return_url is required.`);
    const made = await given.elements.token(given.confirmParams);
    if (made.error) return made;
    const secret = given.clientSecret;
    const { kind, path, name } = kindOf(secret);
    const form = { client_secret: secret, confirmation_token: made.confirmationToken.id, use_stripe_sdk: "true" };
    const answer = await api(key, "POST", `${path}/confirm`, form);
    if (answer.error) return { error: answer.error };
    const ended = answer.status === "requires_action" ? await act(answer, secret) : outcome({ [name]: answer }, secret);
    if (ended.error || given.redirect === "if_required") return ended;
    const url = new URL(back);
    url.searchParams.set(kind, ended[name].id);
    url.searchParams.set(`${kind}_client_secret`, secret);
    url.searchParams.set("redirect_status", "succeeded");
    location.assign(url);
    return new Promise(() => {});
  };

  const stripe = {
    elements: (given = {}) => new Elements(key, options.locale ?? "auto", given),

    createConfirmationToken: async (given) => {
      strictly("createConfirmationToken()", given, ["elements", "params"]);
      if (!(given.elements instanceof Elements)) throw new IntegrationError("createConfirmationToken(): elements should be an Elements instance.");
      return given.elements.token(given.params);
    },

    retrievePaymentIntent: (secret) => retrieve(secret),
    retrieveSetupIntent: (secret) => retrieve(secret),
    confirmPayment: (given) => confirm("confirmPayment", given),
    confirmSetup: (given) => confirm("confirmSetup", given),

    handleNextAction: async (given) => {
      strictly("handleNextAction()", given, ["clientSecret"]);
      const found = await retrieve(given.clientSecret);
      if (found.error) return found;
      const intent = found[kindOf(given.clientSecret).name];
      if (intent.status !== "requires_action") {
        throw new IntegrationError("handleNextAction: The intent supplied is not in the requires_action state.");
      }
      return act(intent, given.clientSecret);
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
