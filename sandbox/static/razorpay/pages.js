// The checkout's pages: tell the page around how it stands, follow a payment that waits, mind Escape.
const { origin, color, told, leave, waits, noEscape } = document.body.dataset;
const POLL_MS = 1000;

const tell = (message, to = origin) => parent !== window && parent.postMessage({ from: "razorpay-sandbox", ...message }, to);

if (/^#[0-9a-f]{3,8}$/i.test(color)) document.documentElement.style.setProperty("--brand", color);

if (told) tell(JSON.parse(told));
else if (origin && origin !== "*") tell({ kind: "shown" });
document.getElementById("dismiss")?.addEventListener("click", () => tell({ kind: "dismiss" }));
document.getElementById("back")?.submit();
document.querySelector("[autofocus]")?.focus(); // browsers leave it out in a frame of another origin

// The script's frame: say hello to whoever opened it, take the options, and post them as the form.
const options = document.getElementById("options");
if (options) {
  addEventListener("message", (event) => {
    if (event.source !== parent || event.data?.kind !== "options") return;
    for (const [name, value] of Object.entries({ ...event.data.form, _origin: event.origin })) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      options.append(field);
    }
    options.submit();
  });
  tell({ kind: "hello" }, "*"); // nothing in it: any page may hear that a frame is ready
}

const go = () => leave && noEscape === undefined && location.assign(leave);
addEventListener("keydown", (event) => event.key === "Escape" && origin && go());
addEventListener("message", (event) => event.source === parent && event.origin === origin && event.data?.kind === "leave" && go());

/** Go on by ourselves when the payment that waits has ended elsewhere. */
async function follow() {
  try {
    const { status } = await (await fetch(waits)).json();
    if (status !== "created") return location.replace(location.href);
  } catch {
    // the next look may succeed
  }
  setTimeout(follow, POLL_MS);
}
if (waits) setTimeout(follow, POLL_MS);
