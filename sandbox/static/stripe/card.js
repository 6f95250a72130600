// Card numbers as text: brands, grouping, the check digit, and expiry dates.
export const digits = (text) => text.replace(/\D/g, "");

const fours = (text) => text.replace(/(.{4})(?=.)/g, "$1 ");
const amexGroups = (text) => [text.slice(0, 4), text.slice(4, 10), text.slice(10)].filter(Boolean).join(" ");

function brand(name, title, mark, pattern, more = {}) {
  const lengths = more.lengths ?? [16];
  const group = (text) => (more.group ?? fours)(text.slice(0, lengths.at(-1)));
  return { name, title, mark, pattern, cvc: more.cvc ?? 3, lengths, group };
}

export const BRANDS = [
  brand("visa", "Visa", "VISA", /^4/),
  brand("mastercard", "Mastercard", "", /^(5[1-5]|2[2-7])/),
  brand("amex", "American Express", "AMEX", /^3[47]/, { cvc: 4, lengths: [15], group: amexGroups }),
  brand("discover", "Discover", "DISCOVER", /^6(011|4[4-9]|5)/),
  brand("diners", "Diners Club", "DC", /^3(0|6|8)/, { lengths: [14, 16] }),
  brand("jcb", "JCB", "JCB", /^35/),
  brand("unionpay", "UnionPay", "UnionPay", /^62/, { lengths: [16, 19] }),
];
const UNKNOWN = brand("", "", "", /^/, { lengths: [16, 19] });

export const brandOf = (number) => BRANDS.find((one) => one.pattern.test(number)) ?? UNKNOWN;

export function luhnHolds(number) {
  let sum = 0;
  for (let place = 0; place < number.length; place++) {
    const value = Number(number.at(-1 - place)) * (place % 2 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** Read "MM / YY" and say what is wrong with it. */
export function expiryOf(text) {
  const typed = digits(text);
  const month = Number(typed.slice(0, 2));
  const year = 2000 + Number(typed.slice(2, 4));
  const now = new Date();
  let problem = "";
  if (typed.length < 4) problem = "incomplete_expiry";
  else if (month < 1 || month > 12) problem = "invalid_expiry_month";
  else if (year < now.getFullYear()) problem = "invalid_expiry_year_past";
  else if (year === now.getFullYear() && month < now.getMonth() + 1) problem = "invalid_expiry_month_past";
  return { month, year, problem };
}
