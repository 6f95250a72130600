// Part 1: what the stand-in knows. Everything else throws, as a misspelt name should.
const SANDBOX = new URL(document.currentScript.src);
const BASE = SANDBOX.origin + SANDBOX.pathname.replace(/\/(js|endive)\/stripe\.js$/, "");

class IntegrationError extends Error {
  constructor(message) {
    super(message);
    this.name = "IntegrationError";
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Refuse every name that is not in the list. */
function strictly(where, given, allowed) {
  if (given === undefined) return {};
  if (!isObject(given)) throw new IntegrationError(`Invalid value for ${where}: it should be an object.`);
  for (const name of Object.keys(given)) {
    if (name === "paymentMethodTypes" || name === "payment_method_types") {
      throw new IntegrationError(
        `${where}: paymentMethodTypes is no longer supported. Use allowedPaymentMethodTypes or excludedPaymentMethodTypes.`,
      );
    }
    if (!allowed.includes(name)) {
      throw new IntegrationError(`${where}: ${name} is not an accepted parameter of this sandbox.`);
    }
  }
  return given;
}

function oneOf(where, value, allowed) {
  if (value !== undefined && !allowed.includes(value)) {
    throw new IntegrationError(`${where} should be one of: ${allowed.join(", ")}. You specified: ${value}.`);
  }
}

const GROUP_UPDATE = [
  "mode", "amount", "currency", "captureMethod", "appearance", "locale", "paymentMethodCreation",
  "allowedPaymentMethodTypes", "excludedPaymentMethodTypes", "setupFutureUsage",
];
const GROUP = [...GROUP_UPDATE, "loader"];
const APPEARANCE = ["theme", "variables", "rules", "labels", "disableAnimations", "inputs"];
const VARIABLES = [
  "fontFamily", "fontSizeBase", "fontSizeSm", "fontWeightNormal", "fontWeightMedium", "fontWeightBold",
  "fontLineHeight", "spacingUnit", "gridRowSpacing", "gridColumnSpacing", "borderRadius", "colorPrimary",
  "colorBackground", "colorText", "colorTextSecondary", "colorTextPlaceholder", "colorDanger",
  "colorSuccess", "colorWarning", "focusBoxShadow", "focusOutline", "iconColor",
];
const BILLING = ["name", "email", "phone", "address"];

/** Check the options of `stripe.elements` and `elements.update`. */
function checkGroup(where, options, allowed) {
  strictly(where, options, allowed);
  oneOf(`${where}: mode`, options.mode, ["payment", "setup"]);
  oneOf(`${where}: captureMethod`, options.captureMethod, ["automatic", "automatic_async", "manual"]);
  oneOf(`${where}: setupFutureUsage`, options.setupFutureUsage ?? undefined, ["off_session", "on_session"]);
  oneOf(`${where}: paymentMethodCreation`, options.paymentMethodCreation, ["manual"]);
  oneOf(`${where}: loader`, options.loader, ["auto", "always", "never"]);
  if (options.amount !== undefined && !(Number.isInteger(options.amount) && options.amount > 0)) {
    throw new IntegrationError(`${where}: amount should be a positive integer in minor units. You specified: ${options.amount}.`);
  }
  if (options.currency !== undefined && !/^[a-z]{3}$/.test(options.currency)) {
    throw new IntegrationError(`${where}: currency should be a three-letter lower-case code. You specified: ${options.currency}.`);
  }
  if (options.allowedPaymentMethodTypes && options.excludedPaymentMethodTypes) {
    throw new IntegrationError(`${where}: specify allowedPaymentMethodTypes or excludedPaymentMethodTypes, not both.`);
  }
  if (options.appearance !== undefined) checkAppearance(options.appearance);
}

function checkAppearance(appearance) {
  strictly("appearance", appearance, APPEARANCE);
  oneOf("appearance.theme", appearance.theme, ["stripe", "night", "flat"]);
  strictly("appearance.variables", appearance.variables, VARIABLES);
  for (const selector of Object.keys(appearance.rules ?? {})) {
    if (!/^\.[A-Z][A-Za-z]*(--[a-z]+)?(:{1,2}[a-z-]+)?$/.test(selector)) {
      throw new IntegrationError(`appearance.rules: ${selector} is not a selector.`);
    }
  }
}

/** Check what `createConfirmationToken` is given, and flatten it into a form. */
function tokenForm(params) {
  strictly("createConfirmationToken: params", params, ["payment_method_data", "return_url", "shipping"]);
  strictly("payment_method_data", params?.payment_method_data, ["billing_details", "allow_redisplay", "metadata"]);
  const billing = strictly("billing_details", params?.payment_method_data?.billing_details, BILLING);
  strictly("billing_details.address", billing.address, ["line1", "line2", "city", "state", "postal_code", "country"]);
  const form = {};
  flatten(form, "", params ?? {});
  return form;
}

function flatten(form, name, value) {
  if (value === undefined || value === null) return;
  if (!isObject(value)) {
    form[name] = String(value);
    return;
  }
  for (const [key, inner] of Object.entries(value)) flatten(form, name ? `${name}[${key}]` : key, inner);
}
