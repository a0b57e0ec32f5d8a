// The one script of every page. Each journey works without it; it only saves steps.
import "htmx.org";
import { tellArrivals } from "./arrivals.js";
import { guardForms } from "./forms.js";
import { offerSharing } from "./share.js";
import { lightStages } from "./stage.js";

function enhance(root) {
  guardForms(root);
  offerSharing(root);
  lightStages(root);
  tellArrivals(root);
}

const token = document.querySelector('meta[name="csrf-token"]')?.content;

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (token && request.method !== "GET") request.headers["X-CSRFToken"] = token;
});

// What htmx brings in later is enhanced too; each module leaves alone what it has seen.
document.addEventListener("htmx:after:swap", () => enhance(document));

// An open menu closes when somebody turns elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.language[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.language[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

enhance(document);
