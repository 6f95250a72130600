// The wallets' buttons. A press only tells the page; the wallet's own sheet comes after it.
import { begin, on, tell, wear } from "./inside.js";
import { pick } from "./words.js";

const NAMES = { apple_pay: "applePay", google_pay: "googlePay" };
const buttons = [...document.querySelectorAll("[data-wallet]")];

function take({ appearance, locale, options }) {
  const words = pick(locale);
  document.documentElement.lang = words.lang;
  document.documentElement.dir = words.dir;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  wear(appearance);
  document.documentElement.style.setProperty("--buttonHeight", `${options.buttonHeight ?? 44}px`);
  for (const button of buttons) {
    button.hidden = options.paymentMethods?.[NAMES[button.dataset.wallet]] === "never";
  }
}

on("init", (data) => {
  take(data);
  tell("ready");
});
on("update", take);
for (const button of buttons) {
  button.addEventListener("click", () => tell("wallet", { wallet: button.dataset.wallet }));
}
begin();
