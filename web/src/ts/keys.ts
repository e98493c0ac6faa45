/**
 * Keys of the clerk. `j`/`k` move in `ol.case-list`, `Enter` opens, `x` selects, `X` selects all, digits tick `ol.checklist`, `/` goes to
 * the search field, `?` shows `dialog#keys`. Every other key clicks the visible element with `data-key="a"`.
 * A key that comes while a part of the page is still on its way waits for it: it is meant for what was opened, not for what
 * stood there before. Off while typing (WCAG 2.1.4) and when switched off with `input[data-keys-switch]`. In a form, `Ctrl+Enter` sends it
 * and `Escape` follows its link `a[data-close]`.
 */
const OFF = "keys-off";

/** Keys that came early, in their order. */
const early: string[] = [];

export function keys(): void {
  apply(localStorage.getItem(OFF) === "1");
  document.querySelectorAll<HTMLElement>("[data-keys-help]").forEach((opener) => (opener.hidden = false));
  document.addEventListener("keydown", (event) => {
    if (inForm(event)) event.preventDefault();
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]") || document.documentElement.classList.contains(OFF)) return;
    const waits = document.body.getAttribute("aria-busy") === "true" && event.key.length === 1;
    if (waits) early.push(event.key);
    else early.length = 0;
    if (waits || press(event.key, event.target)) event.preventDefault();
  });
  // The part stands when all that listens to it has run.
  document.addEventListener("parts-replaced", () => queueMicrotask(pressEarly));
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box instanceof HTMLInputElement && box.dataset["keysSwitch"] !== undefined) apply(!box.checked);
  });
  document.addEventListener("click", (event) => {
    const opener = event.target instanceof Element ? event.target.closest("[data-keys-help]") : null;
    if (opener) help();
  });
}

/** Sends or closes the form in which the focus is, or the only open one. */
function inForm(event: KeyboardEvent): boolean {
  if (event.isComposing || document.querySelector("dialog[open]")) return false;
  const around = event.target instanceof Element ? event.target.closest("form") : null;
  if (event.key === "Enter" && event.ctrlKey) {
    const form = around ?? document.querySelector<HTMLFormElement>("form.act-form");
    form?.requestSubmit();
    return Boolean(form);
  }
  if (event.key !== "Escape") return false;
  return click(document.querySelector<HTMLElement>("form.act-form a[data-close]"));
}

function apply(off: boolean): void {
  document.documentElement.classList.toggle(OFF, off);
  if (off) localStorage.setItem(OFF, "1");
  else localStorage.removeItem(OFF);
  document.querySelectorAll<HTMLInputElement>("input[data-keys-switch]").forEach((box) => (box.checked = !off));
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** Presses what came early, until one of the keys begins to load another part or opens a field to type in. */
function pressEarly(): void {
  for (const key of early.splice(0)) {
    if (document.body.getAttribute("aria-busy") === "true") early.push(key);
    else if (!isTyping(document.activeElement)) press(key, document.activeElement);
  }
}

/** True when the key did something. */
function press(key: string, target: EventTarget | null): boolean {
  switch (key) {
    case "j":
      return move(1);
    case "k":
      return move(-1);
    case "x":
      return click(current()?.querySelector<HTMLInputElement>('input[type="checkbox"]'));
    case "X":
      return selectAll();
    case "/":
      return focus(document.querySelector<HTMLElement>('[data-key="/"], input[type="search"]'));
    case "?":
      return help();
    case "Enter":
      // On a focused link or button, Enter is that control's own.
      if (target instanceof Element && target.closest("a, button, input, summary")) return false;
      return click(current()?.querySelector("a"));
    default:
      if (/^[1-9]$/.test(key)) return tick(Number(key));
      return click(visible(`[data-key="${CSS.escape(key)}"]`));
  }
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("ol.case-list > li")];
}

function current(): HTMLElement | undefined {
  return rows().find((row) => row.classList.contains("current"));
}

function move(by: number): boolean {
  const all = rows();
  const at = all.findIndex((row) => row.classList.contains("current"));
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
  if (!next) return false;
  all.forEach((row) => row.classList.toggle("current", row === next));
  next.scrollIntoView({ block: "nearest" });
  next.querySelector("a")?.focus({ preventScroll: true });
  return true;
}

/** Selects every line in sight, or none when all are selected. */
function selectAll(): boolean {
  const boxes = rows().flatMap((row) => [...row.querySelectorAll<HTMLInputElement>('input[type="checkbox"]')]);
  const all = boxes.every((box) => box.checked);
  boxes.filter((box) => box.checked === all).forEach((box) => box.click());
  return boxes.length > 0;
}

function tick(number: number): boolean {
  const boxes = document.querySelectorAll<HTMLInputElement>('ol.checklist input[type="checkbox"]');
  return click(boxes[number - 1]);
}

function visible(selector: string): HTMLElement | undefined {
  const found = [...document.querySelectorAll<HTMLElement>(selector)];
  return found.find((element) => element.offsetParent !== null && !element.hasAttribute("disabled"));
}

function click(element: HTMLElement | null | undefined): boolean {
  element?.click();
  return Boolean(element);
}

function focus(element: HTMLElement | null): boolean {
  element?.focus();
  return Boolean(element);
}

function help(): boolean {
  const dialog = document.querySelector<HTMLDialogElement>("dialog#keys");
  dialog?.showModal();
  return Boolean(dialog);
}
