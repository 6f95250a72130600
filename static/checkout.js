// The payment page: one press of a button is one payment, whatever the network does meanwhile.
import { clear, fieldError, problems, refusedChoices, setBusy, showOrder, tell, watchCopies, watchFields } from "./form.js";
import { announce, byId, page, Refused, send, truth } from "./http.js";
import { Incomplete, startCard, startPayPal } from "./providers.js";

/**
 * @typedef {import("./http.js").Result} Result
 * @typedef {import("./http.js").Order} Order
 */

const PATIENCE_MS = 7000; // whoever blocks a provider's script learns of it within 8 s
const PAYPALS_OWN = ["instrument_declined", "payer_cannot_pay"];
/** @type {Awaited<ReturnType<typeof startCard>> | undefined} */
let card;
let busy = false;
let blockedTold = false;
/** The shopper's latest change of the order; nothing is paid before the server has counted it. @type {Promise<void>} */
let choosing = Promise.resolve();

/** Do one thing with money at a time. @param {() => Promise<Result>} step @param {() => void} [failed] */
async function pay(step, failed) {
  if (busy) return;
  busy = true;
  setBusy(true);
  clear();
  const seen = page.amount;
  await choosing;
  try {
    if (refusedChoices().length) complain(refusedChoices());
    else if (page.amount !== seen) confirmTotal();
    else {
      announce("Sending your payment");
      if (await settle(await step())) return; // on our way to another page: stay busy
    }
    failed?.();
  } catch (error) {
    failed?.();
    if (await explain(error)) return;
  }
  busy = false;
  setBusy(false, Boolean(card));
}

const confirmTotal = () =>
  tell({ heading: "The total has changed", text: "Nothing has been charged. Please look at it, and pay again.", tone: "warn", title: "Please check" });

/** Act on what the server says. @param {Result} result @param {boolean} [asked] @returns {Promise<boolean>} whether we leave */
async function settle(result, asked) {
  const { url, next_action: next, decline } = result;
  if (url) return leave(url);
  if (decline) {
    const other = page.paypal && !PAYPALS_OWN.includes(decline.code) ? " You can also pay with PayPal." : "";
    tell({ heading: "Payment declined", text: decline.message + other, title: "Declined" });
    return false;
  }
  if (next?.type === "redirect" && !asked) return leave(next.url);
  if (next?.type === "stripe_sdk" && card) {
    if (asked) return unfinished(next.client_secret);
    document.title = `Confirm with your bank – ${page.merchant}`;
    announce("Your bank asks you to confirm this payment");
    await card.challenge(next.client_secret);
    return settle(await truth(offline), true);
  }
  clear();
  return false;
}

/** @param {string} secret @param {boolean} [quiet] */
function unfinished(secret, quiet) {
  const run = () => pay(async () => (await card?.challenge(secret), truth(offline)));
  tell({
    heading: "Your bank’s check was not finished",
    text: "No money was taken. Continue the check, or pay in another way.",
    tone: "warn",
    title: "Not finished",
    action: { label: "Continue the check", run },
    quiet,
  });
  return false;
}

/** @param {string} url */
function leave(url) {
  announce("One moment");
  if (new URL(url, location.href).pathname === location.pathname) location.reload();
  else location.assign(url);
  return true;
}

const offline = () =>
  tell({
    heading: "The connection was lost",
    text: "We are checking what happened to your payment. Please keep this page open.",
    tone: "warn",
    title: "Checking",
    quiet: true,
  });

/** @param {unknown} error @returns {Promise<boolean>} whether we leave */
async function explain(error) {
  if (error instanceof Incomplete) {
    const card = error.message ? [{ id: "card-field", message: error.message }] : [];
    complain([...refusedChoices(), ...card]);
    return false;
  }
  if (error instanceof Refused) {
    const { code, field, message, ...order } = error.error;
    if (order.summary_html) changed(/** @type {Order} */ (order));
    if (field) fieldError(field, message);
    if (code === "page_expired") tell({ heading: message, action: { label: "Reload the page", run: () => location.reload() } });
    else tell({ heading: message, text: "No money was taken.", tone: order.summary_html ? "warn" : "bad", title: "Please check" });
    return false;
  }
  offline();
  const result = await truth(offline);
  if (await settle(result, true)) return true;
  if (!result.decline && result.next_action?.type !== "stripe_sdk") {
    tell({ heading: "The connection was lost", text: "Your payment did not reach us and no money was taken. Please try again.", tone: "warn", title: "Try again" });
  }
  return false;
}

/** @param {import("./form.js").Problems} list */
const complain = (list) => tell({ heading: "Please check these details", list, title: "Please check" });

/** @param {string} id */
const value = (id) => /** @type {HTMLInputElement} */ (byId(id)).value.trim();

/** What the server cannot see of where the shopper is: their clock, in minutes ahead of UTC. */
const here = () => ({ utc_offset_min: -new Date().getTimezoneOffset() });

