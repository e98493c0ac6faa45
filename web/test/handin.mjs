// A citizen's way through the pages of a procedure, as a person walks it: answers, papers, check, receipt.

/** A small grey photograph of 1,200 x 1,700 pixels with some lines on it, as JPEG. */
export async function photograph(page) {
  const data = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 1_200, height: 1_700 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#f4f1ea";
    pen.fillRect(0, 0, 1_200, 1_700);
    pen.fillStyle = "#222";
    for (let line = 0; line < 40; line += 1) pen.fillRect(100, 100 + line * 38, 500 + ((line * 137) % 480), 9);
    return canvas.toDataURL("image/jpeg", 0.8).split(",")[1];
  });
  return { name: "ban-chinh.jpg", mimeType: "image/jpeg", buffer: Buffer.from(data, "base64") };
}

async function answerPage(page, example) {
  for (const [name, value] of Object.entries(example)) {
    const text = String(value);
    const named = (suffix = "") => page.locator(`[name='${name}${suffix}']:visible`);
    if (await page.locator(`input[type=radio][name='${name}']:visible`).count()) {
      await page.check(`input[type=radio][name='${name}'][value='${text}']`);
    } else if (await page.locator(`select[name='${name}']:visible`).count()) {
      await page.selectOption(`select[name='${name}']`, text);
    } else if (await named(".year").count()) {
      const [year, month, day] = text.split("-");
      for (const [part, digits] of Object.entries({ day, month, year })) if (digits) await page.fill(`[name='${name}.${part}']`, digits);
    } else if (await named().count()) {
      await page.fill(`[name='${name}']`, text);
    }
  }
}

const press = (page, selector) => Promise.all([page.waitForNavigation(), page.locator(selector).first().click()]);

/** From the beginning of a procedure to the list of tasks: the address of the draft. The person is signed in. */
export async function beginDraft(page, base, { procedure, district, agency }) {
  await page.goto(`${base}/procedures/${procedure}/start`);
  if (await page.locator("select[name=district]").count()) {
    await page.selectOption("select[name=district]", district);
    await press(page, "main form button[type=submit]");
  }
  await page.selectOption("select[name=agency]", agency);
  await press(page, "main form button[type=submit]");
  return new URL(page.url()).pathname.match(/\/drafts\/[^/]+/)[0];
}

/** Walks a draft to its receipt; `seen(path)` hears of every page on the way. Answers the code of the dossier. */
export async function handIn(page, base, draft, example, seen = () => {}) {
  const paper = await photograph(page);
  await page.goto(`${base}${draft}`);
  for (let steps = 0; steps < 40; steps += 1) {
    const { pathname } = new URL(page.url());
    await seen(pathname);
    if (pathname.endsWith("/receipt")) return (await page.innerText("main")).match(/\d{3}(\.\d{2}){2,3}\.H47-\d{6}-\d{4}/)[0];
    if (pathname.endsWith("/prefill")) await press(page, "main form button[type=submit]");
    else if (pathname.endsWith("/check")) await press(page, "main form button[type=submit]");
    else if (pathname.includes("/pages/")) {
      await answerPage(page, example);
      await press(page, "main form button[type=submit]");
    } else if (pathname.includes("/papers/")) {
      if (await page.locator(".actions a.button").count()) await press(page, ".actions a.button");
      else {
        await page.setInputFiles("input[type=file]", paper);
        if (await page.locator("[data-uploader]").count()) await page.locator(".actions a.button").first().waitFor({ timeout: 20_000 });
        else await press(page, "form[enctype] button[type=submit]");
      }
    } else if (await page.locator("main a.button:not(.secondary)[href$='/check']").count()) await press(page, "main a.button[href$='/check']");
    else await press(page, ".tasks li:has(.tag) a");
  }
  throw new Error(`no receipt: ${page.url()} ${await page.innerText("main")}`);
}
