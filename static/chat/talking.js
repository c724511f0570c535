/* Talking to the server. Resolves to {status, data, wait}; `status` 0 means that no answer came. Never rejects. */
"use strict";

Chat.talk = async function (url, { token = null, body = null, timeout = 15000 } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout);
  const headers = { Accept: "application/json" };
  if (token) headers["X-Chat-Token"] = token;
  if (body) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(url, {
      method: body ? "POST" : "GET",
      headers,
      body: body ? JSON.stringify(body) : undefined,
      credentials: "omit",
      cache: "no-store",
      signal: stop.signal,
    });
    const data = await answer.json().catch(() => null);
    const wait = Number(answer.headers.get("Retry-After")) || 0;
    // A proxy's page in place of our JSON says nothing about the message.
    return data === null ? { status: 0, data: {}, wait } : { status: answer.status, data, wait };
  } catch (unreachable) {
    return { status: 0, data: {}, wait: 0 };
  } finally {
    clearTimeout(timer);
  }
};
