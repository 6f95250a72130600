// One field of a card, in its frame: tells the merchant's page how it stands, and its siblings what is typed.
const { opener, kind, group } = document.getElementById("script").dataset;
const input = document.getElementById("input");
const siblings = new BroadcastChannel(`paypal-fields-${group}`);
const waiting = new Map();

const digits = (text) => text.replace(/\D/g, "");

function luhn(number) {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return number.length >= 13 && number.length <= 19 && sum % 10 === 0;
}

function month(text) {
  const [, mm, yy] = text.match(/^(0[1-9]|1[0-2])\s*\/\s*([0-9]{2})$/) ?? [];
  return mm ? `20${yy}-${mm}` : "";
}

// kind → is it right, what is sent, how it is written while typed
const RULES = {
  name: [() => true, (text) => text.trim(), (text) => text],
  number: [(text) => luhn(digits(text)), digits, (text) => digits(text).slice(0, 19).replace(/(.{4})(?=.)/g, "$1 ")],
  expiry: [
    (text) => month(text) >= new Date().toISOString().slice(0, 7),
    month,
    (text) => digits(text).slice(0, 4).replace(/^(.{2})(?=.)/, "$1 / "),
  ],
  cvv: [(text) => /^[0-9]{3,4}$/.test(digits(text)), digits, (text) => digits(text).slice(0, 4)],
};
const [isRight, sent, written] = RULES[kind];

function state() {
  return {
    isEmpty: !input.value,
    isValid: isRight(input.value),
    isPotentiallyValid: !input.value || isRight(input.value) || document.activeElement === input,
    isFocused: document.activeElement === input,
  };
}

function say(message) {
  parent.postMessage({ source: "paypal-sandbox", ...message }, opener);
}

function tell(event) {
  const now = state();
  input.setAttribute("aria-invalid", String(!now.isPotentiallyValid));
  say({ type: "state", state: now, event, told: { emittedBy: kind, fields: { [kind]: now }, isFormValid: now.isValid } });
}

input.addEventListener("input", () => {
  input.value = written(input.value);
  tell("onChange");
});
input.addEventListener("focus", () => tell("onFocus"));
input.addEventListener("blur", () => tell("onBlur"));
input.addEventListener("keydown", (event) => {
  if (event.key === "Enter") tell("onInputSubmitRequest");
});

siblings.addEventListener("message", ({ data }) => {
  if (data.ask) siblings.postMessage({ kind, value: sent(input.value) });
  else if (waiting.has(data.kind)) waiting.get(data.kind)(data.value);
});

async function gather(kinds) {
  const others = kinds.filter((other) => other !== kind);
  const answers = others.map((other) => new Promise((resolve) => waiting.set(other, resolve)));
  siblings.postMessage({ ask: true });
  const values = await Promise.all(answers);
  return { [kind]: sent(input.value), ...Object.fromEntries(others.map((other, at) => [other, values[at]])) };
}

async function confirm({ orderID, kinds }) {
  try {
    const body = JSON.stringify(await gather(kinds));
    const answer = await fetch(`../sdk/cards/${encodeURIComponent(orderID)}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    say({ type: "done", ...(await answer.json()) });
  } catch (error) {
    say({ type: "done", error: String(error) });
  }
}

addEventListener("message", (event) => {
  if (event.source !== parent || event.origin !== opener) return;
  if (event.data?.type === "focus") input.focus();
  if (event.data?.type === "clear") {
    input.value = "";
    tell("onChange");
  }
  if (event.data?.type === "confirm") confirm(event.data);
});

say({ type: "ready" });
