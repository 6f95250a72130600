// The fields of the methods beside cards: an IBAN with its holder, and two that need none here.
import { field, mark, report, show } from "./fields.js";

const iban = field("iban");
const BILLING = ["name", "email"];
const plain = (text) => text.replace(/[\s-]/g, "").toUpperCase();

/** The two check digits fit when the whole, rearranged, is 1 modulo 97. */
function checksumHolds(text) {
  const turned = text.slice(4) + text.slice(0, 4);
  const digits = turned.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}

function problem(input) {
  if (input !== iban) {
    if (!input.value.trim()) return `incomplete_${input.id}`;
    return input.validity.valid ? "" : `invalid_${input.id}`;
  }
  const typed = plain(iban.value);
  if (!/^[A-Z]{2}\d{2}[A-Z\d]{11,}$/.test(typed)) return typed.length < 15 ? "incomplete_iban" : "invalid_iban";
  return checksumHolds(typed) ? "" : "invalid_iban";
}

iban.addEventListener("input", () => {
  const atEnd = iban.selectionStart === iban.value.length;
  if (atEnd) iban.value = plain(iban.value).replace(/(.{4})(?=.)/g, "$1 ");
});
field("fill-iban").addEventListener("change", ({ target }) => {
  if (!target.value) return;
  iban.value = target.value.replace(/(.{4})(?=.)/g, "$1 ");
  target.value = "";
  show(iban, "");
});
const billing = BILLING.map(field);
[iban, ...billing].forEach((input) => report(input, () => problem(input)));

/** Which of name and e-mail the page asks for itself. */
export function hide(fields) {
  const option = fields?.billingDetails;
  for (const input of billing) {
    field(`${input.id}-field`).hidden = option === "never" || option?.[input.id] === "never";
  }
}

export const asked = () => billing.filter((input) => !field(`${input.id}-field`).hidden);

export const sepa_debit = {
  get inputs() { return [iban, ...asked()]; },
  focus: () => iban.focus(),
  problem,
  reset: () => {},
  form: () => ({
    "payment_method_data[sepa_debit][iban]": plain(iban.value),
    ...Object.fromEntries(asked().map((input) => [`payment_method_data[billing_details][${input.id}]`, input.value.trim()])),
  }),
  blame: (error) => error.param === "sepa_debit[iban]" && mark(iban, error.message),
};

/** A method whose page is the bank's or the app's. */
const elsewhere = (kind) => ({
  inputs: [],
  focus: () => field(`tab-${kind}`).focus(),
  problem: () => "",
  reset: () => {},
  form: () => ({}),
  blame: () => {},
});
export const ideal = elsewhere("ideal");
export const upi = elsewhere("upi");
