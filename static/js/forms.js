// A form is sent once, its mistakes are met first, and words somebody wrote are not lost by leaving the page.

// Not a mark on the form: htmx takes off marks that the server did not write, where it morphs a part of the page.
const guarded = new WeakSet();

export function guardForms(root) {
  for (const form of root.querySelectorAll('form[method="post" i]')) {
    if (guarded.has(form)) continue;
    guarded.add(form);
    // What htmx sends stays on the page and is queued by htmx itself.
    if (!form.matches("[hx-post], [hx-boost]")) form.addEventListener("submit", (event) => sendOnce(event, form));
    if ("unsaved" in form.dataset) keepWords(form);
  }
  const summary = root.querySelector("[data-error-summary]:not([data-met])");
  if (summary) {
    summary.dataset.met = "";
    summary.focus();
  }
}

function sendOnce(event, form) {
  if (event.defaultPrevented) return;
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  const button = event.submitter;
  button?.setAttribute("aria-disabled", "true");
  // A file to download leaves the page where it is, so the form opens again after a while.
  setTimeout(() => release(form, button), 8000);
}

function release(form, button) {
  delete form.dataset.sent;
  button?.removeAttribute("aria-disabled");
}

// Coming back by the browser's history shows the page as it was left: with its form already sent.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    release(form, form.querySelector('[aria-disabled="true"]'));
  }
});

function keepWords(form) {
  const changed = () => [...form.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue);
  addEventListener("beforeunload", (event) => {
    // A mail program opens beside the page, not in its place.
    if (document.activeElement?.matches('a[href^="mailto:"]')) return;
    if (!("sent" in form.dataset) && form.isConnected && changed()) event.preventDefault();
  });
}
