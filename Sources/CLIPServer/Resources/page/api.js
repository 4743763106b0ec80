// The JSON API under api/v1 (openapi.json describes it), seen from the page.

const base = "api/v1/";

/// Tells the server that its own page asks, also behind a proxy that hides its name: browsers let no
/// page of another site send a header like this.
const pageHeader = { "X-Cnclip-Page": "1" };

/// An answer that is not 2xx, or no answer at all (`status` 0).
export class APIError extends Error {
  constructor(status, message, code, retryAfter) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

let signIn = async () => false;

/// `ask` is called when the server wants a token; it resolves to true once the user has signed in.
export function onUnauthorized(ask) {
  signIn = ask;
}

async function request(path, options = {}) {
  let response;
  try {
    const headers = { ...options.headers, ...pageHeader };
    response = await fetch(base + path, { credentials: "same-origin", ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new APIError(0, String(error.message ?? error));
  }
  if (response.status === 401 && path !== "session" && (await signIn())) return request(path, options);
  if (!response.ok) throw await failure(response);
  return response.status === 204 ? null : response.json();
}

async function failure(response) {
  const body = await response.json().catch(() => ({}));
  const error = body.error ?? {};
  const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  return new APIError(response.status, error.message ?? response.statusText, error.code, retryAfter);
}

const post = (path, body, signal) =>
  request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });

export const status = () => request("status");
export const search = (body, signal) => post("search", body, signal);
export const picture = (id) => request(`pictures/${encodeURIComponent(id)}`);
export const remove = (id) => request(`pictures/${encodeURIComponent(id)}`, { method: "DELETE" });
export const classify = (body, signal) => post("classify", body, signal);
export const sort = (body, signal) => post("sort", body, signal);
export const facets = () => request("facets");

export function pictures(parameters, signal) {
  return request(`pictures?${new URLSearchParams(parameters)}`, { signal });
}

/// Exchanges the token for a session cookie, so that <img> elements are let in as well.
export function openSession(token) {
  return request("session", { method: "POST", headers: { Authorization: `Bearer ${token}` } });
}

/// Sends one file with progress. XMLHttpRequest, because fetch cannot report what has been sent.
export function upload(file, onProgress) {
  const call = new XMLHttpRequest();
  const promise = new Promise((resolve, reject) => {
    call.open("POST", `${base}pictures?name=${encodeURIComponent(file.name || "picture")}`);
    call.responseType = "json";
    call.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    call.upload.addEventListener("load", () => onProgress(1));
    call.addEventListener("load", () => {
      if (call.status >= 200 && call.status < 300) return resolve(call.response);
      const error = call.response?.error ?? {};
      const retryAfter = Number(call.getResponseHeader("Retry-After")) || undefined;
      reject(new APIError(call.status, error.message ?? call.statusText, error.code, retryAfter));
    });
    call.addEventListener("error", () => reject(new APIError(0, "network")));
    call.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    for (const [name, value] of Object.entries(pageHeader)) call.setRequestHeader(name, value);
    call.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    call.send(file);
  });
  return { promise, abort: () => call.abort() };
}
