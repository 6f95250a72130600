// The button's frame: tells the merchant's page that it was pressed, takes on and off from it.
const opener = document.getElementById("script").dataset.opener;
const button = document.getElementById("button");

button.addEventListener("click", () => {
  if (button.getAttribute("aria-disabled") !== "true") say({ type: "click" });
});

addEventListener("message", (event) => {
  if (event.source !== parent || event.origin !== opener) return;
  if (event.data?.type === "enabled") button.setAttribute("aria-disabled", String(!event.data.value));
  if (event.data?.type === "focus") button.focus();
});

say({ type: "ready" });

function say(message) {
  parent.postMessage({ source: "paypal-sandbox", ...message }, opener);
}
