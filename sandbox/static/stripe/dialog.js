// Part 4: a dialog over the merchant's page, for the bank's question and for wallets.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
  dialog.StripeSandboxDialog { padding: 0; border: 0; border-radius: 14px; overflow: hidden; width: min(440px, 100vw); height: min(600px, 100dvh); max-width: 100vw; max-height: 100dvh; background: Canvas; color-scheme: light dark; box-shadow: 0 20px 60px #0008; }
  dialog.StripeSandboxDialog::backdrop { background: #0009; }
  dialog.StripeSandboxDialog iframe { width: 100%; height: 100%; border: 0; display: block; color-scheme: light dark; }
  @media (max-width: 480px) { dialog.StripeSandboxDialog { width: 100vw; height: 100dvh; border-radius: 0; } }
`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, SHEET];

/** Open a modal dialog around a frame; `onEscape` decides what Esc means. */
function openDialog(label, frame, onEscape) {
  const dialog = document.createElement("dialog");
  dialog.className = "StripeSandboxDialog";
  dialog.setAttribute("aria-label", label);
  dialog.append(frame);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    onEscape();
  });
  document.body.append(dialog);
  dialog.showModal();
  frame.addEventListener("load", () => frame.focus());
  return () => {
    dialog.close();
    dialog.remove();
  };
}

/** Show the bank's question and wait until it is answered or canceled. */
function askBank(url) {
  return new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    frame.title = "Your bank’s check (Stripe sandbox)";
    const close = openDialog("Your bank’s check", frame, () =>
      frame.contentWindow?.postMessage({ kind: "escape" }, SANDBOX.origin),
    );
    addEventListener("message", function listen({ origin, source, data }) {
      if (origin !== SANDBOX.origin || source !== frame.contentWindow || data?.kind !== "3ds-over") return;
      removeEventListener("message", listen);
      close();
      resolve();
    });
  });
}
