// Part 2: which methods a group of elements offers, by the same table as the server.
function offeredBy({ mode, currency, amount, captureMethod, allowedPaymentMethodTypes: allowed, excludedPaymentMethodTypes: excluded }) {
  const fits = ({ currencies, least, most, holds }) =>
    mode === "setup" ||
    ((!currencies.length || currencies.includes(currency)) && least <= amount && amount <= most && (holds || captureMethod !== "manual"));
  const offered = Object.keys(KINDS).filter(
    (name) => fits(KINDS[name]) && (!allowed || allowed.includes(name)) && !excluded?.includes(name),
  );
  if (!offered.length) throw new IntegrationError("No payment method types are left for this amount, currency and capture method.");
  return offered;
}
