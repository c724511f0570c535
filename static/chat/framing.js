/* Inside the widget's frame: whether it is open, how much is unread, and its closing. No words pass between them. */
"use strict";

Chat.frame = function (chatId, on) {
  const framed = window.parent !== window;
  const close = document.getElementById("close");
  let open = !framed;

  function tell(message) {
    // Any site may hold the frame: nothing is told but a number.
    if (framed) window.parent.postMessage({ chat: chatId, ...message }, "*");
  }
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !event.data || event.data.chat !== chatId) return;
    if (typeof event.data.open !== "boolean") return;
    open = event.data.open;
    close.hidden = false;
    on.changed();
  });
  close.addEventListener("click", () => tell({ close: true }));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && framed) tell({ close: true }); });
  tell({ ready: true });

  function origin() {
    try {
      return JSON.parse(decodeURIComponent(location.hash.slice(1)));
    } catch (none) {
      return null;
    }
  }
  return { get isOpen() { return open; }, tell, origin: origin() };
};
