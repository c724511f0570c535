/* Inside the widget's frame: whether it is open, how much is unread, its closing; and, where the browser gives the
   frame no storage, the site's own in its place. */
"use strict";

Chat.frame = function (chatId, { lends, ...on }) {
  const framed = window.parent !== window;
  const close = document.getElementById("close");
  let open = !framed;
  let borrowed = null;

  function tell(message) {
    // Any site may hold the frame: nothing is told but a number.
    if (framed) window.parent.postMessage({ chat: chatId, ...message }, "*");
  }
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !event.data || event.data.chat !== chatId) return;
    if (typeof event.data.open !== "boolean") return;
    open = event.data.open;
    close.hidden = false;
    if (borrowed && event.data.kept) borrowed(event.data.kept, event.origin);
    on.changed();
  });
  close.addEventListener("click", () => tell({ close: true }));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && framed) tell({ close: true }); });

  /* Settles once what the visitor has is known. A site that does not answer is not waited for. */
  function begin(kept) {
    // Only a site on the owner's list may hold what opens the conversation, unless it alone can.
    const needs = kept.isForgetful || lends;
    const isKnown = !kept.isForgetful && Boolean(kept.token);
    tell({ ready: true, needs });
    if (!framed || !needs) return Promise.resolve();
    return new Promise((done) => {
      if (isKnown) done();
      const patience = setTimeout(done, 2000);
      borrowed = (values, site) => {
        borrowed = null;
        clearTimeout(patience);
        // What we keep goes to the page that sent this, and to no other that may come in its place.
        kept.borrow(values, (name, value) => {
          if (site !== "null") window.parent.postMessage({ chat: chatId, keep: { name, value } }, site);
        });
        done();
      };
    });
  }

  function origin() {
    try {
      return JSON.parse(decodeURIComponent(location.hash.slice(1)));
    } catch (none) {
      return null;
    }
  }
  return { get isOpen() { return open; }, tell, begin, origin: origin() };
};
