// Accessibility of pages: axe in light and dark at 320, 360 and 1280 px; no sideways scroll, also with 200 % text;
// no broken number; nothing in the console. `node test/axe.mjs http://127.0.0.1:8099/demo/components …`
// Pages of officers (body.wide) need no enhanced contrast. PICTURES=folder keeps pictures.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { withBrowser } from "./browser.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const pictures = process.env.PICTURES;

let faults = 0;
function fault(where, what) {
  faults += 1;
  console.error(`${where}: ${what}`);
}

async function check(browser, url, colorScheme, width) {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, bypassCSP: true });
  const page = await context.newPage();
  const where = `${new URL(url).pathname} ${colorScheme} ${width}`;
  page.on("console", (message) => message.type() === "error" && fault(where, `console: ${message.text()}`));
  page.on("pageerror", (error) => fault(where, `script: ${error.message}`));
  await page.goto(url, { waitUntil: "networkidle" });
  await page.evaluate(axe);
  const rules = (await page.evaluate(() => document.body.classList.contains("wide"))) ? {} : { "color-contrast-enhanced": { enabled: true } };
  const results = await page.evaluate((options) => window.axe.run(document, options), {
    runOnly: { type: "tag", values: TAGS },
    rules,
  });
  for (const violation of results.violations) {
    for (const node of violation.nodes.slice(0, 4)) fault(where, `${violation.id}: ${node.target.join(" ")} ${node.failureSummary?.split("\n")[1] ?? ""}`);
  }
  await layout(page, where);
  if (pictures) await page.screenshot({ path: join(pictures, `${where.replace(/[^a-z0-9]+/gi, "-")}.png`), fullPage: true });
  if (width === 320) {
    await page.addStyleTag({ content: ":root{font-size:200%!important}" });
    await layout(page, `${where} 200 %`);
    if (pictures) await page.screenshot({ path: join(pictures, `${where.replace(/[^a-z0-9]+/gi, "-")}-200.png`), fullPage: true });
  }
  await context.close();
}

/** Sideways scroll, numbers broken over two lines, targets that are too small for a thumb. */
async function layout(page, where) {
  const found = await page.evaluate(() => {
    const problems = [];
    const over = document.documentElement.scrollWidth - innerWidth;
    if (over > 0) {
      const wide = [...document.querySelectorAll("main *, header *, footer *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1);
      problems.push(`${over} px wider than the window: ${wide.slice(-3).map((e) => `${e.tagName}.${e.className}`).join(" ")}`);
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (const match of (node.textContent ?? "").matchAll(/\d{1,3}(\.\d{3})+(,\d+)?|\d+,\d+%/g)) {
        const range = document.createRange();
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        const lines = new Set([...range.getClientRects()].map((rect) => Math.round(rect.top)));
        if (lines.size > 1) problems.push(`the number ${match[0]} is broken over ${lines.size} lines`);
      }
    }
    if (!document.body.classList.contains("wide")) {
      for (const control of document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")) {
        const box = control.getBoundingClientRect();
        const inText = control.matches("p a, li a, dd a, td a") && getComputedStyle(control).display === "inline";
        const labelled = control.matches("[type=radio], [type=checkbox], ul.tasks a");
        if (box.height === 0 || inText || labelled || control.closest(".skip-link")) continue;
        if (box.height < 43.5) problems.push(`target of ${Math.round(box.height)} px: ${control.tagName} ${control.textContent?.trim().slice(0, 30)}`);
      }
    }
    return problems;
  });
  found.forEach((problem) => fault(where, problem));
}

await withBrowser(async (browser) => {
  for (const url of process.argv.slice(2)) {
    for (const scheme of ["light", "dark"]) for (const width of [320, 360, 1280]) await check(browser, url, scheme, width);
  }
});
console.log(`${faults} faults`);
process.exitCode = faults > 0 ? 1 : 0;
