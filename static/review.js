// The review queue's comfort: local times, countdowns, drafts, the lock's heartbeat. Everything works without it.
import { listen } from "./review_keys.js";

const NEWS_MS = 20_000;
const RENEW_MS = 4 * 60_000; // the lock lasts ten minutes
const DRAFT_DAYS = 7;
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";

/** @template {HTMLElement} T @param {string} selector @returns {T[]} */
const all = (selector) => [.../** @type {NodeListOf<T>} */ (document.querySelectorAll(selector))];

/** Beside each moment in UTC, the reader's own time. */
function localTimes() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone === "UTC") return;
  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
  const whole = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
  for (const time of all("time[data-local]")) {
    const moment = new Date(time.getAttribute("datetime") ?? "");
    const local = document.createElement("span");
    local.className = "local";
    local.textContent = ` (${(moment.getDate() === moment.getUTCDate() ? clock : whole).format(moment)} here)`;
    time.after(local);
  }
}

/** @param {number} seconds */
function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days) return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
  if (hours) return minutes % 60 && hours < 12 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return minutes ? `${minutes} min` : `${Math.max(0, Math.floor(seconds))} s`;
}

/** Count on what the server began: the time that is left of each hold, by its clock and not by this machine's. */
function countDown() {
  const times = all("time[data-left]");
  if (!times.length) return;
  const begun = Date.now();
  const tick = () => {
    for (const time of times) {
      const seconds = Number(time.dataset.left) - (Date.now() - begun) / 1000;
      const text = seconds > 0 ? `in ${span(seconds)}` : "over";
      if (time.textContent !== text) time.textContent = text;
      time.classList.toggle("left-soon", seconds < 12 * 3600);
    }
  };
  tick();
  setInterval(tick, 1000);
}

/** What was typed outlives the end of the session, until it is sent. */
function drafts() {
  // The server says what it has done; where it asked to sign in first, or refused, the draft stays.
  const sent = sessionStorage.getItem("sent");
  sessionStorage.removeItem("sent");
  if (sent && document.querySelector(".flash")) write(sent, "");
  const where = main.dataset.case;
  if (!where) return;
  for (const field of /** @type {HTMLTextAreaElement[]} */ (all("textarea[data-draft]"))) {
    const key = `draft:${where}:${field.name}`;
    const kept = read(key);
    if (kept && !field.value) {
      field.value = kept;
      field.closest("details")?.setAttribute("open", "");
    }
    field.addEventListener("input", () => write(key, field.value));
    field.form?.addEventListener("submit", () => sessionStorage.setItem("sent", key));
  }
}

/** @param {string} key */
function read(key) {
  try {
    const [until, text] = JSON.parse(localStorage.getItem(key) ?? "[0, \"\"]");
    return until > Date.now() ? String(text) : "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} text */
function write(key, text) {
  try {
    if (text) localStorage.setItem(key, JSON.stringify([Date.now() + DRAFT_DAYS * 864e5, text]));
    else localStorage.removeItem(key);
  } catch {
    // A full or forbidden store costs the draft and nothing else.
  }
}

/** An open page keeps its case, and gives it back when it is left for something else than an act on it. */
function keepLock() {
  const { mine, release } = main.dataset;
  if (!mine || !release) return;
  const form = () => {
    const data = new FormData();
    data.set("csrf_token", token);
    return data;
  };
  setInterval(() => {
    fetch(mine, { method: "POST", body: form(), headers: { Accept: "application/json" } }).catch(() => {});
  }, RENEW_MS);
  let acting = false;
  document.addEventListener("submit", (event) => {
    const { action } = /** @type {HTMLFormElement} */ (event.target);
    acting ||= !event.defaultPrevented && action.includes(`/${main.dataset.case}/`);
  });
  addEventListener("pagehide", () => {
    if (!acting) navigator.sendBeacon(release, form());
  });
}

/** The offer to undo goes when it is over. */
function undoBar() {
  const bar = /** @type {HTMLElement | null} */ (document.querySelector("[data-undo]"));
  if (!bar) return;
  setTimeout(() => bar.remove(), Number(bar.dataset.undo) * 1000);
  // Nor should it come back with a reload or be sent to somebody else with the address.
  const here = new URL(location.href);
  here.searchParams.delete("done");
  history.replaceState(null, "", here);
}

/** New cases are told of and not pushed in: no row moves under the pointer. */
function news() {
  const url = main.dataset.news;
  const pill = /** @type {HTMLElement | null} */ (document.querySelector(".news"));
  const text = pill?.querySelector("[data-count]");
  if (!url || !pill || !text) return;
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const { count } = await answer.json();
    pill.hidden = !count;
    text.textContent = `${count} new case${count === 1 ? "" : "s"}: show`;
  }, NEWS_MS);
}

/** Each button works once, until the answer is there. */
function once() {
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.method === "dialog") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }
  });
}

for (const field of /** @type {HTMLInputElement[]} */ (all("[data-copy]"))) {
  field.addEventListener("focus", () => field.select());
}
/** @type {HTMLElement | null} */ (document.querySelector("[data-focus]"))?.focus();
once();
localTimes();
countDown();
drafts();
keepLock();
undoBar();
news();
listen();
