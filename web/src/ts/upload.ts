/**
 * Uploads photographs and papers in pieces that continue after a cut:
 * `<div data-uploader="/api/v1/uploads?dossier=…" data-…-text="…">` around a file field. Without script the field
 * simply goes with its form.
 *
 * Protocol: POST url (`Upload-Length`, `Upload-Name` percent-encoded, `Upload-Key`) answers 201 with `Location` and
 * `Upload-Offset` (more than 0 when this file was begun before). PATCH location (`Upload-Offset`, a piece as
 * `application/offset+octet-stream`) answers 204 with the new `Upload-Offset`, and 200 or 201 after the last piece.
 * HEAD location tells the offset after a cut. A refusal is problem+json; its sentence is shown at the file.
 */
import { ask, sentence } from "./server.ts";

const PIECE = 256 * 1024;
const TRIES = 6;
/** Longest side of a photograph after shrinking: A4 at 220 dots per inch. */
const LONGEST_SIDE = 2_600;
const WORTH_SHRINKING = 1_500_000;

export function uploader(box: HTMLElement): void {
  const input = box.querySelector<HTMLInputElement>('input[type="file"]');
  const url = box.dataset["uploader"];
  if (!input || !url) return;
  const list = document.createElement("ul");
  list.className = "files";
  list.setAttribute("aria-live", "polite");
  box.append(list);
  input.addEventListener("change", async () => {
    const files = [...(input.files ?? [])];
    const name = input.name;
    // The files go now; the form must not send them again.
    input.removeAttribute("name");
    const done = await inTurn(files, (file) => row(list, file, url, box));
    input.name = name;
    input.value = "";
    if (done.every(Boolean)) location.reload();
  });
}

async function inTurn<V, R>(values: V[], work: (value: V) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const value of values) results.push(await work(value));
  return results;
}

async function row(list: HTMLElement, file: File, url: string, box: HTMLElement): Promise<boolean> {
  const item = document.createElement("li");
  const name = document.createElement("span");
  const state = document.createElement("span");
  const progress = document.createElement("progress");
  name.textContent = file.name;
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", file.name);
  item.append(thumbnail(file), name, state, progress);
  list.append(item);
  const say = (share: number): void => {
    progress.value = share;
    state.textContent = `${Math.round(share * 100)}%`;
  };
  const fault = await send(await shrink(file), file.name, url, say, box.dataset["cutText"] ?? "");
  progress.remove();
  state.textContent = fault ? "" : (box.dataset["doneText"] ?? "✓");
  if (fault) {
    const message = document.createElement("p");
    message.className = "error-message";
    message.textContent = fault;
    item.append(message);
  }
  return !fault;
}

function thumbnail(file: File): HTMLElement {
  const image = document.createElement("img");
  image.className = "thumb";
  image.alt = "";
  if (/^image\/(jpeg|png|webp)$/.test(file.type)) {
    image.src = URL.createObjectURL(file);
    image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  }
  return image;
}

/** A smaller JPEG of a large photograph; the file itself when it cannot be read here (HEIC) or is small. */
async function shrink(file: File): Promise<Blob> {
  if (file.size < WORTH_SHRINKING || !/^image\/(jpeg|webp)$/.test(file.type)) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.86));
    return made && made.size < file.size ? made : file;
  } catch {
    return file;
  }
}

/** An empty text when the file arrived, else what to do. */
async function send(
  blob: Blob,
  name: string,
  url: string,
  say: (share: number) => void,
  cut: string,
): Promise<string> {
  let place = "";
  let offset = 0;
  for (let failures = 0; failures < TRIES; ) {
    try {
      const answer = place ? await piece(place, blob, offset) : await begin(url, blob, name);
      if (answer.status === 409 && place) {
        offset = await ask(place, { method: "HEAD" }).then(offsetOf);
        continue;
      }
      if (answer.status >= 500) throw new Error("server");
      if (!answer.ok) return (await sentence(answer)) || cut;
      failures = 0;
      if (place && answer.status !== 204) {
        say(1);
        return "";
      }
      place ||= answer.headers.get("location") ?? "";
      offset = offsetOf(answer);
      say(offset / Math.max(1, blob.size));
    } catch {
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, 1_000 * 2 ** failures));
      if (place) offset = await ask(place, { method: "HEAD" }).then(offsetOf).catch(() => offset);
    }
  }
  return cut;
}

function begin(url: string, blob: Blob, name: string): Promise<Response> {
  // Scanners give every page the same name; the instant of the file tells two of one size apart.
  const made = blob instanceof File ? blob.lastModified : 0;
  const headers = {
    "Upload-Length": String(blob.size),
    "Upload-Name": encodeURIComponent(name),
    "Upload-Key": `${blob.size}-${made}-${encodeURIComponent(name)}`.slice(0, 128),
  };
  return ask(url, { method: "POST", headers });
}

function piece(place: string, blob: Blob, offset: number): Promise<Response> {
  const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
  return ask(place, { method: "PATCH", headers, body: blob.slice(offset, offset + PIECE) });
}

function offsetOf(answer: Response): number {
  return Number(answer.headers.get("upload-offset") ?? "0");
}
