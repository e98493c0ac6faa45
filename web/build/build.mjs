// Builds web/dist: style sheets, scripts, fonts and icons, each named by the hash of its content, with the list of
// names in manifest.json. kernel/web embeds the folder.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { fonts } from "./fonts.mjs";
import { icons } from "./icons.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const cache = join(root, "node_modules", ".cache", "fonts");

/** Names of built files by plain name. */
const manifest = {};

function hash(bytes) {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 10);
}

async function put(name, bytes) {
  const dot = name.lastIndexOf(".");
  const hashed = `${name.slice(0, dot)}.${hash(bytes)}${name.slice(dot)}`;
  await writeFile(join(dist, hashed), bytes);
  manifest[name] = hashed;
}

// url("font:noto-latin.woff2") in a style sheet is a font that was cut for us.
const fontFiles = {
  name: "fonts",
  setup(build) {
    build.onResolve({ filter: /^font:/ }, (args) => ({ path: join(cache, args.path.slice("font:".length)) }));
  },
};

async function bundle() {
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [
      "src/css/app.css",
      "src/css/staff.css",
      "src/css/board.css",
      "src/ts/app.ts",
      "src/ts/staff.ts",
      "src/ts/push.ts",
      "src/ts/push-worker.ts",
    ],
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome90", "firefox90", "safari15"],
    outdir: "dist",
    entryNames: "[name].[hash]",
    assetNames: "[name].[hash]",
    publicPath: "/assets",
    loader: { ".woff2": "file", ".svg": "dataurl" },
    plugins: [fontFiles],
    metafile: true,
    legalComments: "none",
    logLevel: "warning",
  });
  if (result.warnings.length > 0) throw new Error("a style sheet or script has the faults above");
  for (const [file, output] of Object.entries(result.metafile.outputs)) {
    const name = output.entryPoint ?? Object.keys(output.inputs)[0] ?? "";
    const plain = basename(name).replace(/\.ts$/, ".js");
    if (plain) manifest[plain] = basename(file);
  }
}

async function report() {
  for (const file of (await readdir(dist)).sort()) {
    const bytes = await readFile(join(dist, file));
    const sent = file.endsWith(".woff2") ? bytes.length : gzipSync(bytes).length;
    console.log(`${String(sent).padStart(8)} bytes sent  ${file}`);
  }
}

// The folder itself stays: cargo watches it.
await mkdir(dist, { recursive: true });
for (const file of await readdir(dist)) await rm(join(dist, file), { recursive: true });
await mkdir(cache, { recursive: true });
for (const [name, bytes] of await fonts()) await writeFile(join(cache, name), bytes);
await bundle();
await put("favicon.svg", await readFile(join(root, "src/img/mark.svg")));
await writeFile(join(dist, "icons.json"), JSON.stringify(await icons()));
await writeFile(join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await report();
