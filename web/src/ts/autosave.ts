/**
 * Saves a form field by field while it is typed: `<form data-autosave="/drafts/1/save">`.
 *
 * What the server has not confirmed stays on the device (localStorage) and is sent again when the line is back, also
 * after the browser was closed. Confirmed values leave the device, so a shared one keeps no personal data.
 * Server: POST of the changed fields as a form; any 2xx confirms, `{"saved":"09:12"}` gives its time.
 * Status: `<p data-saved data-saved-text="Đã lưu lúc {time}" data-waiting-text="…" data-saving-text="…">` in the form.
 */
import { ask } from "./server.ts";

type Values = Record<string, string[]>;

const PAUSE = 700;
const LONGEST_WAIT = 60_000;
const DAY = 24 * 3_600_000;

export function autosave(form: HTMLFormElement): void {
  const url = form.dataset["autosave"];
  if (!url) return;
  const key = `unsaved:${url}`;
  let unsaved: Values = restore(form, key);
  const noted = new Map<string, string>();
  let timer: number | undefined;
  let sending = false;
  let wait = 2_000;
  // From a failed attempt until the next one that works, so that the notice does not change at every attempt.
  let cut = false;

  form.addEventListener("input", (event) => noteChange(event, PAUSE));
  form.addEventListener("change", (event) => noteChange(event, 0));
  // The form itself carries every value now.
  form.addEventListener("submit", () => localStorage.removeItem(key));
  addEventListener("online", () => later(0));
  addEventListener("pagehide", () => keep(key, unsaved));
  if (Object.keys(unsaved).length > 0) {
    cut = true;
    say(form, "waiting");
    later(0);
  }

  function noteChange(event: Event, pause: number): void {
    const field = event.target;
    if (!isField(field) || !field.name || field.name === "csrf" || field.type === "file") return;
    // The three boxes of a date and the lines of a list are one answer and go together.
    const answer = Object.fromEntries([...namesWith(field)].map((name) => [name, valuesOf(form, name)]));
    // Leaving a field is a change too, though its text was noted while it was typed.
    const text = JSON.stringify(answer);
    if (noted.get(field.name) !== text) {
      noted.set(field.name, text);
      Object.assign(unsaved, answer);
      keep(key, unsaved);
    }
    if (Object.keys(unsaved).length > 0) later(pause);
  }

  function later(milliseconds: number): void {
    clearTimeout(timer);
    timer = setTimeout(send, milliseconds);
  }

  async function send(): Promise<void> {
    if (sending) return later(PAUSE);
    const sent = unsaved;
    if (Object.keys(sent).length === 0) return;
    sending = true;
    unsaved = {};
    if (!cut) say(form, "saving");
    const time = await post(url ?? "", sent);
    sending = false;
    cut = time === null;
    if (time === null) {
      // Newer typing wins over what could not be sent.
      unsaved = { ...sent, ...unsaved };
      keep(key, unsaved);
      say(form, "waiting");
      later(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
      return;
    }
    wait = 2_000;
    keep(key, unsaved);
    say(form, "saved", time);
    if (Object.keys(unsaved).length > 0) later(PAUSE);
  }
}

/** The time of saving, or null when nothing was saved. */
async function post(url: string, values: Values): Promise<string | null> {
  const body = new URLSearchParams();
  for (const [name, list] of Object.entries(values)) {
    for (const value of list.length > 0 ? list : [""]) body.append(name, value);
  }
  try {
    const response = await ask(url, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) return null;
    const told = response.headers.get("content-type")?.includes("json") ? await response.json() : {};
    return (told as { saved?: string }).saved ?? new Date().toTimeString().slice(0, 5);
  } catch {
    return null;
  }
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function isField(target: EventTarget | null): target is Field {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  );
}

/** Names of all controls of the answer that a control belongs to: its outermost `[data-field]`. */
function namesWith(field: Field): Set<string> {
  let answer: Element | null = null;
  for (let at = field.closest("[data-field]"); at; at = at.parentElement?.closest("[data-field]") ?? null) answer = at;
  const controls = [...(answer?.querySelectorAll<Field>("input[name], select[name], textarea[name]") ?? [field])];
  return new Set(controls.filter((control) => control.type !== "file").map((control) => control.name));
}

function valuesOf(form: HTMLFormElement, name: string): string[] {
  return new FormData(form).getAll(name).filter((value): value is string => typeof value === "string");
}

function keep(key: string, values: Values): void {
  if (Object.keys(values).length === 0) localStorage.removeItem(key);
  else localStorage.setItem(key, JSON.stringify({ at: Date.now(), values }));
}

/** Puts values that never reached the server back into the form. */
function restore(form: HTMLFormElement, key: string): Values {
  const stored = localStorage.getItem(key);
  if (!stored) return {};
  const { at, values } = JSON.parse(stored) as { at: number; values: Values };
  if (Date.now() - at > DAY) {
    localStorage.removeItem(key);
    return {};
  }
  for (const [name, list] of Object.entries(values)) {
    for (const field of form.querySelectorAll<Field>(`[name="${CSS.escape(name)}"]`)) {
      if (field instanceof HTMLInputElement && ["checkbox", "radio"].includes(field.type)) {
        field.checked = list.includes(field.value);
      } else {
        field.value = list[0] ?? "";
      }
    }
  }
  return values;
}

function say(form: HTMLFormElement, state: "saving" | "saved" | "waiting", time = ""): void {
  const status = form.querySelector<HTMLElement>("[data-saved]");
  if (!status) return;
  status.hidden = false;
  status.classList.toggle("waiting", state === "waiting");
  const text = (status.dataset[`${state}Text`] ?? "").replace("{time}", time);
  // Screen readers hear a change of text only; the same sentence again is not repeated to them.
  if (status.textContent !== text) status.textContent = text;
}
