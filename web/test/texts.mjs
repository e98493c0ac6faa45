// The message files of all crates: what people read, by language.
import { readdir, readFile } from "node:fs/promises";

const ROOT = new URL("../../", import.meta.url);
const SKIPPED = new Set(["target", "node_modules", ".git", "dist"]);

async function* files(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const url = new URL(`${entry.name}${entry.isDirectory() ? "/" : ""}`, folder);
    if (entry.isDirectory()) yield* files(url);
    else if (/\/i18n\/(\w+\.)?vi\.toml$/.test(url.pathname)) yield url;
  }
}

/** Values by dotted key. These files hold tables and strings on one line only. */
function parse(text) {
  const out = new Map();
  let table = "";
  for (const line of text.split("\n")) {
    const head = line.match(/^\[([^\]]+)\]/);
    const pair = line.match(/^\s*("?[\w.-]+"?)\s*=\s*"(.*)"\s*(#.*)?$/);
    if (head) table = `${head[1]}.`;
    else if (pair) out.set(table + pair[1].replaceAll('"', ""), JSON.parse(`"${pair[2]}"`));
  }
  return out;
}

/** Whole texts (without places to fill in) that one language has and the other has not. */
export async function foreignTexts() {
  const vi = new Set();
  const en = new Set();
  for await (const url of files(ROOT)) {
    const mine = parse(await readFile(url, "utf8"));
    const theirs = parse(await readFile(new URL(url.pathname.replace(/vi\.toml$/, "en.toml"), url), "utf8"));
    for (const [key, text] of mine) {
      const other = theirs.get(key);
      if (other === undefined || other === text || /[{<]/.test(text)) continue;
      vi.add(text);
      en.add(other);
    }
  }
  const only = (these, those) => [...these].filter((text) => text.length > 3 && !those.has(text));
  return { vi: only(vi, en), en: only(en, vi) };
}
