/** Improves pages that work without it. */
import { autosave } from "./autosave.ts";
import { conditions } from "./conditions.ts";
import { uploader } from "./upload.ts";
import { watch } from "./watch.ts";

document.querySelector<HTMLElement>("[data-focus]")?.focus();
const menu = document.querySelector<HTMLElement>(".main-nav ul");
const current = menu?.querySelector<HTMLElement>("[aria-current]");
if (menu && current) menu.scrollLeft = current.offsetLeft - menu.clientWidth / 3;
document.querySelectorAll<HTMLFormElement>("form[data-autosave]").forEach(autosave);
// After what was kept on the device is back in the form.
conditions();
document.querySelectorAll<HTMLElement>("[data-uploader]").forEach(uploader);
document.querySelectorAll<HTMLElement>("[data-watch]").forEach(watch);

// A second press of a button sends nothing twice; coming back with the Back button frees it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented || form.method !== "post") return;
  const button = event.submitter ?? form.querySelector("button");
  if (form.dataset["sent"]) {
    event.preventDefault();
    return;
  }
  form.dataset["sent"] = "1";
  button?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach((form) => delete form.dataset["sent"]);
  document.querySelectorAll('[aria-busy="true"]').forEach((button) => button.removeAttribute("aria-busy"));
});

// Buttons that only make sense with script stand in the page hidden.
document.querySelectorAll<HTMLElement>("[data-print], [data-copy]").forEach((button) => {
  button.hidden = false;
});
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-print], [data-copy]") : null;
  if (!button) return;
  if (button.dataset["print"] !== undefined) print();
  const copied = button.dataset["copy"];
  if (copied) void navigator.clipboard.writeText(copied).then(() => (button.textContent = button.dataset["copied"] ?? copied));
});
