// Weight and speed of citizen pages on a first visit over Slow 3G (400 ms, 400 kbit/s, 4 times slower processor,
// 360 x 640): at most 90 KB, largest paint within 2.5 s, layout shift at most 0.05. `node test/weight.mjs URL …`
import { withBrowser } from "./browser.mjs";

const LIMITS = { kilobytes: 90, largestPaint: 2_500, shift: 0.05 };

async function measure(browser, url) {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, deviceScaleFactor: 2 });
  const page = await context.newPage();
  const tools = await context.newCDPSession(page);
  await tools.send("Network.enable");
  await tools.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 400,
    downloadThroughput: 400_000 / 8,
    uploadThroughput: 400_000 / 8,
  });
  await tools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  let bytes = 0;
  tools.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  await page.addInitScript(() => {
    window.measured = { largestPaint: 0, shift: 0 };
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.measured.largestPaint = entry.startTime))).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.measured.shift += entry.value))).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(url, { waitUntil: "networkidle", timeout: 60_000 });
  await page.waitForTimeout(500);
  const measured = await page.evaluate(() => window.measured);
  await context.close();
  return { kilobytes: bytes / 1_000, ...measured };
}

let faults = 0;
await withBrowser(async (browser) => {
  for (const url of process.argv.slice(2)) {
    const found = await measure(browser, url);
    const over = Object.keys(LIMITS).filter((key) => found[key] > LIMITS[key]);
    faults += over.length;
    const { pathname } = new URL(url);
    console.log(`${pathname}: ${found.kilobytes.toFixed(1)} KB, largest paint ${Math.round(found.largestPaint)} ms, shift ${found.shift.toFixed(3)}${over.length > 0 ? `  OVER: ${over.join(", ")}` : ""}`);
  }
});
process.exitCode = faults > 0 ? 1 : 0;
