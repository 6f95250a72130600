// The payment page: one press of a button is one payment, whatever the network does meanwhile.
import { clear, fieldError, problems, refusedChoices, setBusy, showOrder, tell, watchCopies, watchFields } from "./form.js";
import { _, announce, byId, load, page, Refused, send, truth } from "./http.js";
import { Incomplete, openRazorpay, startCard, startPayPal } from "./providers.js";

/**
 * @typedef {import("./http.js").Result} Result
 * @typedef {import("./http.js").Order} Order
 */

const PATIENCE_MS = 7000; // whoever blocks a provider's script learns of it within 8 s
const AT_ONCE = "#check"; // where a form of ours that has no script leads when the bank asks
const PAYPALS_OWN = ["instrument_declined", "payer_cannot_pay"];
/** @type {Awaited<ReturnType<typeof startCard>> | undefined} */
let card;
/** PayPal's own card fields, where they are shown. @type {typeof import("./paypal_card.js") | undefined} */
let cards;
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
      announce(_("Sending your payment"));
      if (await settle(await step())) return; // on our way to another page: stay busy
    }
    failed?.();
  } catch (error) {
    failed?.();
    if (await explain(error)) return;
  }
  busy = false;
  setBusy(false, Boolean(card || cards));
}

/** @param {string} message */
const alsoPayPal = (message) => _("{message} You can also pay with PayPal.", { message });

const confirmTotal = () =>
  tell({ heading: _("The total has changed"), text: _("Nothing has been charged. Please look at it, and pay again."), tone: "warn", title: _("Please check") });

/** Act on what the server says. @param {Result} result @param {boolean} [asked] @returns {Promise<boolean>} whether we leave */
async function settle(result, asked) {
  const { url, next_action: next, decline } = result;
  if (url) return leave(url);
  if (decline) {
    const also = page.paypal?.buttons && !PAYPALS_OWN.includes(decline.code);
    tell({ heading: _("Payment declined"), text: also ? alsoPayPal(decline.message) : decline.message, title: _("Declined") });
    return false;
  }
  if (next?.type === "redirect" && !asked) return leave(next.url);
  if (next?.type === "razorpay") {
    if (asked) return notPaid();
    const paid = await openRazorpay(next, emailIfGood());
    return settle(await (paid ? send(page.urls.returned, paid) : truth(offline)), true);
  }
  if (next?.type === "stripe_sdk" && card) {
    if (asked) return unfinished(next.client_secret);
    const tab = _("Confirm with your bank");
    document.title = `${tab} – ${page.merchant}`;
    announce(_("Your bank asks you to confirm this payment"));
    await card.challenge(next.client_secret);
    return settle(await truth(offline), true);
  }
  clear();
  return false;
}

/** @param {string} secret @param {boolean} [quiet] */
function unfinished(secret, quiet) {
  const run = () => pay(async () => (await card?.challenge(secret), truth(offline)));
  if (location.hash === AT_ONCE) {
    history.replaceState(null, "", location.pathname + location.search);
    void run();
    return false;
  }
  tell({
    heading: _("Your bank’s check was not finished"),
    text: _("No money was taken. Continue the check, or pay in another way."),
    tone: "warn",
    title: _("Not finished"),
    action: { label: _("Continue the check"), run },
    quiet,
  });
  return false;
}

function notPaid() {
  tell({ heading: _("You left before paying"), text: _("No money was taken. Try again whenever you like."), tone: "warn", title: _("Not paid") });
  return false;
}

/** @param {string} url */
function leave(url) {
  announce(_("One moment"));
  const { origin, pathname } = new URL(url, location.href);
  if (pathname === location.pathname && origin === location.origin) location.reload();
  else if (origin === location.origin || parent === window) location.assign(url);
  else open(url, "_top"); // banks show themselves in nobody's frame
  return true;
}

const offline = () =>
  tell({
    heading: _("The connection was lost"),
    text: _("We are checking what happened to your payment. Please keep this page open."),
    tone: "warn",
    title: _("Checking"),
    quiet: !byId("alert").hidden, // said once: the silences after it leave the focus where it is
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
    else if (field) fieldError(field, message); // a total that changed elsewhere is no mistake of theirs
    if (code === "page_expired") tell({ heading: message, action: { label: _("Reload the page"), run: () => location.reload() } });
    else tell({ heading: message, text: _("No money was taken."), tone: order.summary_html ? "warn" : "bad", title: _("Please check") });
    return false;
  }
  offline();
  const result = await truth(offline);
  if (await settle(result, true)) return true;
  if (!result.decline && result.next_action?.type !== "stripe_sdk") {
    tell({ heading: _("The connection was lost"), text: _("Your payment did not reach us and no money was taken. Please try again."), tone: "warn", title: _("Try again") });
  }
  return false;
}

/** @param {import("./form.js").Problems} list */
const complain = (list) => tell({ heading: _("Please check these details"), list, title: _("Please check") });

