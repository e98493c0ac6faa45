/** Shows push messages. The message says what happened to which dossier; the rest is read after opening. */

interface Message {
  title: string;
  link: string;
  tag: string;
}

/** The part of a service worker that is used here; the types of pages do not have it. */
interface Worker {
  addEventListener(name: "push", listener: (event: Waiting & { data: { json(): Message } | null }) => void): void;
  addEventListener(
    name: "notificationclick",
    listener: (event: Waiting & { notification: Notification & { data: string } }) => void,
  ): void;
  registration: ServiceWorkerRegistration;
  clients: { openWindow(url: string): Promise<unknown> };
}

interface Waiting {
  waitUntil(work: Promise<unknown>): void;
}

const worker = self as unknown as Worker;

worker.addEventListener("push", (event) => {
  const message = event.data?.json();
  if (!message) return;
  // The same tag takes the place of an older message about the same page.
  const options = { tag: message.tag, data: message.link, lang: "vi" };
  event.waitUntil(worker.registration.showNotification(message.title, options));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = event.notification.data;
  const inside = path.startsWith("/") && !path.startsWith("//");
  event.waitUntil(worker.clients.openWindow(inside ? path : "/messages"));
});
