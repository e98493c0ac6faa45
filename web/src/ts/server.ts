/** Requests to our own server, with the token that proves they come from our page. */

/** The token of this page, for the header `X-CSRF-Token`. */
export function csrf(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";
}

/** A request of this page; never follows to a sign-in page silently (`response.redirected` says so). */
export function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("X-CSRF-Token", csrf());
  headers.set("X-Fragment", "1");
  return fetch(url, { credentials: "same-origin", ...init, headers });
}

/** The sentence of a refusal: `detail` of problem+json or the text of an error fragment. */
export async function sentence(response: Response): Promise<string> {
  const text = await response.text();
  if (response.headers.get("content-type")?.includes("json")) {
    const problem = JSON.parse(text) as { detail?: string; errors?: { message?: string }[] };
    return problem.errors?.[0]?.message ?? problem.detail ?? "";
  }
  return new DOMParser().parseFromString(text, "text/html").body.textContent?.trim() ?? "";
}
