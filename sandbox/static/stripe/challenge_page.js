// The bank's page inside the dialog: asks before it is left, and says when it is over.
const main = document.querySelector("main");
if (main.dataset.over && parent !== window) {
  // Only that it is over: how it ended is for the page to ask. So any origin may hear it.
  parent.postMessage({ kind: "3ds-over", attempt: main.dataset.over }, "*");
}

const leave = document.getElementById("leave");
const challenge = document.getElementById("challenge");

function ask(leaving) {
  if (!leave) return;
  leave.hidden = !leaving;
  challenge.hidden = leaving;
  (leaving ? leave : challenge).querySelector("button").focus();
}

document.getElementById("cancel")?.addEventListener("click", () => ask(true));
document.getElementById("stay")?.addEventListener("click", () => ask(false));
addEventListener("keydown", (event) => event.key === "Escape" && ask(leave?.hidden ?? false));
addEventListener("message", ({ source, data }) => source === parent && data?.kind === "escape" && ask(true));

// A code may be approved elsewhere, or run out: the page looks now and then whether it is still open.
const POLL_MS = 3000;
if (main.dataset.poll) {
  setInterval(async () => {
    const now = await fetch(location.href).then((answer) => answer.text(), () => "");
    if (now && !now.includes('data-poll="')) location.reload();
  }, POLL_MS);
}
