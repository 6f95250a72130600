// Talks to our own server, and to nobody else.

/**
 * @typedef {{type: "stripe_sdk", client_secret: string} | {type: "redirect", url: string} | RazorpayAction} NextAction
 * @typedef {{type: "razorpay", order: string, url: string, data: {key: string, amount: number, currency: string, name?: string, description?: string, method?: string, methods?: string[], attempt: string}}} RazorpayAction
 * @typedef {{code: string, message: string, retryable: boolean}} Decline
 * @typedef {{status: string | null, state: string, next_action: NextAction | null, decline: Decline | null, url: string | null, paypal_order_id?: string}} Result
 * @typedef {{amount: number, amount_text: string, summary_html: string, stripe_amount: number | null}} Order
 * @typedef {{key: string, url: string, origin: string, amount: number, currency: string, capture_method: "automatic" | "manual", locale: import("@stripe/stripe-js").StripeElementLocale, methods: string[], wallets: string[]}} StripeSettings
 * @typedef {{url: string, buttons: boolean, cards: boolean}} PayPalSettings
 * @typedef {{merchant: string, texts?: Record<string, string>, amount: number, stripe?: StripeSettings, paypal?: PayPalSettings, razorpay?: {url: string}, next_action?: NextAction, return_url: string, poll?: string, leave?: string, left_s?: number, urls: Record<"update" | "stripe" | "paypal" | "approve" | "cancel" | "razorpay" | "returned" | "status" | "news", string>}} Page
 */

/** @type {Page} */
export const page = JSON.parse(document.getElementById("till")?.textContent ?? "{}");

const isRightToLeft = document.documentElement.dir === "rtl";

/**
 * The text in the page's language, `{name}` replaced by values; from right to left each is isolated from the sentence.
 * @param {string} text @param {Record<string, string | number>} [values]
 */
export const _ = (text, values = {}) =>
  (page.texts?.[text] ?? text).replace(/\{(\w+)\}/g, (_all, name) =>
    isRightToLeft ? `\u2068${values[name]}\u2069` : `${values[name]}`,
  );

/** The server understood us and said no. Everything else that goes wrong is silence. */
export class Refused extends Error {
  /** @param {{code: string, message: string, field?: string} & Partial<Order>} error */
  constructor(error) {
    super(error.message);
    this.error = error;
  }
}

/**
 * Send `body` by POST, or ask by GET when there is none.
 * @template T
 * @param {string} url
 * @param {object} [body]
 * @returns {Promise<T>}
 */
export async function send(url, body) {
  const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
  const response = await fetch(url, {
    method: body ? "POST" : "GET",
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
    body: body && JSON.stringify(body),
    cache: "no-store",
  });
  const answer = await response.json();
  if (response.ok) return answer;
  if (response.status < 500 && answer.error) throw new Refused(answer.error);
  throw new Error(`no answer: ${response.status}`);
}

/**
 * Ask how the payment stands until somebody answers: what we did not hear may still have happened.
 * @param {() => void} [whenSilent]
 * @returns {Promise<Result>}
 */
export async function truth(whenSilent) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 5000)) {
    try {
      return await send(page.urls.status);
    } catch (error) {
      if (error instanceof Refused && error.error.code !== "too_many_requests") throw error;
      whenSilent?.();
    }
    await new Promise((resume) => setTimeout(resume, pause));
  }
}

/**
 * Load a provider's script once; a blocked one is an error that may be tried again.
 * @param {string} url
 * @returns {Promise<void>}
 */
export function load(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    const nonce = document.querySelector("script[nonce]");
    if (nonce instanceof HTMLElement) script.dataset.cspNonce = nonce.nonce;
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error("blocked"));
    };
    document.head.append(script);
  });
}

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export const byId = (id) => /** @type {T} */ (document.getElementById(id));

/** @param {string} text */
export function announce(text) {
  byId("live").textContent = text;
}
