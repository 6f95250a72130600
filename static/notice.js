// Pages that wait or say goodbye: ask again until it is decided, print, go back to the shop.
import { announce, byId, page, send } from "./http.js";

const POLL_MS = 1500;
const SLOWEST_MS = 15000;
const LEAVE_S = 10;

/** Ask how it stands, ever more patiently; when that changes, show the page that says so. @param {string} state @param {number} pause */
async function poll(state, pause) {
  try {
    const result = await send(page.urls.status);
    if (result.state !== state) return location.reload();
  } catch {
    announce("Still checking");
  }
  setTimeout(poll, pause, state, Math.min(pause * 1.3, SLOWEST_MS));
}

/** @param {string} url */
function goodbye(url) {
  const line = byId("countdown");
  const text = /** @type {HTMLElement} */ (line.querySelector("span"));
  line.hidden = false;
  let left = LEAVE_S;
  const tick = () => {
    text.textContent = `You go back to ${page.merchant} in ${left} s.`;
    if (left-- <= 0) location.assign(url);
  };
  tick();
  const timer = setInterval(tick, 1000);
  line.querySelector("button")?.addEventListener("click", () => {
    clearInterval(timer);
    line.hidden = true;
    announce("You stay on this page");
  });
}

const print = byId("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
  addEventListener("beforeprint", () => byId("order").setAttribute("open", ""));
}
if (page.poll) setTimeout(poll, POLL_MS, page.poll, POLL_MS);
if (page.leave) goodbye(page.leave);
announce(document.querySelector("h1")?.textContent ?? "");
