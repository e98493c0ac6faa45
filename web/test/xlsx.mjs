// As much of a workbook as a test needs: one more line below the lines of its first sheet.
import { crc32, inflateRawSync } from "node:zlib";

/** Name and bytes of every file in a zip. */
function unzip(zip) {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06"));
  let at = zip.readUInt32LE(end + 16);
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    const [method, packed, name, extra, comment, local] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32), zip.readUInt32LE(at + 42)];
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const raw = zip.subarray(from, from + packed);
    const file = { name: zip.toString("utf8", at + 46, at + 46 + name), bytes: method === 8 ? inflateRawSync(raw) : raw };
    at += 46 + name + extra + comment;
    return file;
  });
}

/** The same files, not packed. */
function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const title = Buffer.from(name);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt32LE(crc32(bytes), 10);
    head.writeUInt32LE(bytes.length, 14);
    head.writeUInt32LE(bytes.length, 18);
    head.writeUInt16LE(title.length, 22);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00"), head, entry, title);
    parts.push(Buffer.from("PK\x03\x04"), head, title, bytes);
    offset += 30 + title.length + bytes.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, list, Buffer.from("PK\x05\x06"), end]);
}

/** The workbook with `text` in column B of one more line. */
export function withOneLine(workbook, text) {
  const files = unzip(workbook).map(({ name, bytes }) => {
    if (name !== "xl/worksheets/sheet1.xml") return { name, bytes };
    const sheet = bytes.toString("utf8");
    const line = Math.max(...[...sheet.matchAll(/<row r="(\d+)"/g)].map((row) => Number(row[1]))) + 1;
    const row = `<row r="${line}"><c r="B${line}" t="inlineStr"><is><t>${text}</t></is></c></row></sheetData>`;
    return { name, bytes: Buffer.from(sheet.replace("</sheetData>", row)) };
  });
  return zip(files);
}
