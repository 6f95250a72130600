// A wallet's sheet: choose a card, pay. The page gets billing details first, the token when it asks.
import { api, begin, on, tell } from "./inside.js";

const node = (id) => document.getElementById(id);
const NAMES = { apple_pay: "Apple Pay", google_pay: "Google Pay" };
let setup = {};

on("init", (data) => {
  setup = data;
  const name = NAMES[data.wallet];
  node("wallet-name").textContent = name;
  document.title = `Pay with ${name} (sandbox)`;
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency: data.currency });
  const decimals = format.resolvedOptions().maximumFractionDigits;
  node("total").textContent = format.format(data.amount / 10 ** decimals);
  node("pay").textContent = `Pay with ${name} (sandbox)`;
  node("email-field").hidden = !data.emailRequired;
  node("pay").focus();
});

on("token", ({ form }) => {
  const merged = { "payment_method_data[billing_details][name]": "Sandbox Shopper", ...form };
  if (setup.emailRequired) merged["payment_method_data[billing_details][email]"] ??= node("email").value;
  return api("confirmation_tokens", setup.key, {
    ...merged,
    "payment_method_data[type]": "card",
    "payment_method_data[card][number]": document.querySelector("[name=card]:checked").value,
    "payment_method_data[card][exp_month]": "12",
    "payment_method_data[card][exp_year]": String(new Date().getFullYear() + 3),
    "payment_method_data[card][wallet][type]": setup.wallet,
  });
});

node("sheet").addEventListener("submit", (event) => {
  event.preventDefault();
  node("pay").disabled = true;
  node("state").textContent = "Processing…";
  const address = { line1: "1 Sandbox Street", line2: null, city: "San Francisco", state: "CA", postal_code: "94102", country: "US" };
  const email = setup.emailRequired ? node("email").value : undefined;
  tell("authorized", { billingDetails: { name: "Sandbox Shopper", email, address } });
});
node("close").addEventListener("click", () => tell("cancel"));
addEventListener("keydown", (event) => event.key === "Escape" && tell("cancel"));
begin();
