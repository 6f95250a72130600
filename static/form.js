// What the shopper reads: messages, field errors, the total, the busy button.
import { _, announce, byId, page } from "./http.js";

const alertBox = byId("alert");
const submit = /** @type {HTMLButtonElement | null} */ (byId("submit"));

/** @type {Record<string, (input: HTMLInputElement) => string>} */
const CHECKS = {
  email: (input) =>
    !input.value.trim()
      ? _("Enter your e-mail address.")
      : input.validity.valid
        ? ""
        : _("Enter an e-mail address like name@example.com."),
  name: (input) => (!input || input.value.trim() ? "" : _("Enter the name on your card or account.")),
};

/** Check a field when it is left; take the message back the moment it is mended. */
export function watchFields() {
  const email = /** @type {HTMLInputElement | null} */ (byId("email"));
  email?.addEventListener("change", () => void suggest(email).catch(() => {})); // without the hint all works
  for (const id of Object.keys(CHECKS)) {
    const input = byId(id);
    input?.addEventListener("blur", () => /** @type {HTMLInputElement} */ (input).value && check(id));
    input?.addEventListener("input", () => input.getAttribute("aria-invalid") && check(id, true));
  }
}

/** Ask whether a mistyped mail address was meant to be another; only asked, never in the way. @param {HTMLInputElement} input */
async function suggest(input) {
  const hint = byId("email-hint");
  const { meant } = await import("./typo.js"); // not before somebody has typed an address
  const address = meant(input.value);
  hint.hidden = !address;
  if (!address) return;
  const button = /** @type {HTMLButtonElement} */ (hint.querySelector("button"));
  button.textContent = _("Did you mean {address}?", { address });
  button.onclick = () => {
    input.value = address;
    hint.hidden = true;
    check(input.id);
    input.focus();
  };
  announce(button.textContent);
}

/** @param {string} id @param {boolean} [onlyMend] */
function check(id, onlyMend) {
  const message = CHECKS[id]?.(byId(id)) ?? "";
  if (!message || !onlyMend) fieldError(id, message);
  return message;
}

/** @typedef {{id: string, message: string}[]} Problems */

/** What the server said against the shopper's choices. @returns {Problems} */
export const refusedChoices = () =>
  ["amount", "quantity"].flatMap((id) => {
    const message = byId(`${id}-error`)?.textContent;
    return message ? [{ id, message }] : [];
  });

/** Check every field, list what is wrong. @returns {Problems} */
export const problems = () => [
  ...refusedChoices(),
  ...Object.keys(CHECKS).flatMap((id) => {
    const message = check(id);
    return message ? [{ id, message }] : [];
  }),
];

/** @param {string} id @param {string} message */
export function fieldError(id, message) {
  const input = byId(id);
  const place = byId(`${id}-error`);
  if (!input || !place) return;
  place.textContent = message;
  place.hidden = !message;
  if (message) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

/**
 * Say what happened above the form and go there.
 * @param {{heading: string, text?: string, tone?: "bad" | "warn", title?: string, list?: Problems, action?: {label: string, run: () => void}, quiet?: boolean}} message
 */
export function tell({ heading, text = "", tone = "bad", title, list = [], action, quiet }) {
  alertBox.className = `alert alert-${tone}`;
  alertBox.hidden = false;
  /** @param {string} tag */
  const part = (tag) => /** @type {HTMLElement} */ (alertBox.querySelector(tag));
  part("h2").textContent = heading;
  part("p").textContent = text;
  part("ul").replaceChildren(...list.map(link));
  const button = part("button");
  button.hidden = !action;
  button.textContent = action?.label ?? "";
  button.onclick = action?.run ?? null;
  if (title) document.title = `${title} – ${page.merchant}`;
  announce(`${heading}. ${text}`);
  if (!quiet) alertBox.focus();
}

/** @param {{id: string, message: string}} problem */
function link({ id, message }) {
  const anchor = document.createElement("a");
  anchor.href = `#${id}`;
  anchor.textContent = message;
  anchor.onclick = (event) => {
    event.preventDefault();
    byId(id).focus();
  };
  const item = document.createElement("li");
  item.append(anchor);
  return item;
}

export function clear() {
  alertBox.hidden = true;
  document.title = _("Pay {merchant}", { merchant: page.merchant });
}

/** @param {boolean} on @param {boolean} [usable] whether there is a card form to send */
export function setBusy(on, usable) {
  if (submit) {
    submit.disabled = on || !usable;
    submit.toggleAttribute("aria-busy", false);
    if (on) submit.setAttribute("aria-busy", "true");
  }
  for (const id of ["choices", "express"]) if (byId(id)) byId(id).inert = on;
}

/** @param {import("./http.js").Order} order */
export function showOrder(order) {
  page.amount = order.amount;
  byId("summary").innerHTML = order.summary_html;
  for (const node of document.querySelectorAll("[data-amount-text]")) node.textContent = order.amount_text;
  for (const node of document.querySelectorAll("[data-amount]")) /** @type {HTMLInputElement} */ (node).value = `${order.amount}`;
}

/** The sandbox's card numbers copy themselves. */
export function watchCopies() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => {
      const number = button.getAttribute("data-copy") ?? "";
      navigator.clipboard?.writeText(number).then(() => announce(_("Card number copied")));
    });
  }
}
