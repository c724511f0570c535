// The description stands in the page itself: no second request has to carry a key.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({
    spec: JSON.parse(document.getElementById("description").textContent),
    dom_id: "#docs",
    validatorUrl: null,
    deepLinking: true,
  });
});
