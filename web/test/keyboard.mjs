// Officers with the keyboard alone (journeys J4 and J5): presses are counted, the mouse is never touched, the focus is
// always somewhere and can be seen. 200 dossiers of one procedure are handed in first, as a long morning brings them.
import assert from "node:assert/strict";
import { tokenOf } from "./demo.mjs";

const EXTRACT = "2.000635";
const AN_MY = "000.03.31.H47";
const MORNING = Number(process.env.MORNING ?? 200);
/** Sở Tư pháp. */
const ASKED = "000.00.04.H47";
const MOST_PRESSES = 15;

/** Hands `count` dossiers in as the citizen of the demonstration; answers their codes. */
async function handInMany(base, count) {
  const headers = { authorization: `Bearer ${await tokenOf(base, "congdan.1")}`, "content-type": "application/json" };
  const { form } = await (await fetch(`${base}/api/v1/procedures/${EXTRACT}`)).json();
  const body = JSON.stringify({ procedure: EXTRACT, case: "trich-luc", agency: AN_MY, form: form.examples[0], papers: [] });
  const codes = [];
  for (let n = 0; n < count; n += 1) {
    const answer = await fetch(`${base}/api/v1/dossiers`, { method: "POST", headers: { ...headers, "idempotency-key": `morning-${Date.now()}-${n}` }, body });
    assert.equal(answer.status, 201, await answer.clone().text());
    codes.push((await answer.json()).code);
  }
  return codes;
}

/** A window without a mouse: counts presses and page loads, and looks after the focus. */
async function windowOf(browser, storageState, address) {
  const context = await browser.newContext({ storageState, viewport: { width: 1_280, height: 800 } });
  await context.addInitScript(() => {
    for (const kind of ["mousedown", "pointerdown", "touchstart"]) addEventListener(kind, (event) => event.isTrusted && (window.touched = kind), true);
  });
  const page = await context.newPage();
  await page.goto(address);
  const counted = { presses: 0, loads: 0 };
  page.on("load", () => (counted.loads += 1));
  const settled = () => page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  const press = async (...keys) => {
    for (const key of keys) {
      counted.presses += 1;
      await page.keyboard.press(key);
    }
    await settled();
  };
  const type = async (text) => {
    counted.presses += text.length;
    await page.keyboard.type(text);
  };
  /** Presses Tab until the focus stands on what is wanted. */
  const tabTo = async (selector, most = 30) => {
    for (let tries = 0; tries < most; tries += 1) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
      await press("Tab");
    }
    throw new Error(`${selector} is not reached by Tab`);
  };
  const focused = async () => {
    const lost = await page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return "the focus is lost";
      if (at.matches("main, [tabindex='-1']")) return "";
      const style = getComputedStyle(at);
      return at.matches(":focus-visible") && parseFloat(style.outlineWidth) > 0 ? "" : `the focus on ${at.outerHTML.slice(0, 60)} cannot be seen`;
    });
    assert.equal(lost, "");
  };
  const untouched = async () => assert.equal(await page.evaluate(() => window.touched), undefined, "nothing was clicked");
  return { context, page, counted, press, type, tabTo, focused, untouched };
}

/** J4: from the open inbox to the printed receipt. */
async function aStandardDossierIsReceived(browser, base, states) {
  const { context, page, counted, press, focused, untouched } = await windowOf(browser, states.clerk, `${base}/staff?status=submitted&procedure=${EXTRACT}`);
  const printed = page.waitForRequest((request) => request.url().includes("/api/v1/slips/"), { timeout: 20_000 });
  await press("j");
  await focused();
  await press("Enter", "a");
  await page.locator(".notice.done").waitFor();
  await focused();
  await press("p");
  const slip = await (await printed).response();
  assert.equal(slip.headers()["content-type"], "application/pdf");
  assert.ok(counted.presses <= MOST_PRESSES && counted.loads <= 1, JSON.stringify(counted));
  await untouched();
  await context.close();
  return `a standard dossier: ${counted.presses} presses, ${counted.loads} page loads to the printed receipt`;
}

