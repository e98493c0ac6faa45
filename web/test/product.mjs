// The whole product in a browser, on a demonstration of its own: every page, the keyboard, the numbers.
// `node test/product.mjs [pages] [keyboard] [figures]`; needs target/debug/chuyendong.
import { withBrowser } from "./browser.mjs";
import { withDemo } from "./demo.mjs";
import { everyNumberOpensItsRows } from "./figures.mjs";
import { workWithoutMouse } from "./keyboard.mjs";
import { lookAtEveryPage } from "./pages.mjs";
import { signEverybodyIn } from "./people.mjs";

const PARTS = { keyboard: workWithoutMouse, figures: everyNumberOpensItsRows, pages: lookAtEveryPage };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PARTS);

let faults = 0;
await withDemo((base) =>
  withBrowser(async (browser) => {
    const states = await signEverybodyIn(browser, base);
    for (const name of wanted) {
      const found = await PARTS[name](base, browser, states);
      found.forEach((fault) => console.error(`${name}: ${fault}`));
      console.log(`${found.length === 0 ? "ok" : "FAILED"} ${name}${found.length > 0 ? `: ${found.length} faults` : ""}`);
      faults += found.length;
    }
  }),
);
process.exitCode = faults > 0 ? 1 : 0;
