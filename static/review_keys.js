// The keyboard: single keys act on the page, never while somebody types, and not at all where they are switched off.

const ROW = "tr[data-row]";
/** How long a verdict's key waits for the label's digit. */
const ARMED_MS = 8000;

/** @type {HTMLElement | null} */
let armed = null;
let disarm = 0;
let marked = -1;

/** @param {string} text */
function say(text) {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}

const rows = () => [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(ROW))];

/** @param {number} by */
function move(by) {
  const found = rows();
  if (!found.length) return;
  found[marked]?.classList.remove("marked");
  marked = marked < 0 && by < 0 ? found.length - 1 : Math.min(Math.max(marked + by, 0), found.length - 1);
  const row = /** @type {HTMLElement} */ (found[marked]);
  row.classList.add("marked");
  /** @type {HTMLElement | null} */ (row.querySelector("a[data-open]"))?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function open() {
  const row = rows()[Math.max(marked, 0)];
  /** @type {HTMLElement | null | undefined} */ (row?.querySelector("a[data-open]"))?.click();
}

/** A verdict waits for its label: the digit presses the button. @param {string} key */
function arm(key) {
  unarm();
  armed = document.querySelector(`.decide [data-verdict="${key}"]`);
  if (!armed) return;
  armed.classList.add("armed");
  armed.scrollIntoView({ block: "nearest" });
  const labels = [...armed.querySelectorAll("button")].map((button) => button.textContent?.trim().replace(/\s+/g, " "));
  say(`${armed.querySelector("legend")?.textContent?.trim()}: ${labels.join("; ")}`);
  disarm = window.setTimeout(unarm, ARMED_MS);
}

function unarm() {
  clearTimeout(disarm);
  armed?.classList.remove("armed");
  armed = null;
}

/** @param {number} number */
function choose(number) {
  const button = armed?.querySelectorAll("button")[number - 1];
  unarm();
  button?.click();
}

/** Press the button of the page that has this key. @param {string} key */
function press(key) {
  const button = /** @type {HTMLElement | null} */ (document.querySelector(`button[data-key="${key}"]`));
  button?.click();
}

/** Open a part of the page and go into it. @param {string} key */
function unfold(key) {
  const part = /** @type {HTMLDetailsElement | null} */ (document.querySelector(`details[data-open-key="${key}"]`));
  if (!part) return;
  part.open = true;
  part.scrollIntoView({ block: "nearest" });
  /** @type {HTMLElement | null} */ (part.querySelector("textarea, select, button"))?.focus();
}

function search() {
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-search]"));
  if (field) {
    field.closest("details")?.setAttribute("open", "");
    field.focus();
    field.select();
  } else {
    /** @type {HTMLElement | null} */ (document.querySelector("[data-back]"))?.click();
  }
}

function next() {
  /** @type {HTMLElement | null} */ (document.querySelector("form[data-next] button"))?.click();
}

function help() {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("keys"));
  dialog?.showModal();
}

/** @type {Record<string, () => void>} */
const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: open,
  a: () => arm("a"),
  d: () => arm("d"),
  f: () => arm("f"),
  c: () => press("c"),
  u: () => press("u"),
  e: () => unfold("e"),
  s: () => unfold("s"),
  r: () => unfold("r"),
  n: next,
  "/": search,
  "?": help,
};

/** @param {EventTarget | null} target */
function isTyping(target) {
  const element = /** @type {HTMLElement | null} */ (target);
  return !!element?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

/** Act on keys, unless the reader has switched them off. */
export function listen() {
  if (document.body.dataset.shortcuts !== "on") return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.key === "Escape") {
      unarm();
      if (isTyping(event.target)) /** @type {HTMLElement} */ (event.target).blur();
      return;
    }
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const digit = Number(event.key);
    if (armed && digit >= 1 && digit <= 9) {
      event.preventDefault();
      choose(digit);
      return;
    }
    const act = KEYS[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
}
