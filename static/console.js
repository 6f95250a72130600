// The risk console: the rule is checked while it is typed, charts answer to arrow keys, sliders show their effect.
// Everything works without it.

const token = () => /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="csrf-token"]')).content;

/** Call once nothing has happened for a while. @param {number} ms @param {() => void} act */
function afterAPause(ms, act) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(act, ms);
  };
}

/** @param {string} tag @param {string} name @param {string} text */
function made(tag, name, text) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

// The editor of rules

/** @typedef {{ok: true, action: string, warnings: string[]} | {ok: false, message: string, column: number, caret: string}} Checked */

/** What a rule does, in words. @type {Record<string, string>} */
const DOES = {
  allow: "allows",
  block: "blocks",
  review: "holds for review",
  challenge: "asks for 3-D Secure",
};

/** @param {HTMLTextAreaElement} area */
function watchRule(area) {
  const place = /** @type {HTMLElement} */ (document.getElementById("check"));
  const save = /** @type {HTMLButtonElement | null} */ (document.getElementById("save"));
  let asked = 0;
  const check = afterAPause(300, async () => {
    const mine = ++asked;
    const body = new URLSearchParams({ text: area.value });
    try {
      const answer = await fetch(area.dataset.check ?? "", {
        method: "POST",
        body,
        headers: { "X-CSRFToken": token(), Accept: "application/json" },
      });
      if (mine !== asked) return; // something newer was typed meanwhile
      if (answer.ok) tellRule(area, place, await answer.json());
      else place.replaceChildren(made("p", "warned", "The check is not answering. The rule is checked again before it is saved."));
    } catch {
      if (mine === asked) place.replaceChildren(made("p", "warned", "The check is not answering. The rule is checked again before it is saved."));
    }
  });
  area.addEventListener("input", () => {
    if (save) save.disabled = area.value !== save.dataset.text;
    if (area.value.trim()) check();
    else {
      asked++;
      place.replaceChildren();
      area.removeAttribute("aria-invalid");
    }
  });
}

/** @param {HTMLTextAreaElement} area @param {HTMLElement} place @param {Checked} found */
function tellRule(area, place, found) {
  area.toggleAttribute("aria-invalid", false);
  if (found.ok) {
    place.replaceChildren(
      made("p", "good", `This rule ${DOES[found.action]}.`),
      ...found.warnings.map((sentence) => made("p", "warned", sentence)),
    );
    return;
  }
  area.setAttribute("aria-invalid", "true");
  place.replaceChildren(made("p", "error", `${found.message} (column ${found.column})`), made("pre", "caret", found.caret));
}

/** Narrow a table down while somebody types. @param {HTMLInputElement} input */
function watchFilter(input) {
  const rows = [...document.querySelectorAll(`#${input.dataset.filter} tbody tr`)];
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of rows) /** @type {HTMLElement} */ (row).hidden = !row.textContent?.toLowerCase().includes(wanted);
  });
}

// Charts: one stop for Tab, arrow keys from point to point, and what a point says below the drawing.

/** @param {SVGElement} svg */
function watchChart(svg) {
  const points = /** @type {SVGElement[]} */ ([...svg.querySelectorAll("[data-says]")]);
  const says = svg.closest(".figure")?.querySelector(".says");
  /** @param {EventTarget | null} target */
  const tell = (target) => {
    const words = target instanceof SVGElement ? target.dataset.says : undefined;
    if (says && words) says.textContent = words;
  };
  svg.addEventListener("focusin", (event) => tell(event.target));
  svg.addEventListener("pointerover", (event) => tell(event.target));
  svg.addEventListener("keydown", (event) => {
    const at = points.indexOf(/** @type {SVGElement} */ (event.target));
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -at, End: points.length - 1 - at }[event.key];
    const next = step === undefined ? undefined : points[at + step];
    if (at < 0 || !next) return;
    event.preventDefault();
    points[at]?.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });
}

// Sliders: the number beside them at once, the effect after a pause, from the page that the form would open.

/** @param {HTMLFormElement} form */
function watchLive(form) {
  const part = form.dataset.live ?? "";
  let asked = 0;
  const show = afterAPause(250, async () => {
    const mine = ++asked;
    const url = new URL(form.action);
    url.search = new URLSearchParams(/** @type {any} */ (new FormData(form))).toString();
    const place = document.getElementById(part);
    place?.classList.add("is-waiting");
    place?.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part);
      if (mine !== asked || !answer.ok || !fresh || !place) return;
      place.replaceWith(fresh);
      history.replaceState(null, "", url);
      const live = document.getElementById("live");
      if (live) live.textContent = "The figures are up to date.";
    } catch {
      // The button still opens the page.
    } finally {
      if (mine === asked) {
        place?.classList.remove("is-waiting");
        place?.removeAttribute("aria-busy");
      }
    }
  });
  form.addEventListener("input", (event) => {
    const input = event.target;
    if (input instanceof HTMLInputElement && input.type === "range") {
      const output = form.querySelector(`output[for="${input.id}"]`);
      if (output) output.textContent = input.value;
    }
    show();
  });
}

for (const area of document.querySelectorAll("textarea[data-check]")) watchRule(/** @type {HTMLTextAreaElement} */ (area));
for (const input of document.querySelectorAll("input[data-filter]")) watchFilter(/** @type {HTMLInputElement} */ (input));
for (const svg of document.querySelectorAll("svg.chart")) watchChart(/** @type {SVGElement} */ (svg));
for (const form of document.querySelectorAll("form[data-live]")) watchLive(/** @type {HTMLFormElement} */ (form));
