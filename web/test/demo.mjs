// A demonstration of its own for tests in the browser, and people who sign in to it.
// DEMO_URL=http://127.0.0.1:8080 takes one that runs already; CHUYENDONG names another program.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = process.env.CHUYENDONG ?? fileURLToPath(new URL("../../target/debug/chuyendong", import.meta.url));

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(base, child) {
  for (let tries = 0; tries < 2_400; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${PROGRAM} demo ended with ${child.exitCode}: ${child.said}`);
    const ready = await fetch(`${base}/readyz`).catch(() => undefined);
    if (ready?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${base} does not answer: ${child.said}`);
}

/** Runs `work(base)` with a demonstration that is made for it and removed after it. */
export async function withDemo(work) {
  if (process.env.DEMO_URL) return work(process.env.DEMO_URL);
  const data = await mkdtemp(join(tmpdir(), "chuyendong-demo-"));
  const base = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(PROGRAM, ["demo", "--addr", base.slice("http://".length), "--data", data], { stdio: ["ignore", "pipe", "pipe"] });
  child.said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (child.said = `${child.said}${text}`.slice(-4_000)));
  try {
    await answers(base, child);
    return await work(base);
  } finally {
    child.kill("SIGTERM");
    await new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve()));
    await rm(data, { recursive: true, force: true });
  }
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Code of an authenticator (RFC 6238) in this half minute. */
export function totp(secret, seconds = Date.now() / 1_000) {
  const bits = [...secret].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const digest = createHmac("sha1", key).update(step).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

let accounts;

/** Sign-in of an officer of the demonstration. */
export async function accountOf(base, name) {
  accounts ??= await (await fetch(`${base}/api/v1/demo/accounts`)).json();
  const found = accounts.find((one) => one.account === name);
  if (!found) throw new Error(`no account ${name}`);
  return found;
}

/** Signs an officer in; `next` is where the window stands then. */
export async function signInOfficer(page, base, name, next = "/staff") {
  const account = await accountOf(base, name);
  await page.goto(`${base}/staff/sign-in?next=${encodeURIComponent(next)}`);
  await page.fill("input[name=account]", account.account);
  await page.fill("input[name=password]", account.password);
  await page.fill("input[name=totp]", totp(account.totp_secret));
  await Promise.all([page.waitForNavigation(), page.click("main form button[type=submit]")]);
  if (page.url().includes("sign-in")) throw new Error(`${name}: ${await page.innerText("main")}`);
}

/** The newest code in the mailbox of the demonstration for a contact. */
async function mailedCode(base) {
  const mailbox = await (await fetch(`${base}/demo/mailbox`)).text();
  return mailbox.match(/của bạn là (\d{6})/)[1];
}

/** Signs a citizen in with a telephone number. */
export async function signInCitizen(page, base, contact, next = "/my") {
  await page.goto(`${base}/sign-in?next=${encodeURIComponent(next)}`);
  await page.fill("input[name=contact]", contact);
  await Promise.all([page.waitForNavigation(), page.click("main form button[type=submit]")]);
  await page.fill("input[name=code]", await mailedCode(base));
  await Promise.all([page.waitForNavigation(), page.click("main form[action='/sign-in/code'] button[type=submit]")]);
  if (page.url().includes("sign-in")) throw new Error(`${contact}: ${await page.innerText("main")}`);
}

/** A token of an account for the API. */
export async function tokenOf(base, name) {
  const account = await accountOf(base, name);
  const body = JSON.stringify({ account: account.account, password: account.password, totp: totp(account.totp_secret) });
  const answer = await fetch(`${base}/api/v1/tokens`, { method: "POST", headers: { "content-type": "application/json" }, body });
  if (!answer.ok) throw new Error(`no token for ${name}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).token;
}

/** What an officer's token reads from the API. */
export async function readAs(base, name, path) {
  const answer = await fetch(`${base}${path}`, { headers: { authorization: `Bearer ${await tokenOf(base, name)}` } });
  if (!answer.ok) throw new Error(`${path} as ${name}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
