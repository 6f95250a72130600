// The payment element's frame: a tab for each method that may pay, and the fields of the chosen one.
import { api, begin, on, tell, wear } from "./inside.js";
import { card } from "./card_fields.js";
import { hide, ideal, sepa_debit, upi } from "./bank_fields.js";
import { field, show, speak } from "./fields.js";
import { pick } from "./words.js";

const METHODS = { card, sepa_debit, ideal, upi };
const tabs = field("tabs");
let setup = {};
let words = pick("en");
let chosen = "card";

on("init", (data) => {
  take(data);
  document.querySelector("main").dataset.ready = "yes";
  tell("ready");
});
on("update", take);
on("focus", () => METHODS[chosen].focus());
on("blur", () => document.activeElement?.blur());
on("clear", () => {
  for (const { inputs, reset } of Object.values(METHODS)) {
    inputs.forEach((input) => (input.value = ""));
    inputs.forEach((input) => show(input, ""));
    reset();
  }
  changed();
});
on("submit", submit);
on("token", token);

function take(data) {
  setup = data;
  words = pick(data.locale);
  speak(words);
  document.documentElement.lang = words.lang;
  document.documentElement.dir = words.dir;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  wear(data.appearance);
  const { fields, terms, layout, business, defaultValues } = data.options;
  hide(fields);
  field("mandate").hidden = terms?.sepaDebit === "never";
  field("mandate").textContent = words.mandate.replaceAll("{creditor}", business?.name ?? "Till sandbox");
  for (const name of ["name", "email"]) field(name).value ||= defaultValues?.billingDetails?.[name] ?? "";
  offer(data.offered, (layout?.type ?? layout) === "accordion");
}

/** Show a tab for each offered method; a single one needs none. */
function offer(offered, upright) {
  tabs.hidden = offered.length < 2;
  tabs.dataset.layout = upright ? "accordion" : "tabs";
  tabs.setAttribute("aria-orientation", upright ? "vertical" : "horizontal");
  for (const name of Object.keys(METHODS)) field(`tab-${name}`).hidden = !offered.includes(name);
  choose(offered.includes(chosen) ? chosen : offered[0]);
}

function choose(name) {
  const before = chosen;
  chosen = name;
  for (const kind of Object.keys(METHODS)) {
    const tab = field(`tab-${kind}`);
    tab.setAttribute("aria-selected", String(kind === name));
    tab.tabIndex = kind === name ? 0 : -1;
    field(`panel-${kind}`).hidden = kind !== name;
  }
  for (const fill of document.querySelectorAll(".fill")) fill.hidden = fill.dataset.for !== name;
  if (before !== name) changed();
}

function changed() {
  const { inputs, problem } = METHODS[chosen];
  const empty = inputs.every((input) => !input.value);
  tell("change", { complete: inputs.every((input) => !problem(input)), empty, type: chosen });
}

tabs.addEventListener("click", ({ target }) => {
  const tab = target.closest("[role=tab]");
  if (tab) choose(tab.dataset.method);
});
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
tabs.addEventListener("keydown", (event) => {
  const shown = [...tabs.children].filter((tab) => !tab.hidden);
  const here = shown.findIndex((tab) => tab.dataset.method === chosen);
  let step = STEPS[event.key] ?? 0;
  if (document.documentElement.dir === "rtl" && /Left|Right/.test(event.key)) step = -step;
  const place = { Home: 0, End: shown.length - 1 }[event.key] ?? (step ? (here + step + shown.length) % shown.length : here);
  if (place === here) return;
  event.preventDefault();
  choose(shown[place].dataset.method);
  shown[place].focus();
});
document.addEventListener("input", changed);
document.addEventListener("change", changed);
document.addEventListener("submit", (event) => event.preventDefault());
addEventListener("focusin", () => tell("focus"));
addEventListener("focusout", (event) => event.relatedTarget || tell("blur"));

function submit() {
  const { inputs, problem } = METHODS[chosen];
  for (const input of inputs) show(input, problem(input));
  const wrong = inputs.find((input) => problem(input));
  if (!wrong) return { selectedPaymentMethod: chosen };
  wrong.focus();
  const code = problem(wrong);
  return { error: { type: "validation_error", code, message: words[code] } };
}

async function token({ form }) {
  const method = METHODS[chosen];
  const answer = await api("confirmation_tokens", setup.key, {
    ...method.form(),
    ...form,
    "payment_method_data[type]": chosen,
  });
  if (answer.error) method.blame(answer.error);
  return answer;
}

begin();
