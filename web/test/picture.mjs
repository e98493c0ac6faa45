// One picture of a page: `node test/picture.mjs URL FILE [width] [light|dark] [from] [height]`.
import { withBrowser } from "./browser.mjs";

const [url, file, width = "360", colorScheme = "light", from = "0", height = "0"] = process.argv.slice(2);
await withBrowser(async (browser) => {
  const page = await browser.newPage({ colorScheme, viewport: { width: Number(width), height: 800 } });
  await page.goto(url, { waitUntil: "networkidle" });
  const clip = { x: 0, y: Number(from), width: Number(width), height: Number(height) };
  await page.screenshot({ path: file, fullPage: true, ...(clip.height > 0 ? { clip } : {}) });
});
