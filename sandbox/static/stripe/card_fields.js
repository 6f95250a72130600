// The card fields: formatting, checks, and the one place where a card number exists.
import { brandOf, BRANDS, digits, expiryOf, luhnHolds } from "./card.js";
import { field, mark, report, show } from "./fields.js";

const [number, expiry, cvc] = ["number", "expiry", "cvc"].map(field);
const all = [number, expiry, cvc];

/** What is wrong with a field: a code of Stripe's own, or nothing. */
function problem(input) {
  const typed = digits(input.value);
  const brand = brandOf(digits(number.value));
  if (input === number) {
    if (typed.length < brand.lengths[0]) return "incomplete_number";
    return luhnHolds(typed) ? "" : "invalid_number";
  }
  if (input === cvc) return typed.length < brand.cvc ? "incomplete_cvc" : "";
  return expiryOf(expiry.value).problem;
}

function showBrand() {
  const brand = brandOf(digits(number.value));
  const shown = brand.name ? [brand] : BRANDS.slice(0, 3);
  const box = field("brand");
  box.setAttribute("aria-label", shown.map((one) => one.title).join(", "));
  box.replaceChildren(...shown.map((one) => {
    const badge = document.createElement("span");
    badge.className = `brand ${one.name}`;
    badge.textContent = one.mark;
    return badge;
  }));
  cvc.maxLength = brand.cvc;
}

/** Rewrite a field in its groups, keeping the cursor behind the digit it was behind. */
function rewrite(input, format) {
  const before = digits(input.value.slice(0, input.selectionStart)).length;
  input.value = format(input.value);
  let at = 0;
  for (let seen = 0; at < input.value.length && seen < before; at++) if (/\d/.test(input.value[at])) seen++;
  const end = before >= digits(input.value).length ? input.value.length : at;
  if (document.activeElement === input) input.setSelectionRange(end, end);
}

number.addEventListener("input", () => {
  rewrite(number, (value) => brandOf(digits(value)).group(digits(value)));
  showBrand();
  if (!problem(number) && digits(number.value).length === brandOf(digits(number.value)).lengths.at(-1)) next(expiry);
});
expiry.addEventListener("input", (event) => {
  const erasing = event.inputType?.startsWith("delete");
  rewrite(expiry, (value) => {
    let typed = digits(value).slice(0, 4);
    if (typed.length === 1 && typed > "1") typed = `0${typed}`;
    return typed.length > 2 || (typed.length === 2 && !erasing) ? `${typed.slice(0, 2)} / ${typed.slice(2)}` : typed;
  });
  if (!problem(expiry)) next(cvc);
});
cvc.addEventListener("input", () => rewrite(cvc, (value) => digits(value).slice(0, cvc.maxLength)));

const next = (input) => !input.value && input.focus();

all.forEach((input) => report(input, () => problem(input)));

field("fill").addEventListener("change", ({ target }) => {
  if (!target.value) return;
  const brand = brandOf(target.value);
  number.value = brand.group(target.value);
  expiry.value = `12 / ${String(new Date().getFullYear() + 3).slice(2)}`;
  cvc.value = "1234".slice(0, brand.cvc);
  target.value = "";
  all.forEach((input) => show(input, ""));
  showBrand();
});

const PLACE = { number: [number], cvc: [cvc], exp_month: [expiry], exp_year: [expiry] };

export const card = {
  inputs: all,
  focus: () => number.focus(),
  problem,
  reset: showBrand,
  /** The card as the API takes it. */
  form() {
    const { month, year } = expiryOf(expiry.value);
    return {
      "payment_method_data[card][number]": digits(number.value),
      "payment_method_data[card][exp_month]": String(month),
      "payment_method_data[card][exp_year]": String(year),
      "payment_method_data[card][cvc]": digits(cvc.value),
    };
  },
  /** Say beside its field what the API found wrong. */
  blame: (error) => PLACE[error.param]?.forEach((input) => mark(input, error.message)),
};
showBrand();
