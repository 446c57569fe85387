// The page of the interface for tills: sends what stands in a form with the key that was pasted, and shows the answer.
"use strict";
(() => {
  const show = (place, status, text) => {
    const head = document.createElement("p");
    const body = document.createElement("pre");
    head.textContent = status;
    body.textContent = text;
    body.tabIndex = 0;
    place.replaceChildren(head, body);
  };
  const pretty = (text) => {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form.try");
    if (!form) return;
    event.preventDefault();
    const place = form.parentElement.querySelector(".answer");
    const headers = { Accept: "application/json, application/problem+json", "Accept-Language": document.documentElement.lang };
    const key = document.getElementById("terminal-key").value.trim();
    if (key) headers.Authorization = `Bearer ${key}`;
    let address = form.dataset.address;
    const query = new URLSearchParams();
    for (const field of form.querySelectorAll("[data-in]")) {
      if (field.dataset.in === "path") address = address.replace(`{${field.name}}`, encodeURIComponent(field.value));
      else if (field.value && field.dataset.in === "query") query.set(field.name, field.value);
      else if (field.value) headers[field.name] = field.value;
    }
    const body = form.elements.body ? form.elements.body.value : undefined;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const asked = query.size ? `${address}?${query}` : address;
    try {
      const answer = await fetch(asked, { method: form.dataset.method, headers, body, credentials: "omit", redirect: "error" });
      const replayed = answer.headers.get("Idempotency-Replayed") ? " · Idempotency-Replayed" : "";
      show(place, `${answer.status} ${answer.statusText}${replayed}`, pretty(await answer.text()));
    } catch (error) {
      show(place, String(error), "");
    }
  });
})();
