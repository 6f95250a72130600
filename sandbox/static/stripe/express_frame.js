// The wallets' buttons. A press only tells the page; the wallet's own sheet comes after it.
import { begin, on, tell, wear } from "./inside.js";
import { pick } from "./words.js";

const NAMES = { apple_pay: "applePay", google_pay: "googlePay" };
const buttons = [...document.querySelectorAll("[data-wallet]")];

function take({ appearance, locale, options, offered }) {
  const words = pick(locale);
  document.documentElement.lang = words.lang;
  document.documentElement.dir = words.dir;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  wear(appearance);
  document.documentElement.style.setProperty("--buttonHeight", `${options.buttonHeight ?? 44}px`);
  for (const button of buttons) {
    // A wallet pays with a card; where none may pay, neither may a wallet.
    button.hidden = !offered.includes("card") || options.paymentMethods?.[NAMES[button.dataset.wallet]] === "never";
  }
}

on("init", (data) => {
  take(data);
  tell("ready");
});
on("update", take);
addEventListener("focusin", () => tell("focus"));
addEventListener("focusout", (event) => event.relatedTarget || tell("blur"));
addEventListener("keydown", (event) => event.key === "Escape" && tell("escape"));
for (const button of buttons) {
  button.addEventListener("click", () => tell("wallet", { wallet: button.dataset.wallet }));
}
begin();
