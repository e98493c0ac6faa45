// What every page must look like: accessible, whole at every width, in one language, and light.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What depends on the colours alone: all that can change between light and dark. */
const COLOURS = ["color-contrast", "color-contrast-enhanced", "link-in-text-block"];

/** Faults that axe finds on the page as it stands; pages of citizens (not `wide`) need contrast of 7:1. */
export async function accessible(page, coloursOnly = false) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const violations = await page.evaluate(async ([tags, colours]) => {
    const wide = document.body.classList.contains("wide");
    const rules = wide ? {} : { "color-contrast-enhanced": { enabled: true } };
    const chosen = colours ? { type: "rule", values: colours.filter((rule) => !wide || rule !== "color-contrast-enhanced") } : { type: "tag", values: tags };
    const results = await window.axe.run(document, { runOnly: chosen, ...(colours ? {} : { rules }), resultTypes: ["violations"], elementRef: false });
    return results.violations.map((v) => ({ id: v.id, nodes: v.nodes.slice(0, 4).map((n) => `${n.target.join(" ")} ${n.failureSummary?.split("\n")[1]?.trim() ?? ""}`) }));
  }, [TAGS, coloursOnly ? COLOURS : undefined]);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node}`));
}

/** Sideways scroll, numbers, codes and dates broken over two lines, targets that are too small for a thumb. */
export function whole(page) {
  return page.evaluate(() => {
    const problems = [];
    const place = (element) => {
      const names = [];
      for (let one = element; one && one !== document.body && names.length < 3; one = one.parentElement) names.unshift(one.tagName.toLowerCase() + (one.className ? `.${String(one.className).replaceAll(" ", ".")}` : ""));
      return names.join(" > ");
    };
    const over = document.documentElement.scrollWidth - innerWidth;
    if (over > 0) {
      const wide = [...document.querySelectorAll("main *, header *, footer *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1);
      const text = [...document.querySelectorAll("main *")].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && e.getBoundingClientRect().left + e.scrollWidth > innerWidth + 1);
      problems.push(`${over} px wider than the window: ${place((wide.length > 0 ? wide : text).at(-1))}`);
    }
    const NUMBER = /\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+\s?%?|\d+\s?%|\d{2}:\d{2}|\d{2}\/\d{2}\/\d{4}|\b0\d{9}\b/g;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement.closest("pre, script, style, .sha")) continue;
      for (const match of (node.textContent ?? "").matchAll(NUMBER)) {
        const range = document.createRange();
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        const lines = new Set([...range.getClientRects()].filter((rect) => rect.width > 0).map((rect) => Math.round(rect.top)));
        if (lines.size > 1) problems.push(`the number ${match[0]} is broken over ${lines.size} lines in ${place(node.parentElement)}`);
      }
    }
    if (!document.body.classList.contains("wide")) {
      for (const control of document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")) {
        const box = control.getBoundingClientRect();
        const inText = control.matches("p a, li a, dd a, td a, th a") && getComputedStyle(control).display === "inline";
        const labelled = control.matches("[type=radio], [type=checkbox], ul.tasks a");
        if (box.height === 0 || inText || labelled || control.closest(".skip-link")) continue;
        if (box.height < 43.5) problems.push(`target of ${Math.round(box.height)} px: ${control.tagName} ${control.textContent?.trim().slice(0, 30)}`);
      }
    }
    return [...new Set(problems)];
  });
}

/**
 * Words that stand on a page of the other language. `other` are the texts of the catalogue of that language which
 * differ from this one's; data (names of people, procedures, places) stay Vietnamese and are not among them.
 */
export function oneLanguage(page, other) {
  return page.evaluate((texts) => {
    const foreign = new Set(texts);
    const here = document.documentElement.lang;
    const ACCOUNT = /^(lanhdao|phutrach|chuyenvien2?|tiepnhan2?|congdan|quantri)\.[a-z0-9]+$/;
    const English = /\b(the|of|and|your|with|from|this|not|is|are)\b/i;
    const problems = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent.trim();
      const around = node.parentElement.closest("[lang]").lang;
      if (!text || node.parentElement.closest("script, style, code, pre, kbd, .code, .sha")) continue;
      if (/^[a-z_]+(\.[a-z0-9_-]+)+$/.test(text) && !ACCOUNT.test(text)) problems.push(`an untranslated key: ${text}`);
      if (/\{[a-z_]+\}/.test(text)) problems.push(`a hole that was not filled: ${text.slice(0, 80)}`);
      const part = around === here && texts.find((one) => one.length > 17 && one.includes(" ") && text.includes(one));
      if (part && part !== text) problems.push(`a text of the other language: ${part.slice(0, 80)} in ${text.slice(0, 80)}`);
      if (around === here && foreign.has(text)) problems.push(`a text of the other language: ${text.slice(0, 80)}`);
      if (around === "vi" && English.test(text)) problems.push(`English on a Vietnamese page: ${text.slice(0, 80)}`);
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
      for (const name of ["aria-label", "title", "placeholder"]) {
        if (foreign.has(element.getAttribute(name)) && element.closest("[lang]").lang === here) problems.push(`${name} of the other language: ${element.getAttribute(name)}`);
      }
    }
    return [...new Set(problems)];
  }, other);
}