/** J4: a supplement letter for another one. */
async function aSupplementIsAskedFor(browser, base, states) {
  const { context, page, counted, press, type, tabTo, focused, untouched } = await windowOf(browser, states.clerk, `${base}/staff?status=submitted&procedure=${EXTRACT}`);
  await press("j", "Enter", "b");
  await page.locator(".act-form").waitFor();
  await focused();
  await press("1");
  const problem = page.locator(".act-form textarea:visible, .act-form input[type=text]:visible").first();
  if (await problem.count()) {
    await tabTo(".act-form textarea, .act-form input[type=text]");
    await type("Chưa rõ");
  }
  await press("Control+Enter");
  await page.locator(".notice.done").waitFor();
  await untouched();
  await context.close();
  return `a supplement letter: ${counted.presses} presses`;
}

/** The morning: whole pages of the inbox are accepted, then forwarded. */
async function aMorningIsAcceptedAndForwarded(browser, base, states, codes) {
  const { context, page, counted, press, tabTo, focused, untouched } = await windowOf(browser, states.clerk, `${base}/staff?status=submitted&procedure=${EXTRACT}`);
  const wave = async (status, key) => {
    for (let pages = 0; pages < 10; pages += 1) {
      if ((await page.locator("ol.case-list > li").count()) === 0) return;
      await press("j", "X");
      const answer = page.waitForResponse((response) => response.url().includes("/staff/bulk/"), { timeout: 120_000 });
      await press(key);
      await answer;
      await page.locator("#inbox h2[data-focus]").waitFor({ timeout: 120_000 });
      await focused();
      await tabTo("#inbox a.button", 60);
      await press("Enter");
      await page.locator(".split").waitFor();
    }
    throw new Error(`dossiers that are ${status} are left after ten pages`);
  };
  await wave("submitted", "A");
  await page.goto(`${base}/staff?status=accepted&procedure=${EXTRACT}`);
  await wave("accepted", "F");
  await untouched();
  await context.close();
  return `${codes.length} dossiers accepted and forwarded: ${counted.presses} presses`;
}

/** J5: another agency is asked about one dossier; of the next the result is drafted and sent on for signature. */
async function aSpecialistSettles(browser, base, states, codes) {
  const { context, page, counted, press, type, tabTo, focused, untouched } = await windowOf(browser, states.settler, `${base}/staff?q=${codes.at(-1)}`);
  const done = () => page.locator(".notice.done").waitFor({ timeout: 20_000 });
  await press("j", "Enter", "q");
  await page.locator(".act-form").waitFor();
  await focused();
  await tabTo(".act-form input[name=agency]");
  await type(ASKED);
  await tabTo(".act-form textarea");
  await type("Sổ gốc có lưu không?");
  await press("Control+Enter");
  await done();
  await page.goto(`${base}/staff?q=${codes.at(-2)}`);
  await press("j", "Enter", "d");
  await page.locator(".act-form").waitFor();
  await focused();
  await press("Control+Enter");
  await done();
  await page.goto(`${base}/staff?q=${codes.at(-2)}`);
  await press("j", "Enter", "f");
  await page.locator(".act-form").waitFor();
  await press("Control+Enter");
  await done();
  await untouched();
  await context.close();
  return `another agency asked, a result drafted and sent on: ${counted.presses} presses`;
}

/** Walks all of them; answers the faults found. */
export async function workWithoutMouse(base, browser, states) {
  const codes = await handInMany(base, MORNING);
  const faults = [];
  for (const story of [aStandardDossierIsReceived, aSupplementIsAskedFor, aMorningIsAcceptedAndForwarded, aSpecialistSettles]) {
    try {
      console.log(`  ${await story(browser, base, states, codes)}`);
    } catch (error) {
      faults.push(`${story.name}: ${error.message.split("\n").slice(0, 3).join(" ")}`);
    }
  }
  return faults;
}
