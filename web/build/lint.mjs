// Small rules that keep the pages safe and light; exits with 1 and names file and line.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const RULES = [
  { in: /\.ts$/, not: /\binnerHTML\b|\bouterHTML\b|insertAdjacentHTML|document\.write/, why: "markup as text: build elements" },
  { in: /\.ts$/, not: /\beval\(|new Function\(/, why: "code from text" },
  { in: /\.ts$/, not: /console\.(log|debug)/, why: "left-over output" },
  { in: /\.ts$/, not: /:\s*any\b|\bas any\b/, why: "a type is known" },
  { in: /\.(ts|css)$/, not: /https?:\/\/(?!www\.w3\.org)/, why: "nothing from other hosts" },
  { in: /\.css$/, not: /letter-spacing/, why: "never letter-spacing on Vietnamese" },
  { in: /\.css$/, not: /text-transform:\s*uppercase/, why: "no capitals by style" },
  { in: /\.css$/, not: /outline:\s*(0|none)(?!;?\s*\}?\s*\/\*)/, why: "focus must be seen", except: /main:focus/ },
];

async function files(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries.map((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]));
  return (await Promise.all(nested)).flat();
}

let faults = 0;
for (const file of await files(join(root, "src"))) {
  const lines = (await readFile(file, "utf8")).split("\n");
  if (lines.length > 620) {
    console.error(`${file}: ${lines.length} lines`);
    faults += 1;
  }
  lines.forEach((line, index) => {
    for (const rule of RULES) {
      const excepted = rule.except?.test(lines[index - 1] ?? "");
      if (rule.in.test(file) && rule.not.test(line) && !excepted) {
        console.error(`${file}:${index + 1}: ${rule.why}`);
        faults += 1;
      }
    }
  });
}
process.exitCode = faults > 0 ? 1 : 0;
