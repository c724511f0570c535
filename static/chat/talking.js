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
    const wait = Number(answer.headers.get("Retry-After")) || 0;
    return Chat.understood(answer.status, await answer.text(), wait);
  } catch (unreachable) {
    return { status: 0, data: {}, wait: 0 };
  } finally {
    clearTimeout(timer);
  }
};

/* A form with a file: the only way of sending that tells how much of it is out. `onProgress` gets 0 to 1. */
Chat.upload = function (url, { token = null, form, onProgress, timeout = 300000 }) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.timeout = timeout;
    request.setRequestHeader("Accept", "application/json");
    if (token) request.setRequestHeader("X-Chat-Token", token);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.total) onProgress(event.loaded / event.total);
    });
    request.addEventListener("loadend", () => {
      const wait = request.status ? Number(request.getResponseHeader("Retry-After")) || 0 : 0;
      done(request.status ? Chat.understood(request.status, request.responseText, wait) : { status: 0, data: {}, wait });
    });
    request.send(form);
  });
};

/* A proxy's page in place of our JSON says nothing about the message. */
Chat.understood = function (status, text, wait) {
  try {
    return { status, data: JSON.parse(text), wait };
  } catch (foreign) {
    return { status: 0, data: {}, wait };
  }
};
