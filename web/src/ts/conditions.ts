/**
 * Hides questions that wait for another answer of the same page: `data-when-field="sex" data-when-equals='["male"]'`.
 * Without script every question stands there with a line that says when to answer it.
 */
export function conditions(): void {
  const waiting = [...document.querySelectorAll<HTMLElement>("[data-when-field]")];
  if (waiting.length === 0) return;
  // Once for each question: hiding one may hide another that stands above it.
  const apply = (): void => waiting.forEach(() => waiting.forEach((question) => (question.hidden = !isAsked(question))));
  document.addEventListener("input", apply);
  document.addEventListener("change", apply);
  apply();
}

function isAsked(question: HTMLElement): boolean {
  const name = question.dataset["whenField"] ?? "";
  const wanted = JSON.parse(question.dataset["whenEquals"] ?? "[]") as unknown[];
  const form = question.closest("form");
  if (!form || form.querySelector(`[data-field="${CSS.escape(name)}"]`)?.closest("[hidden]")) return false;
  const given = new FormData(form).get(name);
  return wanted.some((value) => String(value) === given);
}
