// The looks of pages whose addresses are given: `node test/axe.mjs http://127.0.0.1:8099/demo/components …`, as nobody.
// All pages, and who may open them: `pages.mjs`. PICTURES=folder keeps pictures.
import { join } from "node:path";
import { withBrowser } from "./browser.mjs";
import { accessible, whole } from "./looks.mjs";

const pictures = process.env.PICTURES;
let faults = 0;

async function check(browser, url, colorScheme, width) {
  const where = `${new URL(url).pathname} ${colorScheme} ${width}`;
  const fault = (what) => {
    faults += 1;
    console.error(`${where}: ${what}`);
  };
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
  page.on("console", (message) => message.type() === "error" && fault(`console: ${message.text()}`));
  page.on("pageerror", (error) => fault(`script: ${error.message}`));
  await page.goto(url, { waitUntil: "networkidle" });
  (await accessible(page)).forEach(fault);
  (await whole(page)).forEach(fault);
  if (pictures) await page.screenshot({ path: join(pictures, `${where.replace(/[^a-z0-9]+/gi, "-")}.png`), fullPage: true });
  await page.close();
}

await withBrowser(async (browser) => {
  for (const url of process.argv.slice(2)) {
    for (const scheme of ["light", "dark"]) for (const width of [320, 360, 1280]) await check(browser, url, scheme, width);
  }
});
console.log(`${faults} faults`);
process.exitCode = faults > 0 ? 1 : 0;
