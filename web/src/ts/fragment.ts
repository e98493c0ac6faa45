/**
 * Replaces parts of a page instead of loading it: `<a data-fragment="#detail, #counts">`, also on forms.
 * The server may answer with the whole page or with the parts only; each part is found by its selector.
 */
import { ask } from "./server.ts";

export function fragments(): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-fragment]") : null;
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    void load(link.href, {}, link.dataset["fragment"] ?? "", true);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset["fragment"] || event.defaultPrevented) return;
    event.preventDefault();
    const button = event.submitter;
    const action = button instanceof HTMLButtonElement && button.hasAttribute("formaction") ? button.formAction : form.action;
    const data = new FormData(form, button);
    const fields = new URLSearchParams();
    data.forEach((value, name) => fields.append(name, typeof value === "string" ? value : ""));
    if (form.method === "get") {
      void load(`${action.split("?")[0]}?${fields}`, {}, form.dataset["fragment"], true);
    } else {
      const free = (): void => {
        delete form.dataset["sent"];
        button?.removeAttribute("aria-busy");
      };
      void load(action, { method: "POST", body: fields }, form.dataset["fragment"], false).finally(free);
    }
  });
  addEventListener("popstate", () => location.reload());
}

async function load(url: string, init: RequestInit, targets: string, remember: boolean): Promise<void> {
  document.body.setAttribute("aria-busy", "true");
  try {
    const response = await ask(url, init);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!replace(page, targets)) {
      if (response.ok) location.assign(response.url);
      else refuse(page, targets);
      return;
    }
    if (remember || response.redirected) history.pushState(null, "", response.url);
    if (page.title) document.title = page.title;
    document.dispatchEvent(new CustomEvent("parts-replaced"));
  } catch {
    // The line is down: let the browser say so in its own words.
    if (!init.method) location.assign(url);
    else refuse(null, targets);
  } finally {
    document.body.removeAttribute("aria-busy");
  }
}

function replace(page: Document, targets: string): boolean {
  let replaced = false;
  for (const target of targets.split(",").map((selector) => selector.trim())) {
    const [old, fresh] = [document.querySelector(target), page.querySelector(target)];
    if (!old || !fresh) continue;
    old.replaceWith(document.adoptNode(fresh));
    replaced = true;
  }
  document.querySelector<HTMLElement>("[data-focus]")?.focus();
  return replaced;
}

/** Shows the server's sentence on top of the first part. */
function refuse(page: Document | null, targets: string): void {
  const place = document.querySelector(targets.split(",")[0] ?? "main") ?? document.querySelector("main");
  place?.querySelector(":scope > .notice.bad")?.remove();
  const notice = page?.querySelector(".notice") ?? document.createElement("p");
  notice.className = "notice bad";
  notice.setAttribute("role", "alert");
  if (!notice.textContent) notice.textContent = document.body.dataset["offlineText"] ?? "";
  place?.prepend(notice);
}
