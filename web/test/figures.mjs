// No figure is shown that does not open the rows behind it: counts beside headings are counted again below them, and
// every number in a link is compared with the rows of the page it leads to, over all its pages.
const ROWS = [
  [/^\/staff\/?\?|^\/staff$/, "ol.case-list > li"],
  [/^\/staff\/tasks/, "ol.case-list > li"],
  [/^\/staff\/deliveries/, "tbody > tr"],
  [/^\/scoreboard\/rows/, "ul.public-rows > li"],
  [/^\/pipeline\/rows/, "ul.public-rows > li"],
  [/^\/staff\/(sign|letters)/, "ol.cards.sign > li"],
  [/^\/staff\/ratings/, "section.card:has(form.act-form)"],
  [/^\/staff\/pipeline/, "form[action='/staff/pipeline/approve'] ul.criteria > li"],
  [/^\/my\/data\/reads/, "main ul > li, main ol > li"],
];
const PAGES = {
  nobody: ["/scoreboard", "/scoreboard?system=directives", "/scoreboard?system=reception", "/scoreboard/rows?system=dossiers&show=late", "/pipeline", "/measures"],
  reception: ["/staff", "/staff?status=submitted", "/staff/today", "/staff/consultations"],
  specialist: ["/staff", "/staff/tasks"],
  leader: ["/staff", "/staff/sign", "/staff/today", "/staff/brief", "/staff/tasks", "/staff/letters"],
  chairman: ["/staff/tasks", "/staff/letters", "/staff/teams", "/staff/directives", "/staff/pipeline", "/staff/brief", "/staff/sign"],
  admin: ["/staff/deliveries"],
};
/** Numbers of one page that are followed; the first of each place on the page. */
const FOLLOWED = 24;

/** What stands on the page: counts beside headings with the rows below them, and numbers in links. */
function read(page) {
  return page.evaluate((most) => {
    const number = (text) => (/^\s*\d{1,3}(\.\d{3})*\s*$/.test(text) ? Number(text.trim().replaceAll(".", "")) : undefined);
    const counts = [...document.querySelectorAll("main :is(h1, h2, h3) > .count")].map((mark) => {
      const heading = mark.parentElement;
      let rows = 0;
      for (let next = heading.nextElementSibling; next && !/^H[123]$/.test(next.tagName); next = next.nextElementSibling) {
        rows += next.matches("ol, ul, section.card, article") ? (next.matches("ol, ul") ? next.children.length : 1) : next.querySelectorAll("ol.cards > li, ul.plain > li, tbody > tr").length;
      }
      return { heading: heading.textContent.trim(), shown: number(mark.textContent), rows };
    });
    const links = [...document.querySelectorAll("main a[href]")].flatMap((link) => {
      const shown = number(link.querySelector(".number")?.textContent ?? "");
      return shown === undefined ? [] : [{ href: link.getAttribute("href"), text: link.textContent.trim().replaceAll(/\s+/g, " "), shown }];
    });
    const step = Math.max(1, Math.ceil(links.length / most));
    return { counts, links: links.filter((_, at) => at < 8 || at % step === 0) };
  }, FOLLOWED);
}

/** Rows behind an address over all its pages; -1 where no rows are known. */
function rowsOf(page, href, selector) {
  return page.evaluate(
    async ([first, rows]) => {
      let found = 0;
      let [address, pages] = [first, 0];
      while (address && pages < 50) {
        const answer = await fetch(address);
        if (!answer.ok) return `answers ${answer.status}`;
        const there = new DOMParser().parseFromString(await answer.text(), "text/html");
        // A part of the page: the first list below its heading.
        const part = there.getElementById(first.split("#")[1] ?? "");
        const list = part && [...there.querySelectorAll("ol, ul")].find((one) => part.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
        found += part ? (list?.children.length ?? 0) : there.querySelectorAll(rows).length;
        address = there.querySelector(".pagination a[rel=next]")?.getAttribute("href");
        pages += 1;
      }
      return found;
    },
    [href, selector],
  );
}

/** Walks the main pages; answers the numbers that do not open as many rows. */
export async function everyNumberOpensItsRows(base, browser, states) {
  const faults = [];
  let compared = 0;
  for (const [who, addresses] of Object.entries(PAGES)) {
    const context = await browser.newContext({ storageState: states[who] });
    const page = await context.newPage();
    for (const address of addresses) {
      const where = `${address} as ${who}`;
      await page.goto(base + address);
      const { counts, links } = await read(page);
      for (const { heading, shown, rows } of counts) {
        compared += 1;
        if (shown !== rows) faults.push(`${where}: “${heading}” has ${rows} rows`);
      }
      for (const { href, text, shown } of links) {
        // Shares and means are no counts; tests/stories compare them with their rows.
        if (/^\/measures\//.test(href)) continue;
        const selector = ROWS.find(([path]) => path.test(href))?.[1];
        if (!selector) {
          faults.push(`${where}: “${text}” opens ${href}, where no rows are known`);
          continue;
        }
        compared += 1;
        const rows = await rowsOf(page, href, selector);
        if (rows !== shown) faults.push(`${where}: “${text}” opens ${rows} rows at ${href}`);
      }
    }
    await context.close();
  }
  if (compared < 40) faults.push(`only ${compared} numbers were found: the walk sees too little`);
  console.log(`  ${compared} numbers compared with their rows`);
  return faults;
}
