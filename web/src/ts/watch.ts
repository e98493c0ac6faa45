/** `[data-watch="5"]`: asks every five seconds whether its words have changed on the server; only then the page comes again. */
export function watch(element: HTMLElement): void {
  const seconds = Number(element.dataset["watch"]) || 5;
  const ask = async (): Promise<void> => {
    const answer = document.hidden ? undefined : await fetch(location.href).catch(() => undefined);
    if (answer?.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const there = page.querySelector<HTMLElement>("[data-watch]");
      if (there?.textContent !== element.textContent) return location.reload();
    }
    setTimeout(() => void ask(), seconds * 1_000);
  };
  setTimeout(() => void ask(), seconds * 1_000);
}
