// Collects the icons in use from lucide into one table: name → the inside of the svg element.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Every icon a template may name. Add one here when a page needs it. */
export const ICONS = [
  "a-large-small", "accessibility", "arrow-left", "arrow-right", "baby", "badge-check", "banknote", "bell",
  "book-open", "briefcase", "building-2", "calendar-days", "camera", "check", "chevron-down", "chevron-right",
  "circle-alert", "circle-check", "circle-help", "circle-user-round", "clipboard-check", "clock", "copy", "download",
  "eye", "file-check", "file-pen", "file-text", "file-warning", "files", "flag", "flower-2", "folder-open", "gavel",
  "graduation-cap", "hammer", "hand-coins", "hand-helping", "heart", "heart-handshake", "heart-pulse", "history",
  "house", "id-card", "image", "inbox", "info", "keyboard", "landmark", "list-checks", "lock", "log-in", "log-out",
  "map", "map-pin", "medal", "message-square", "octagon-x", "pause", "pencil", "phone", "play", "plus", "printer",
  "qr-code", "refresh-cw", "rotate-cw", "save", "scale", "search", "send", "shield-check", "sprout", "square-pen",
  "stamp", "store", "trash-2", "tree-palm", "triangle-alert", "undo-2", "upload", "user-check", "users", "wallet",
  "wifi-off", "wrench", "x", "zoom-in", "zoom-out",
];

const FOLDER = new URL("../node_modules/lucide-static/icons/", import.meta.url);

/** Gives the table. Fails on a name that lucide does not have. */
export async function icons() {
  const table = {};
  for (const name of ICONS) {
    const svg = await readFile(fileURLToPath(new URL(`${name}.svg`, FOLDER)), "utf8");
    const inside = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    table[name] = inside.replace(/\s*\n\s*/g, "").replaceAll(" />", "/>");
  }
  return table;
}
