/** The button that lets this browser get push messages. Without script the page shows no button. */
import { ask, sentence } from "./server.ts";

const button = document.querySelector<HTMLButtonElement>("button[data-push-key]");
const says = document.querySelector<HTMLElement>("[data-push-says]");

if (button && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) {
  button.hidden = false;
  button.addEventListener("click", () => void switchOn(button));
}

async function switchOn(from: HTMLButtonElement): Promise<void> {
  from.setAttribute("aria-busy", "true");
  try {
    // Browsers ask the person only on a press.
    if ((await Notification.requestPermission()) !== "granted") return say(from.dataset["denied"] ?? "");
    const worker = await navigator.serviceWorker.register(from.dataset["pushWorker"] ?? "");
    await ready(worker);
    const subscription = await worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytes(from.dataset["pushKey"] ?? ""),
    });
    const { endpoint, keys } = subscription.toJSON();
    const answer = await ask("/api/v1/messages/push", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ endpoint, keys, device: device() }),
    });
    if (answer.ok) location.reload();
    else say(await sentence(answer));
  } catch {
    say(from.dataset["failed"] ?? "");
  } finally {
    from.removeAttribute("aria-busy");
  }
}

/** Waits until the worker runs: a page outside its folder never gets it from `navigator.serviceWorker.ready`. */
function ready(registration: ServiceWorkerRegistration): Promise<void> {
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  if (!worker || worker.state === "activated") return Promise.resolve();
  return new Promise((done) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") done();
    });
  });
}

function say(text: string): void {
  if (!says) return;
  says.textContent = text;
  says.hidden = text === "";
}

/** `Chrome, Android`: enough for the person to know the browser again. */
function device(): string {
  const agent = navigator.userAgent;
  const browser = ["Edg", "Firefox", "Chrome", "Safari"].find((name) => agent.includes(name)) ?? "";
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"].find((name) => agent.includes(name)) ?? "";
  return [browser.replace("Edg", "Edge"), system].filter(Boolean).join(", ");
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const out = new Uint8Array(plain.length);
  for (let at = 0; at < plain.length; at += 1) out[at] = plain.charCodeAt(at);
  return out;
}
