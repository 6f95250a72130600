// Part 1: what the stand-in knows of the options. Everything else throws, as a misspelt name should.
const BASE = new URL(document.currentScript.src).href.replace(/\/(v1\/)?checkout\.js.*$/, "");
const HOME = new URL(BASE).origin;
const METHODS = ["upi", "netbanking", "wallet"];

const any = () => true;
const text = (value) => typeof value === "string";
const flag = (value) => typeof value === "boolean";
const call = (value) => typeof value === "function";
const whole = (value) => Number.isInteger(Number(value)) && Number(value) > 0;
const plain = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value) => Array.isArray(value);
const each = (check) => (value) => plain(value) && Object.values(value).every(check);

// Each option and what it may be; an object is checked in turn.
const OPTIONS = {
  key: (value) => text(value) && value.startsWith("rzp_test_"),
  order_id: (value) => text(value) && value.startsWith("order_"),
  amount: whole, currency: (value) => value === "INR",
  name: text, description: text, image: text, handler: call,
  callback_url: text, redirect: flag, timeout: whole,
  notes: each((value) => ["string", "number", "boolean"].includes(typeof value)),
  prefill: { name: text, email: text, contact: text, method: text },
  readonly: { name: flag, email: flag, contact: flag },
  hidden: { email: flag, contact: flag },
  theme: { color: text, backdrop_color: text, hide_topbar: flag },
  modal: { ondismiss: call, confirm_close: flag, escape: flag, backdropclose: flag, handleback: flag, animation: flag },
  retry: { enabled: flag, max_count: whole },
  config: { display: { language: text, blocks: each(plain), hide: list, sequence: list, preferences: { show_default_blocks: flag } } },
  send_sms_hash: flag, allow_rotation: flag, remember_customer: flag,
};
const INSTRUMENT = { method: any, flows: list, apps: list, banks: list, wallets: list };

function check(where, given, allowed) {
  if (!plain(given)) throw new Error(`${where} should be an object.`);
  for (const [name, value] of Object.entries(given)) {
    const rule = allowed[name];
    if (rule === undefined) throw new Error(`${where}: ${name} is not an option of this sandbox.`);
    if (value === undefined) continue;
    if (typeof rule === "object") check(`${where}.${name}`, value, rule);
    else if (!rule(value)) throw new Error(`${where}: ${name} cannot be ${JSON.stringify(value) ?? typeof value}.`);
  }
}

/** Refuse options that the real script would not understand. */
function checkOptions(options) {
  check("options", options, OPTIONS);
  for (const name of ["key", "order_id", "amount", "currency"]) {
    if (options[name] === undefined) throw new Error(`options: ${name} is required.`);
  }
  if (options.redirect && !options.callback_url) throw new Error("options: callback_url must be passed with redirect.");
  for (const block of Object.values(options.config?.display?.blocks ?? {})) {
    check("block", block, { name: text, instruments: list });
    for (const instrument of block.instruments ?? []) check("instrument", instrument, INSTRUMENT);
  }
}

/** What `config.display` comes to: which ways to pay, in which order, and which of each. */
function display({ blocks = {}, hide = [], sequence = [], preferences = {} } = {}) {
  const named = sequence.map((name) => (name.startsWith("block.") ? blocks[name.slice(6)]?.instruments ?? [] : [{ method: name }])).flat();
  const rest = preferences.show_default_blocks === false ? [] : METHODS.map((method) => ({ method }));
  const hidden = hide.map((one) => one.method);
  const shown = [...named, ...rest].filter((one) => METHODS.includes(one.method) && !hidden.includes(one.method));
  const some = (name) => (rest.length ? [] : named.flatMap((one) => one[name] ?? [])).join(",");
  return {
    _methods: [...new Set(shown.map((one) => one.method))].join(","),
    _flows: some("flows"), _banks: some("banks"), _wallets: some("wallets"),
  };
}
