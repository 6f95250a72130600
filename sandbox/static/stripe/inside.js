// Shared by the frames: talking to the page that embeds us, and taking on its look.
const query = new URLSearchParams(location.search);
const frame = query.get("frame");
const origin = query.get("origin");

/** @type {Record<string, (data: any) => any>} */
const handlers = {};

/** Tell the page something; it goes to the one origin that opened us, and nowhere else. */
export function tell(kind, payload = {}) {
  parent.postMessage({ frame, kind, ...payload }, origin);
}

/** Listen for one kind of message, or for the calls of one verb. */
export function on(kind, handler) {
  handlers[kind] = handler;
}

addEventListener("message", async ({ source, origin: from, data }) => {
  if (source !== parent || from !== origin || data?.frame !== frame) return;
  if (data.kind === "call") {
    tell("result", { call: data.call, result: await handlers[data.verb](data) });
  } else handlers[data.kind]?.(data);
});

/** Say hello once the handlers are there, and keep the page told of our height. */
export function begin() {
  if (parent === window || !origin) return;
  tell("hello");
  const main = document.querySelector("main");
  new ResizeObserver(() => tell("height", { height: Math.ceil(main.getBoundingClientRect().height) })).observe(main);
}

/** Call the API from inside the frame, where the card number may be. */
export async function api(path, key, form) {
  try {
    const response = await fetch(`../v1/${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}` },
      body: new URLSearchParams(form),
    });
    return await response.json();
  } catch {
    return { error: { type: "api_connection_error", message: "The connection was lost. Please try again." } };
  }
}

const rules = new CSSStyleSheet();
document.adoptedStyleSheets = [rules];
const SELECTOR = /^\.(Input|Label|Error|Block|Tab)(--invalid|--empty)?(:focus|:hover|::placeholder)?$/;

/** Wear the appearance that the page asks for: theme, variables, rules. */
export function wear(appearance) {
  const root = document.documentElement;
  root.dataset.theme = appearance?.theme ?? "stripe";
  root.removeAttribute("style");
  for (const [name, value] of Object.entries(appearance?.variables ?? {})) root.style.setProperty(`--${name}`, String(value));
  while (rules.cssRules.length) rules.deleteRule(0);
  for (const [selector, look] of Object.entries(appearance?.rules ?? {})) {
    if (!SELECTOR.test(selector)) continue;
    const rule = rules.cssRules[rules.insertRule(`${selector.replace("--invalid", '[aria-invalid="true"]')} {}`, rules.cssRules.length)];
    for (const [name, value] of Object.entries(look)) {
      rule.style.setProperty(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), String(value));
    }
  }
}
