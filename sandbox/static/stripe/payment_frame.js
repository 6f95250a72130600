// The card fields: formatting, checks, and the one place where a card number exists.
import { api, begin, on, tell, wear } from "./inside.js";
import { brandOf, BRANDS, digits, expiryOf, luhnHolds } from "./card.js";
import { pick } from "./words.js";

const field = (name) => document.getElementById(name);
const [number, expiry, cvc] = ["number", "expiry", "cvc"].map(field);
const all = [number, expiry, cvc];
let setup = {};
let words = pick("en");

on("init", (data) => {
  take(data);
  tell("ready");
});
on("update", take);
on("focus", () => number.focus());
on("blur", () => document.activeElement?.blur());
on("clear", () => {
  all.forEach((input) => (input.value = ""));
  all.forEach((input) => show(input, ""));
  showBrand();
  changed();
});
on("submit", submit);
on("token", token);

function take(data) {
  setup = data;
  words = pick(data.locale);
  document.documentElement.lang = words.lang;
  document.documentElement.dir = words.dir;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  wear(data.appearance);
}

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

function show(input, code) {
  field(`${input.id}-error`).textContent = code ? words[code] ?? code : "";
  input.setAttribute("aria-invalid", String(Boolean(code)));
}

function changed() {
  const empty = all.every((input) => !input.value);
  tell("change", { complete: all.every((input) => !problem(input)), empty });
}

function showBrand() {
  const brand = brandOf(digits(number.value));
  const shown = brand.name ? [brand] : BRANDS.slice(0, 3);
  const box = field("brand");
  box.setAttribute("aria-label", shown.map((one) => one.title).join(", "));
  box.replaceChildren(...shown.map((one) => {
    const mark = document.createElement("span");
    mark.className = `brand ${one.name}`;
    mark.textContent = one.mark;
    return mark;
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

for (const input of all) {
  input.addEventListener("input", () => {
    if (!problem(input) || input.getAttribute("aria-invalid") === "true") show(input, "");
    changed();
  });
  input.addEventListener("blur", () => input.value && show(input, problem(input)));
  input.addEventListener("keydown", (event) => event.key === "Escape" && tell("escape"));
}
addEventListener("focusin", () => tell("focus"));
addEventListener("focusout", (event) => event.relatedTarget || tell("blur"));

field("card").addEventListener("submit", (event) => event.preventDefault());
field("fill").addEventListener("change", ({ target }) => {
  if (!target.value) return;
  const brand = brandOf(target.value);
  number.value = brand.group(target.value);
  expiry.value = `12 / ${String(new Date().getFullYear() + 3).slice(2)}`;
  cvc.value = "1234".slice(0, brand.cvc);
  target.value = "";
  all.forEach((input) => show(input, ""));
  showBrand();
  changed();
});

function submit() {
  const wrong = all.filter((input) => problem(input));
  for (const input of all) show(input, problem(input));
  if (!wrong.length) return {};
  wrong[0].focus();
  const code = problem(wrong[0]);
  return { error: { type: "validation_error", code, message: words[code] } };
}

const PLACE = { number: [number], cvc: [cvc], exp_month: [expiry], exp_year: [expiry] };

async function token({ form }) {
  const { month, year } = expiryOf(expiry.value);
  const answer = await api("confirmation_tokens", setup.key, {
    ...form,
    "payment_method_data[type]": "card",
    "payment_method_data[card][number]": digits(number.value),
    "payment_method_data[card][exp_month]": String(month),
    "payment_method_data[card][exp_year]": String(year),
    "payment_method_data[card][cvc]": digits(cvc.value),
  });
  for (const input of PLACE[answer.error?.param] ?? []) {
    show(input, answer.error.message);
    input.focus();
  }
  return answer;
}

showBrand();
begin();
