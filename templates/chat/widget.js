/* A chat button for any site: <script src=".../widget.js" async></script>
   Optional on the tag: data-prefilled='{"model": "iPhone 14"}'. Everything lives in a shadow root, apart from the site. */
(function () {
  "use strict";
  var setup = {{ setup }};
  var tag = document.currentScript;
  if (!tag || document.getElementById("chat-" + setup.id)) return;
  var origin = new URL(tag.src).origin;
  var mark = "chat-started:" + setup.id;
  var host, button, badge, frame, open = false, unread = 0;

  function started(value) {
    try {
      if (value) window.localStorage.setItem(mark, "1");
      return window.localStorage.getItem(mark) === "1";
    } catch (forbidden) {
      return false;
    }
  }
  function cameFrom() {
    var query = new URLSearchParams(location.search), prefilled = {};
    try { prefilled = JSON.parse(tag.dataset.prefilled || "{}"); } catch (broken) { prefilled = {}; }
    return {
      page: location.origin + location.pathname,
      ad_channel: query.get("utm_source") || "",
      ad_id: query.get("utm_campaign") || "",
      prefilled: prefilled
    };
  }
  function style(element, rules) {
    for (var name in rules) element.style.setProperty(name, rules[name], "important");
  }
  function layout() {
    if (!frame) return;
    var phone = window.innerWidth < 520;
    style(frame, phone
      ? { inset: "0", width: "100%", height: "100%", "border-radius": "0" }
      : { inset: "auto 20px 92px auto", width: "380px", height: "min(620px, calc(100vh - 112px))", "border-radius": "16px" });
    style(frame, { display: open ? "block" : "none" });
    style(button, { display: open && phone ? "none" : "grid" });
  }
  function load() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = setup.title;
    frame.allow = "microphone";
    frame.src = origin + setup.page + "#" + encodeURIComponent(JSON.stringify(cameFrom()));
    style(frame, { position: "fixed", "z-index": "2147483001", border: "0", background: "Canvas",
      "box-shadow": "0 8px 40px rgb(0 0 0 / 30%)", "color-scheme": "normal" });
    host.shadowRoot.insertBefore(frame, button);
  }
  function say(kept) {
    var message = { chat: setup.id, open: open };
    if (kept) message.kept = kept;
    if (frame && frame.contentWindow) frame.contentWindow.postMessage(message, origin);
  }
  // Browsers may give a frame of another site no storage: this site's own serves, for the chat of this site alone.
  function all() {
    var kept = {}, prefix = "chat:" + setup.id + ":";
    try {
      for (var i = 0; i < localStorage.length; i++) {
        var name = localStorage.key(i);
        if (name.indexOf(prefix) === 0) kept[name.slice(prefix.length)] = localStorage.getItem(name);
      }
    } catch (forbidden) {
      return kept;
    }
    return kept;
  }
  function keep(name, value) {
    if (typeof name !== "string") return;
    try {
      if (typeof value === "string") localStorage.setItem("chat:" + setup.id + ":" + name, value);
      else localStorage.removeItem("chat:" + setup.id + ":" + name);
    } catch (forbidden) {
      return;
    }
  }
  function toggle(value) {
    open = value;
    if (open) load();
    layout();
    say();
    label();
    if (open) frame.focus(); else button.focus();
  }
  function label() {
    var words = open ? setup.words.close : setup.words.open;
    if (unread && !open) words += ". " + setup.words.unread.replace("{n}", unread);
    button.setAttribute("aria-label", words);
    button.setAttribute("aria-expanded", String(open));
    badge.textContent = unread > 99 ? "99+" : String(unread);
    style(badge, { display: unread && !open ? "block" : "none" });
  }
  function drawing() {
    var space = "http://www.w3.org/2000/svg";
    var svg = document.createElementNS(space, "svg"), path = document.createElementNS(space, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("width", "28");
    svg.setAttribute("height", "28");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("fill", "currentColor");
    path.setAttribute("d", "M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-8l-5 4v-4H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z");
    svg.appendChild(path);
    return svg;
  }
  function build() {
    host = document.createElement("div");
    host.id = "chat-" + setup.id;
    host.attachShadow({ mode: "open" });
    button = document.createElement("button");
    button.type = "button";
    button.appendChild(drawing());
    style(button, { position: "fixed", right: "20px", bottom: "20px", width: "60px", height: "60px", padding: "0", margin: "0",
      "z-index": "2147483000", border: "0", "border-radius": "50%", "place-items": "center", cursor: "pointer",
      background: setup.colour, color: setup.on_colour, "box-shadow": "0 4px 16px rgb(0 0 0 / 30%)", display: "grid" });
    badge = document.createElement("span");
    style(badge, { position: "absolute", top: "-4px", right: "-4px", "min-width": "22px", height: "22px", padding: "0 5px",
      "box-sizing": "border-box", "border-radius": "11px", background: "#c62828", color: "#ffffff",
      font: "600 13px/22px system-ui, sans-serif", "text-align": "center", display: "none" });
    button.appendChild(badge);
    button.addEventListener("click", function () { toggle(!open); });
    host.shadowRoot.appendChild(button);
    document.body.appendChild(host);
    window.addEventListener("resize", layout);
    window.addEventListener("message", heard);
    label();
    if (started()) { load(); layout(); }
  }
  function heard(event) {
    var said = event.data;
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin || !said || said.chat !== setup.id) return;
    if (said.ready) say(said.needs ? all() : null);
    if (said.keep) keep(said.keep.name, said.keep.value);
    if (said.close && open) toggle(false);
    if (said.started) started(true);
    if (typeof said.unread === "number") { unread = said.unread; label(); }
  }
  if (document.body) build(); else document.addEventListener("DOMContentLoaded", build);
})();
