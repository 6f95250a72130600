// Pages that wait or say goodbye: ask again until it is decided, print, go back to the shop.
import { _, announce, byId, page, send } from "./http.js";

const POLL_MS = 1500;
const SLOWEST_MS = 15000;
const LEAVE_S = 10;

/** Ask how it stands, ever more patiently; when that changes, show the page that says so. @param {string} state @param {number} pause */
async function poll(state, pause) {
  try {
    const result = await send(page.urls.status);
    if (result.state !== state) return location.reload();
  } catch {
    announce(_("Still checking"));
  }
  setTimeout(poll, pause, state, Math.min(pause * 1.3, SLOWEST_MS));
}

/** Hear at once what a reviewer decides; where nothing is told, asking goes on. @param {string} state */
function listen(state) {
  const news = new EventSource(page.urls.news);
  news.addEventListener("message", ({ data }) => data !== state && location.reload());
}

/** Go back to the shop after a while, unless told to stay. Returns what it says of that. @param {string} url */
function goodbye(url) {
  const line = byId("countdown");
  const text = /** @type {HTMLElement} */ (line.querySelector("span"));
  line.hidden = false;
  let left = LEAVE_S;
  const tick = () => {
    text.textContent = _("You go back to {merchant} in {seconds} s.", { merchant: page.merchant, seconds: left });
    if (left-- <= 0) location.assign(url);
  };
  tick();
  const timer = setInterval(tick, 1000);
  line.querySelector("button")?.addEventListener("click", () => {
    clearInterval(timer);
    line.hidden = true;
    announce(_("You stay on this page"));
  });
  return text.textContent;
}

/** Times in the reader's own zone; without this script they say UTC. */
function localTimes() {
  const { lang } = document.documentElement;
  const own = navigator.languages.find((tag) => tag.split("-")[0] === lang) ?? lang; // en-GB for English, say
  const format = new Intl.DateTimeFormat(own, {
    day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit",
    timeZoneName: "short", calendar: "gregory", numberingSystem: "latn",
  });
  for (const time of document.querySelectorAll("time")) time.textContent = format.format(new Date(time.dateTime));
}

localTimes();
const print = byId("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", (event) => {
    event.preventDefault(); // without this script it leads to the receipt
    window.print();
  });
  addEventListener("beforeprint", () => byId("order")?.setAttribute("open", ""));
}
if (page.poll === "in_review") listen(page.poll);
if (page.poll) setTimeout(poll, POLL_MS, page.poll, POLL_MS);
const leaving = page.leave && parent === window ? `. ${goodbye(page.leave)}` : "";
announce(`${document.querySelector("h1")?.textContent}${leaving}`);