async function openCard() {
  if (!page.stripe) return;
  const blocked = () => {
    const text = `Something blocked them, perhaps an ad blocker. Nothing has been charged.${page.paypal ? " You can also pay with PayPal." : ""}`;
    tell({ heading: "The card fields did not load", text, tone: "warn", quiet: true, action: { label: "Try again", run: openCard } });
    blockedTold = true;
  };
  const timer = setTimeout(blocked, PATIENCE_MS);
  const done = () => clearTimeout(timer);
  try {
    card = await startCard(page.stripe, {
      ready: () => {
        done();
        byId("card-loading").hidden = true;
        if (blockedTold) clear();
        blockedTold = false;
        if (!busy) setBusy(false, true);
        if (page.next_action?.type === "stripe_sdk") unfinished(page.next_action.client_secret, true);
      },
      blocked: () => (done(), blocked()),
      wallets: (usable) => {
        if (!usable) byId("express-wallets").remove();
        tidy();
      },
      walletPay: (token, email, failed) =>
        pay(async () => send(page.urls.stripe, { confirmation_token: await token, amount: page.amount, ...here(), ...(email && { email }) }), failed),
    });
  } catch {
    done();
    blocked();
  }
}

function payByCard() {
  const wrong = problems();
  if (wrong.length && !busy) return complain(wrong);
  const billing = { email: value("email"), name: value("name") };
  return pay(async () => {
    const token = await card?.token(billing);
    return send(page.urls.stripe, { confirmation_token: token, amount: page.amount, ...here(), ...billing });
  });
}

async function openPayPal() {
  if (!page.paypal) return;
  let told = false; // PayPal's script repeats as its own error what we have explained already
  const started = startPayPal(page.paypal, {
    create: async () => {
      told = false;
      const field = /** @type {HTMLInputElement | null} */ (byId("email"));
      const email = field?.validity.valid ? field.value.trim() : "";
      await choosing;
      try {
        if (refusedChoices().length) throw new Incomplete();
        const result = await send(page.urls.paypal, { amount: page.amount, ...here(), ...(email && { email }) });
        if (result.paypal_order_id) return result.paypal_order_id;
        told = true;
        await settle(result);
      } catch (error) {
        told = true;
        await explain(error);
      }
      throw new Error("no order");
    },
    approved: async (order) => {
      /** @type {Result | undefined} */
      let result;
      await pay(async () => {
        result = /** @type {Result} */ (await send(page.urls.approve, { order }));
        return result;
      });
      return result;
    },
    canceled: async () => {
      const { url } = /** @type {Result} */ (await send(page.urls.cancel, {}).catch(() => truth(offline)));
      if (url) return void leave(url);
      tell({ heading: "You left PayPal before paying", text: "No money was taken. Try again whenever you like.", tone: "warn", title: "Not paid" });
    },
    failed: () => void (told || explain(new Error("no answer"))),
  });
  // Without PayPal's script the plain form stays: it goes to PayPal by a redirect.
  if (await started.catch(() => false)) {
    byId("paypal-button").hidden = false;
    byId("paypal-plain").remove();
  }
}

/** An empty wallets block goes away, and with it the words between it and the card. */
function tidy() {
  const express = byId("express");
  const either = /** @type {HTMLElement | null} */ (document.querySelector(".or"));
  if (!express?.querySelector("#express-wallets, #paypal-button")) express?.remove();
  if (either) either.hidden = !byId("express");
}

/** @param {Order} order */
function changed(order) {
  showOrder(order);
  if (order.stripe_amount) card?.setAmount(order.stripe_amount);
}

async function choose() {
  const form = /** @type {HTMLFormElement} */ (byId("choices"));
  /** @type {Record<string, unknown>} */
  const chosen = Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "csrf_token"));
  if (chosen.quantity) chosen.quantity = Number(chosen.quantity);
  try {
    changed(await send(page.urls.update, chosen));
    for (const id of Object.keys(chosen)) fieldError(id, "");
    announce(`The total is now ${document.querySelector("[data-amount-text]")?.textContent}`);
  } catch (error) {
    const field = error instanceof Refused && error.error.field;
    if (field && byId(field)) {
      fieldError(field, error.message);
      announce(error.message);
    } else if (error instanceof Refused) await explain(error);
    else tell({ heading: "The total could not be updated", text: "Check your connection and try again. Nothing has been charged.", tone: "warn" });
  }
}

/** Another tab may have paid meanwhile. */
async function lookAgain() {
  if (document.hidden || busy) return;
  const result = /** @type {Result | null} */ (await send(page.urls.status).catch(() => null));
  if (result?.url && !busy) leave(result.url);
}

watchFields();
watchCopies();
byId("pay")?.addEventListener("submit", (event) => (event.preventDefault(), payByCard()));
for (const kind of ["change", "submit"]) {
  byId("choices")?.addEventListener(kind, (event) => {
    choosing = choosing.then(() => choose());
    event.preventDefault();
  });
}
document.addEventListener("visibilitychange", lookAgain);
addEventListener("pageshow", (event) => event.persisted && location.reload());
const order = /** @type {HTMLDetailsElement} */ (byId("order"));
matchMedia("(max-width:640px)").addEventListener("change", ({ matches }) => (order.open = !matches));
openCard();
openPayPal();
