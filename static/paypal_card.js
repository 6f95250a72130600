// Cards in PayPal's own fields: the order is the server's, the card is seen by PayPal only, and the server says what came of it.
import { tell } from "./form.js";
import { _, byId, page, send } from "./http.js";
import { Incomplete, startPayPalCard } from "./providers.js";

/** @typedef {import("./http.js").Result} Result */
/** @typedef {{order: object, resolve: (result: Result) => void, reject: (error: unknown) => void, made?: boolean, taken?: boolean}} Turn */

/** @type {(() => Promise<void>) | undefined} */
let submit;
/** The press of the button that is under way. @type {Turn} */
let turn;

/** Show the fields. @param {() => void} ready */
export async function openPayPalCard(ready) {
  if (!page.paypal?.cards) return;
  try {
    submit = await startPayPalCard(page.paypal, { create, approved, canceled });
    byId("card-loading").hidden = true;
    ready();
  } catch {
    const text = _("Something blocked them, perhaps an ad blocker. Nothing has been charged.");
    const action = { label: _("Try again"), run: () => void openPayPalCard(ready) };
    tell({ heading: _("The card fields did not load"), text, tone: "warn", quiet: true, action });
  }
}

/** One payment, and how it stands then. @param {object} order what the server makes the order of @returns {Promise<Result>} */
export function payWithPayPalCard(order) {
  return new Promise((resolve, reject) => {
    /** @type {Turn} */
    const mine = { order, resolve, reject };
    turn = mine;
    if (!submit) return reject(new Incomplete());
    submit().catch(async (error) => {
      if (mine.taken) return; // the server was asked, and answers for itself
      if (!mine.made) return reject(error);
      await drop();
      reject(new Incomplete(_("Your payment details could not be used. Enter them again.")));
    });
  });
}

async function create() {
  /** @type {Result} */
  let made;
  try {
    made = await send(page.urls.paypal, { method: "card", ...turn.order });
  } catch (error) {
    turn.reject(error);
    throw error;
  }
  if (!made.paypal_order_id) {
    turn.resolve(made); // declined, or paid in another window
    throw new Error("no order");
  }
  turn.made = true;
  return made.paypal_order_id;
}

/** @param {string} order */
async function approved(order) {
  turn.taken = true;
  await send(page.urls.approve, { order }).then(turn.resolve, turn.reject);
}

async function canceled() {
  await drop();
  turn.reject(new Incomplete(_("Your bank’s check was not finished")));
}

/** The order is given up; where that cannot be said now, the next try does it. */
const drop = () => send(page.urls.cancel, {}).catch(() => {});
