// The last page in the popup or overlay: hands the decision to the merchant's page and closes.
const message = JSON.parse(document.getElementById("message").textContent);
const origin = document.getElementById("done").dataset.opener;
const merchant = window.opener ?? (window.parent === window ? null : window.parent);

if (merchant && origin) merchant.postMessage(message, origin);
if (window.opener) window.close();
