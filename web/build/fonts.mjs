// Cuts Noto Sans to the letters of Vietnamese, Cơ Tu and Latin-1, weights 400 to 700.
// The @fontsource packages already split by script, so three files are read and three are written.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import subsetFont from "subset-font";

const SOURCE = new URL("../node_modules/@fontsource-variable/noto-sans/files/", import.meta.url);

/** Unicode ranges that the browser loads each file for; the same stand in fonts.css. */
export const RANGES = {
  latin: "U+0000-00FF,U+2010-2026,U+2190-2193,U+2212",
  vietnamese:
    "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,U+0303,U+0309,U+0323,U+1EA0-1EF9,U+20AB",
  cotu: "U+0112-0115,U+012C-012D,U+014E-014F,U+016C-016D,U+0180,U+0243,U+02BC,U+0306",
};

const FILES = { latin: "latin", vietnamese: "vietnamese", cotu: "latin-ext" };

function letters(ranges) {
  let text = "";
  for (const range of ranges.split(",")) {
    const [from, to = from] = range.replace("U+", "").split("-").map((hex) => parseInt(hex, 16));
    for (let code = from; code <= to; code += 1) {
      if (code >= 0x20) text += String.fromCodePoint(code);
    }
  }
  return text;
}

/** Gives [name, bytes] of the three files. */
export async function fonts() {
  const made = [];
  for (const [name, file] of Object.entries(FILES)) {
    const source = await readFile(fileURLToPath(new URL(`noto-sans-${file}-wght-normal.woff2`, SOURCE)));
    const bytes = await subsetFont(source, letters(RANGES[name]), {
      targetFormat: "woff2",
      variationAxes: { wght: { min: 400, max: 700 } },
    });
    made.push([`noto-${name}.woff2`, bytes]);
  }
  return made;
}
