// A worker: its seconds stay seconds, where those of a page that nobody sees become minutes.
"use strict";

setInterval(() => postMessage(0), 1000);