/** @param {string} id */
const value = (id) => /** @type {HTMLInputElement} */ (byId(id)).value.trim();

/** Whether the method is to be kept: the box, where there is one and it is ticked. @param {string} id */
const ticked = (id) => (/** @type {HTMLInputElement | null} */ (byId(id))?.checked ? { save: true } : {});

/** The address that was typed, where it is one already. */
function emailIfGood() {
  const field = /** @type {HTMLInputElement | null} */ (byId("email"));
  return field?.validity.valid ? field.value.trim() : "";
}

/** What the server cannot see of where the shopper is: their clock, in minutes ahead of UTC. */
const here = () => ({ utc_offset_min: -new Date().getTimezoneOffset() });

async function openCard() {
  if (!page.stripe) return;
  const blocked = () => {
    const why = _("Something blocked them, perhaps an ad blocker. Nothing has been charged.");
    const text = page.paypal?.buttons ? alsoPayPal(why) : why;
    tell({ heading: _("The card fields did not load"), text, tone: "warn", quiet: true, action: { label: _("Try again"), run: openCard } });
    blockedTold = true;
  };
  const timer = setTimeout(blocked, PATIENCE_MS);
  const done = () => clearTimeout(timer);
  try {
    card = await startCard(page.stripe, {
      ready: () => {
        done();
        if (byId("card-loading")) byId("card-loading").hidden = true;
        if (blockedTold) clear();
        blockedTold = false;
        if (!busy) setBusy(false, true);
        if (page.next_action?.type === "stripe_sdk") unfinished(page.next_action.client_secret, true);
      },
      blocked: () => (done(), blocked()),
      wallets: (usable) => {
        if (!usable) byId("express-wallets")?.remove();
        if (!usable && !document.querySelector("#pay, #away, #paypal-plain, #paypal-button")) noWallet();
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

const noWallet = () =>
  tell({
    heading: _("Neither Apple Pay nor Google Pay is set up here"),
    text: _("Open this page on another device, or ask {merchant} for another way to pay. Nothing has been charged.", { merchant: page.merchant }),
    tone: "warn",
    quiet: true,
  });

function payByCard() {
  const wrong = problems();
  if (wrong.length && !busy) return complain(wrong);
  const paypal = cards;
  if (paypal) return pay(() => paypal.payWithPayPalCard({ amount: page.amount, ...here(), email: value("email") }));
  const billing = { email: value("email"), name: value("name") };
  return pay(async () => {
    const token = await card?.token(billing);
    return send(page.urls.stripe, { confirmation_token: token, amount: page.amount, ...here(), ...billing, ...ticked("save") });
  });
}

async function openPayPal() {
  if (!page.paypal?.buttons) return;
  let told = false; // PayPal's script repeats as its own error what we have explained already
  const started = startPayPal(page.paypal, {
    create: async () => {
      told = false;
      const email = emailIfGood();
      await choosing;
      try {
        if (refusedChoices().length) throw new Incomplete();
        const result = await send(page.urls.paypal, { amount: page.amount, ...here(), ...(email && { email }), ...ticked("save-paypal") });
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
      tell({ heading: _("You left PayPal before paying"), text: _("No money was taken. Try again whenever you like."), tone: "warn", title: _("Not paid") });
    },
    failed: () => void (told || explain(new Error("no answer"))),
  });
  // Without PayPal's script the plain form stays: it goes to PayPal by a redirect.
  if (await started.catch(() => false)) {
    byId("paypal-button").hidden = false;
    byId("paypal-plain").remove();
  }
}

async function openPayPalCard() {
  if (!page.paypal?.cards) return;
  cards = await import("./paypal_card.js"); // not where nobody needs it
  await cards.openPayPalCard(() => setBusy(false, true));
}

/** Ways to pay at Razorpay: in its dialog, or on its own page where its script does not load. @param {SubmitEvent} event */
async function payAway(event) {
  const chosen = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  if (!page.razorpay || !chosen || form.dataset.plain) return;
  event.preventDefault();
  try {
    if (!window.Razorpay) await load(page.razorpay.url);
  } catch {
    form.dataset.plain = "yes";
    return form.requestSubmit(chosen);
  }
  const email = emailIfGood();
  await pay(async () => send(page.urls.razorpay, { amount: page.amount, method: chosen.value, ...here(), ...(email && { email }) }));
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
    announce(_("The total is now {amount}", { amount: document.querySelector("[data-amount-text]")?.textContent ?? "" }));
  } catch (error) {
    const field = error instanceof Refused && error.error.field;
    if (field && byId(field)) {
      fieldError(field, error.message);
      announce(error.message);
    } else if (error instanceof Refused) await explain(error);
    else tell({ heading: _("The total could not be updated"), text: _("Check your connection and try again. Nothing has been charged."), tone: "warn" });
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
byId("away")?.addEventListener("submit", payAway);
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
openPayPalCard();
