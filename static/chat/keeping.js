/* What the browser keeps: the visitor's token, unsent lines (each under a name of its own, so that two tabs never
   overwrite each other) and the words not sent yet. Browsers forbid storage to a frame whose site they count as a
   third party: then the site itself keeps it for us (see framing.js), and without one, memory till the page closes. */
"use strict";
window.Chat = {};

Chat.keep = function (chatId) {
  const prefix = "chat:" + chatId + ":";
  const memory = new Map();
  let storage = null;
  let lender = null;
  try {
    storage = window.localStorage;
    storage.setItem(prefix + "test", "1");
    storage.removeItem(prefix + "test");
  } catch (forbidden) {
    storage = null;
  }

  function get(name) {
    return storage ? storage.getItem(prefix + name) : memory.has(name) ? memory.get(name) : null;
  }
  function set(name, value) {
    memory.set(name, value);
    try {
      if (storage) storage.setItem(prefix + name, value);
    } catch (full) {
      storage = null;
    }
    if (lender) lender(name, value);
  }
  function remove(name) {
    memory.delete(name);
    if (storage) storage.removeItem(prefix + name);
    if (lender) lender(name, null);
  }
  function names() {
    if (!storage) return [...memory.keys()];
    const found = [];
    for (let i = 0; i < storage.length; i++) {
      const name = storage.key(i);
      if (name.startsWith(prefix)) found.push(name.slice(prefix.length));
    }
    return found;
  }
  function parse(text) {
    try {
      return JSON.parse(text);
    } catch (broken) {
      return null;
    }
  }

  return {
    get isForgetful() { return !storage; },
    /* What the site kept for us, and how it is told of changes. */
    borrow(values, tell) {
      if (storage) {
        // A browser that forgets what a frame has stored: only who the visitor is has to outlive that.
        if (!get("token") && typeof values.token === "string") set("token", values.token);
        lender = (name, value) => { if (name === "token") tell(name, value); };
        if (get("token") && get("token") !== values.token) tell("token", get("token"));
        return;
      }
      for (const [name, value] of Object.entries(values)) if (typeof value === "string") memory.set(name, value);
      lender = tell;
    },
    get token() { return get("token"); },
    set token(value) { set("token", value); },
    forget(token) { if (get("token") === token) remove("token"); },
    get draft() { return get("draft") || ""; },
    set draft(value) { if (value) set("draft", value); else remove("draft"); },
    /* Has left contacts, or would not: not asked again by itself. */
    get asked() { return get("asked") === "1"; },
    set asked(value) { if (value) set("asked", "1"); else remove("asked"); },
    /* {key, text, at, failed?, contact?, file?: {name, type, size, voice, seconds}}, oldest first */
    unsent() {
      return names().filter((name) => name.startsWith("unsent:")).map((name) => parse(get(name)))
        .filter((line) => line && line.key && (line.text || line.file || line.contact))
        .sort((a, b) => a.at - b.at);
    },
    has(key) { return get("unsent:" + key) !== null; },
    put(line) { set("unsent:" + line.key, JSON.stringify(line)); },
    drop(key) { remove("unsent:" + key); },
  };
};

Chat.newKey = function () {
  if (window.crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};
