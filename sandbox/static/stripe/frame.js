// Part 3: a frame of the sandbox's origin inside the merchant's page, and talking to it.
const FRAME_PATIENCE_MS = 10000;

class Frame {
  constructor(kind, title, onEvent) {
    this.id = crypto.randomUUID();
    this.calls = new Map();
    this.waiting = [];
    this.onEvent = onEvent;
    const query = new URLSearchParams({ frame: this.id, origin: location.origin });
    this.node = document.createElement("iframe");
    this.node.src = `${BASE}/elements/${kind}?${query}`;
    this.node.title = title;
    this.node.name = `__privateStripeFrame-${this.id}`;
    this.node.allow = "payment *";
    Object.assign(this.node.style, { border: "0", width: "100%", display: "block", height: "0" });
    this.listen = (event) => this.receive(event);
    addEventListener("message", this.listen);
    this.timer = setTimeout(() => this.onEvent("loaderror", {}), FRAME_PATIENCE_MS);
  }

  /** Take only what this very frame says, and only from the sandbox's origin. */
  receive({ origin, source, data }) {
    if (origin !== SANDBOX.origin || source !== this.node.contentWindow) return;
    if (!isObject(data) || data.frame !== this.id) return;
    if (data.kind === "hello") this.greet();
    else if (data.kind === "height") this.resize(data.height);
    else if (data.kind === "result") this.settle(data);
    else this.onEvent(data.kind, data);
  }

  resize(height) {
    if (!this.fixed) this.node.style.height = `${Math.max(0, Number(height) || 0)}px`;
  }

  greet() {
    clearTimeout(this.timer);
    this.ready = true;
    this.post("init", this.setup);
    this.waiting.splice(0).forEach((send) => send());
  }

  post(kind, payload) {
    const send = () => this.node.contentWindow?.postMessage({ frame: this.id, kind, ...payload }, SANDBOX.origin);
    if (this.ready) send();
    else if (kind !== "update") this.waiting.push(send);
  }

  /** Ask the frame something and wait for its answer. */
  call(verb, payload) {
    return new Promise((resolve) => {
      const call = crypto.randomUUID();
      this.calls.set(call, resolve);
      this.post("call", { call, verb, ...payload });
    });
  }

  settle({ call, result }) {
    this.calls.get(call)?.(result);
    this.calls.delete(call);
  }

  /** A frame with another colour scheme than its page would not be see-through. */
  paint(appearance) {
    this.node.style.colorScheme = appearance?.theme === "night" ? "dark" : "light";
  }

  remove() {
    clearTimeout(this.timer);
    removeEventListener("message", this.listen);
    this.node.remove();
    this.ready = false;
  }
}

const PROBLEM = { type: "api_connection_error", message: "We are experiencing issues connecting to our payments provider. Please check your internet connection and try again." };

/** Call the sandbox's API with the publishable key. */
async function api(key, method, path, form) {
  const query = method === "GET" ? `?${new URLSearchParams(form)}` : "";
  try {
    const response = await fetch(`${BASE}/v1/${path}${query}`, {
      method,
      headers: { Authorization: `Bearer ${key}` },
      body: method === "POST" ? new URLSearchParams(form) : undefined,
    });
    return await response.json();
  } catch {
    return { error: PROBLEM };
  }
}
