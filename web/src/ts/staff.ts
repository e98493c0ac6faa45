/** Pages of officers: keys, parts of pages, printing, looking at papers. */
import { fragments } from "./fragment.ts";
import { keys } from "./keys.ts";

keys();
fragments();

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const print = target?.closest<HTMLAnchorElement>("a[data-print-frame]");
  if (print) {
    event.preventDefault();
    printDocument(print.href);
  }
  const turn = target?.closest<HTMLElement>("[data-turn], [data-zoom]");
  if (turn) look(turn);
});

/** Prints a PDF of this server without leaving the page. */
function printDocument(url: string): void {
  document.querySelector("iframe.printing")?.remove();
  const frame = document.createElement("iframe");
  frame.className = "printing visually-hidden";
  frame.title = url;
  frame.src = url;
  frame.addEventListener("load", () => {
    try {
      frame.contentWindow?.print();
    } catch {
      // This browser keeps its PDF viewer to itself: show the document, its own print button is there.
      open(url, "_blank", "noopener");
    }
  });
  document.body.append(frame);
}

/** Turns or enlarges the photograph in the viewer. */
function look(button: HTMLElement): void {
  const picture = button.closest(".viewer")?.querySelector<HTMLElement>("img.paper");
  if (!picture) return;
  const turned = (Number(picture.dataset["turned"] ?? 0) + Number(button.dataset["turn"] ?? 0)) % 360;
  const zoomed = Math.min(4, Math.max(0.5, Number(picture.dataset["zoomed"] ?? 1) * Number(button.dataset["zoom"] ?? 1)));
  picture.dataset["turned"] = String(turned);
  picture.dataset["zoomed"] = String(zoomed);
  picture.style.rotate = `${turned}deg`;
  picture.style.scale = String(zoomed);
}

// The line whose dossier was opened with the mouse is the current one too.
document.addEventListener("click", (event) => {
  const row = event.target instanceof Element ? event.target.closest("ol.case-list > li:not(.current)") : null;
  if (!row || !(event.target instanceof Element) || !event.target.closest("a")) return;
  document.querySelectorAll("ol.case-list > li").forEach((other) => other.classList.toggle("current", other === row));
});

/** After a part was replaced, the focus is in the opened form, else on the current line; never lost. */
function settleFocus(): void {
  if (document.querySelector("[data-focus]")) return;
  const field = document.querySelector<HTMLElement>(
    '.act-form :is(input:not([type="hidden"]), textarea, select, button)',
  );
  if (field) field.focus();
  else if (document.activeElement === document.body || !document.activeElement)
    (document.querySelector<HTMLElement>("ol.case-list .current a") ?? document.querySelector<HTMLElement>("main"))?.focus({
      preventScroll: true,
    });
}
document.addEventListener("parts-replaced", settleFocus);
// A page of many forms begins at its top.
if (document.querySelectorAll(".act-form").length === 1) settleFocus();

// A message with "undo" goes away by itself when the time for it is over.
function dismissToasts(): void {
  document.querySelectorAll<HTMLElement>(".toast[data-seconds]").forEach((toast) => {
    setTimeout(() => toast.remove(), Number(toast.dataset["seconds"]) * 1_000);
    delete toast.dataset["seconds"];
  });
}
dismissToasts();
document.addEventListener("parts-replaced", dismissToasts);
