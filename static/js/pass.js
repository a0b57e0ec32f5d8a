// A pass on a screen: the screen stays lit while it is shown, and a button prints it. The page is whole without either.
const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

async function stayLit() {
  if (document.visibilityState !== "visible" || !document.querySelector(".qr")) return;
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // A phone that saves its battery says no.
  }
}

document.addEventListener("visibilitychange", stayLit);
stayLit();
