/* Files on their way: kept in the browser's own database until the server has them, so that a reload loses none.
   Browsers forbid it to some frames; then the page's memory has to do. {key: Blob} */
"use strict";

Chat.hold = function (chatId) {
  const memory = new Map();
  const ready = new Promise((done) => {
    try {
      const asked = indexedDB.open("chat:" + chatId, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("files");
      asked.onsuccess = () => done(asked.result);
      asked.onerror = asked.onblocked = () => done(null);
    } catch (forbidden) {
      done(null);
    }
  });

  async function ask(mode, act) {
    const database = await ready;
    if (!database) return undefined;
    return new Promise((done) => {
      try {
        const change = database.transaction("files", mode);
        const asked = act(change.objectStore("files"));
        change.oncomplete = () => done(asked.result);
        change.onerror = change.onabort = () => done(undefined);
      } catch (closed) {
        done(undefined);
      }
    });
  }

  return {
    put(key, blob) { memory.set(key, blob); return ask("readwrite", (files) => files.put(blob, key)); },
    async get(key) { return memory.get(key) || ask("readonly", (files) => files.get(key)); },
    drop(key) { memory.delete(key); return ask("readwrite", (files) => files.delete(key)); },
  };
};
