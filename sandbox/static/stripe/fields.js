// What every field of the frame does: say what is wrong with it, and tell that it changed.
import { pick } from "./words.js";
import { tell } from "./inside.js";

export const field = (name) => document.getElementById(name);
let words = pick("en");

export function speak(chosen) {
  words = chosen;
}

/** Put a sentence beside a field, and the cursor into it. */
export function mark(input, message) {
  field(`${input.id}-error`).textContent = message;
  input.setAttribute("aria-invalid", String(Boolean(message)));
  if (message) input.focus();
}

/** Show what a code of Stripe's own means, or nothing. */
export function show(input, code) {
  field(`${input.id}-error`).textContent = code ? words[code] ?? code : "";
  input.setAttribute("aria-invalid", String(Boolean(code)));
}

/** Watch a field: it complains when it is left, and stops as soon as it is right. */
export function report(input, problem) {
  input.addEventListener("input", () => {
    if (!problem() || input.getAttribute("aria-invalid") === "true") show(input, "");
  });
  input.addEventListener("blur", () => input.value && show(input, problem()));
  input.addEventListener("keydown", (event) => event.key === "Escape" && tell("escape"));
}
