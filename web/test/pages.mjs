// Every page of the product (pages.json; tests/stories/pages.rs compares it with the routes), in a browser:
// axe in light and dark at 320, 360 and 1280 px; no sideways scroll, also with 200 % text; no broken number; one
// language; at most 90 KB on the first visit of a citizen's page; nothing in the console, nothing against the CSP.
// ONLY=/staff looks at pages whose address begins so; PICTURES=folder keeps pictures.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { accessible, oneLanguage, whole } from "./looks.mjs";
import { prepare } from "./people.mjs";
import { foreignTexts } from "./texts.mjs";

const WIDTHS = [1_280, 360, 320];
const MOST_BYTES = 90_000;
const WINDOWS = 2;
const pictures = process.env.PICTURES;
const only = process.env.ONLY ?? "/";

const faults = [];
const fault = (where, what) => faults.push(`${where}: ${what}`);

/** One line for each page to open: who, where. Refusals are pages too. */
async function visits() {
  const list = JSON.parse(await readFile(new URL("pages.json", import.meta.url), "utf8"));
  const named = Object.entries(list).flatMap(([route, of]) => (Array.isArray(of) ? of.map((one) => ({ route, ...one })) : []));
  const refusals = [
    { route: "404", open: "/khong-co-trang-nay", status: 404 },
    { route: "404", open: "/procedures/9.999999", status: 404 },
    { route: "403", open: "/staff/deliveries", as: "reception", status: 403 },
    { route: "422", open: "/sign-in", send: "main form", status: 422 },
    { route: "422", open: "/staff/sign-in", send: "main form", status: 422 },
    { route: "422", open: "{draft}/pages/nguoi-yeu-cau", as: "citizen", send: "main form", status: 422 },
  ];
  const docs = { route: "/docs/api", open: "/docs/api/", foreign: true };
  return [...named, ...refusals, docs].map((one) => ({ as: "nobody", ...one }));
}

const filled = (text, found) => text.replace(/\{(\w+)\}/g, (hole, name) => found[name] ?? hole);

async function addressOf(page, base, visit, found) {
  if (!visit.link) return filled(visit.open ?? visit.route, found);
  const from = filled(visit.from, found);
  await page.goto(base + from, { waitUntil: "load" });
  const prefix = filled(visit.link, found);
  const links = await page.evaluate((start) => [...document.querySelectorAll("main a[href]")].map((a) => a.getAttribute("href")).filter((href) => href.startsWith(start)), prefix);
  if (links.length === 0) throw new Error(`${from} as ${visit.as} has no link to ${prefix}…`);
  return links[0];
}

/** One page in one window. Colours and widths are changed under it; it is loaded once in each language. */
async function look(browser, base, visit, { states, found, foreign }) {
  const context = await browser.newContext({ storageState: states[visit.as], viewport: { width: WIDTHS[0], height: 800 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  let where = `${visit.route} as ${visit.as}`;
  try {
    const address = await addressOf(page, base, visit, found);
    where = `${address} as ${visit.as}`;
    const expected = visit.status ?? 200;
    page.on("console", (message) => message.type() === "error" && !(expected >= 400 && message.text().includes("Failed to load resource")) && fault(where, `console: ${message.text()} ${message.location().url}`));
    page.on("pageerror", (error) => fault(where, `script: ${error.message}`));
    const tools = await context.newCDPSession(page);
    await tools.send("Network.enable");
    await tools.send("Network.setCacheDisabled", { cacheDisabled: true });
    let bytes = 0;
    tools.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
    let answer = await page.goto(base + address, { waitUntil: "load" });
    await page.evaluate(() => document.fonts.ready);
    for (const [field, text] of Object.entries(visit.type ?? {})) await page.fill(field, text);
    if (visit.send) [answer] = await Promise.all([page.waitForNavigation(), page.locator(`${visit.send} button[type=submit]`).first().click()]);
    if (answer.status() !== expected) return fault(where, `answers ${answer.status()}, not ${expected}`);
    const shown = new URL(page.url()).pathname;
    if (shown !== (visit.leads ?? address.split("?")[0])) fault(where, `leads to ${shown}`);
    if (visit.foreign) return await page.locator(".swagger-ui .opblock").first().waitFor({ timeout: 30_000 });
    const wide = await page.evaluate(() => document.body.classList.contains("wide"));
    if (!wide && !visit.send && bytes > MOST_BYTES) fault(where, `${Math.round(bytes / 1_000)} KB on the first visit`);
    const inline = await page.evaluate(() => [...document.querySelectorAll("script:not([src]), [style], [onclick], [onchange], style")].map((e) => e.outerHTML.slice(0, 80)));
    if (!shown.startsWith("/docs/")) for (const element of inline) fault(where, `inline script or style: ${element}`);
    for (const problem of await oneLanguage(page, foreign.en)) fault(where, problem);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      for (const problem of await whole(page)) fault(`${where} ${width}`, problem);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        for (const problem of await accessible(page, colorScheme === "dark")) fault(`${where} ${colorScheme} ${width}`, problem);
        if (pictures && width !== 320) await page.screenshot({ path: join(pictures, `${`${visit.as}${shown}${new URL(page.url()).search}`.replace(/[^a-z0-9.]+/gi, "-").slice(0, 80)}-${width}-${colorScheme}.png`), fullPage: true });
      }
    }
    await page.evaluate(() => document.documentElement.style.setProperty("font-size", "200%", "important"));
    for (const problem of await whole(page)) if (!problem.startsWith("target")) fault(`${where} 320 with 200 % text`, problem);
    if (!visit.send && expected === 200 && !visit.vietnameseOnly) {
      await page.goto(`${base}${address}${address.includes("?") ? "&" : "?"}lang=en`, { waitUntil: "load" });
      for (const problem of await oneLanguage(page, foreign.vi)) fault(`${where} in English`, problem);
    }
  } catch (error) {
    fault(where, error.message.split("\n")[0]);
  } finally {
    await context.close();
  }
}

/** Looks at every page; answers the faults found. */
export async function lookAtEveryPage(base, browser, states) {
  const began = Date.now();
  const found = await prepare(browser, base, states);
  const foreign = await foreignTexts();
  const queue = (await visits()).filter((one) => filled(one.open ?? one.route, found).startsWith(only));
  const pages = queue.length;
  const window = async () => {
    for (let visit = queue.shift(); visit; visit = queue.shift()) await look(browser, base, visit, { states, found, foreign });
  };
  await Promise.all(Array.from({ length: WINDOWS }, window));
  console.log(`${pages} pages looked at in ${Math.round((Date.now() - began) / 1_000)} s`);
  return faults.sort();
}
