// Who opens the pages: windows of people of the demonstration who are signed in, and what they opened or made there.
import { readAs, signInCitizen, signInOfficer } from "./demo.mjs";
import { beginDraft, handIn } from "./handin.mjs";
import { withOneLine } from "./xlsx.mjs";

const OFFICERS = {
  reception: "tiepnhan.pvhcc",
  specialist: "chuyenvien.stnmt",
  head: "phutrach.stnmt",
  leader: "lanhdao.stnmt",
  centre: "lanhdao.pvhcc",
  chairman: "lanhdao.ubndtinh",
  admin: "quantri",
  clerk: "tiepnhan.20341",
  settler: "chuyenvien.20341",
};
const COPY = { procedure: "2.000815", district: "000.00.31.H47", agency: "000.03.31.H47" };
const HELPER = "0907000102";
const EXTRACT = "2.000635";

/** Cookies of everybody, `nobody` among them. */
export async function signEverybodyIn(browser, base) {
  const states = { nobody: undefined };
  const keep = async (who, work) => {
    const context = await browser.newContext();
    await work(await context.newPage());
    states[who] = await context.storageState();
    await context.close();
  };
  for (const [who, account] of Object.entries(OFFICERS)) await keep(who, (page) => signInOfficer(page, base, account));
  await keep("citizen", (page) => signInCitizen(page, base, "0907000101"));
  await appointHelper(browser, base, states.reception);
  await keep("helper", (page) => signInCitizen(page, base, HELPER));
  const owed = await codeOf(base, OFFICERS.reception, "payment_requested");
  const phone = await phoneOfOwner(browser, base, states.reception, owed);
  await keep("payer", (page) => signInCitizen(page, base, phone));
  return states;
}

/** The one-stop names a member of a community digital team. */
async function appointHelper(browser, base, storageState) {
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  await page.goto(`${base}/staff/helpers`);
  const typed = { name: "Lê Thị Giúp Đỡ", contact: HELPER, team: "Đoàn thanh niên thôn 1", until: "2021-12-31" };
  for (const [name, text] of Object.entries(typed)) await page.fill(`main input[name=${name}]`, text);
  await Promise.all([page.waitForNavigation(), page.click("main form[action='/staff/helpers'] button[type=submit]")]);
  await context.close();
}

async function codeOf(base, account, status) {
  const { items } = await readAs(base, account, `/api/v1/dossiers?status=${status}&limit=1`);
  if (items.length === 0) throw new Error(`${account} has no dossier that is ${status}`);
  return items[0].code;
}

async function phoneOfOwner(browser, base, storageState, code) {
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  await page.goto(`${base}/staff/dossiers/${code}`);
  const phone = (await page.innerText("main")).match(/09050\d{5}/)[0];
  await context.close();
  return phone;
}

/** Makes what some pages need, and answers its addresses by name. */
export async function prepare(browser, base, states) {
  const found = {
    owed: await codeOf(base, OFFICERS.reception, "payment_requested"),
    submitted: await codeOf(base, OFFICERS.reception, "submitted"),
    processing: await codeOf(base, OFFICERS.specialist, "processing"),
  };
  const asked = async (who, work) => {
    const context = await browser.newContext({ storageState: states[who] });
    await work(await context.newPage());
    await context.close();
  };
  const send = (page, selector) => Promise.all([page.waitForNavigation(), page.locator(selector).first().click()]);
  const path = (page) => new URL(page.url()).pathname;
  await asked("citizen", async (page) => {
    const { form } = await (await fetch(`${base}/api/v1/procedures/${COPY.procedure}`)).json();
    found.handedIn = await beginDraft(page, base, COPY);
    found.dossier = await handIn(page, base, found.handedIn, form.examples[0]);
    found.draft = await beginDraft(page, base, COPY);
    // One line with nearly nothing in it: the page of faults.
    await page.goto(`${base}/procedures/${EXTRACT}/bulk`);
    if (await page.locator("select[name=agency]").count()) await page.selectOption("select[name=agency]", { index: 1 });
    const template = await page.request.get(`${base}/procedures/${EXTRACT}/bulk/template.xlsx`);
    await page.setInputFiles("input[type=file]", { name: "mau.xlsx", mimeType: "application/octet-stream", buffer: withOneLine(await template.body(), "Nguyễn Thử") });
    await send(page, "main form[enctype] button[type=submit]");
    found.batch = path(page);
    if (!found.batch.startsWith("/bulk/")) throw new Error(`the workbook was not read: ${await page.innerText(".error-summary")}`);
  });
  await asked("payer", async (page) => {
    await page.goto(`${base}/dossiers/${found.owed}/fees`);
    // The button leads to the page of the payment and on to the gateway, which is not asked here.
    await page.route((url) => !url.href.startsWith(base), (route) => route.fulfill({ status: 204 }));
    await page.locator("main form button[type=submit]").first().click();
    await page.waitForURL(/\/payments\//, { waitUntil: "commit" });
    found.payment = path(page);
  });
  await asked("centre", async (page) => {
    await page.goto(`${base}/staff/payments`);
    await page.selectOption("select[name=channel]", { index: 0 });
    await send(page, "main form[action='/staff/payments'] button[type=submit]");
    found.day = path(page);
  });
  await asked("chairman", async (page) => {
    await page.goto(`${base}/staff/teams`);
    await page.fill("input[name=name]", "Tổ kiểm tra việc đưa dịch vụ công lên mức độ 4");
    await page.fill("input[name=decision]", "2150/QĐ-UBND");
    await page.fill("textarea[name=members]", OFFICERS.chairman);
    await send(page, "main form[action='/staff/teams'] button[type=submit]");
    found.team = path(page).startsWith("/staff/teams/") ? path(page) : await page.locator("main a[href^='/staff/teams/']").first().getAttribute("href");
  });
  return found;
}
