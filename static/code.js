// The page that asks for the code of a mail: how long it is still good, seen all the time and said aloud now and then.
import { _, announce, byId, page } from "./http.js";

const SAID_AT_S = [300, 60]; // not every second: it would drown everything else
const line = byId("left");
const ends = Date.now() + (page.left_s ?? 0) * 1000;

function tick() {
  const left = Math.max(Math.ceil((ends - Date.now()) / 1000), 0);
  const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  line.textContent = left ? _("Time left: {time}", { time }) : _("The code has expired. Ask for a new one.");
  if (!left || SAID_AT_S.includes(left)) announce(line.textContent);
  if (!left) clearInterval(timer);
}

const timer = setInterval(tick, 1000);
line.hidden = false;
tick();
