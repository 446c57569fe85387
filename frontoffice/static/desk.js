// The keyboard of the desk, lists that are walked with arrows, and forms that neither double nor lose what was typed.
// A page says what it has by attributes; nothing here knows a page.
//   data-key="p" | "g d" | "Escape"   clicks (or focuses) the element when the key is pressed outside of a field
//   table[data-rows]                  rows are walked with the arrows, Space ticks, Enter follows the row's first link
//   form[data-draft]                  what is typed outlives reload, Back and a lost line, with the form's once-key
//   form[data-answered]               the desk has seen what was typed and says why it was not done
//   [data-why]                        a grey button: it stays where it is and its reason is read out
//   [data-takes="rack"]               a link or form to another page of a list: what is ticked in that form goes along
//   [data-submits]                    a field whose change sends its form (a filter)
//   [data-keeps-focus]                what is fetched into it leaves the focus where it is
//   table[data-count="2"]             pieces (input[data-value]) are typed downwards and added up with so many decimals
//   [data-print]                      prints the page
//   [data-refresh="5"]                the element is fetched anew every so many seconds while it says so
"use strict";
(() => {
  const inField = (element) => element.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]");
  const visible = (element) => element.offsetParent !== null || element === document.activeElement;

  // --- keys
  let before = "";
  let beforeAt = 0;
  const pressed = (event) => {
    if (event.defaultPrevented || event.altKey || event.metaKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((key === "k" && event.ctrlKey) || (key === "/" && !event.ctrlKey && !inField(event.target))) {
      const box = document.getElementById("search");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
      return;
    }
    if (event.ctrlKey) return;
    if (key !== "Escape" && Date.now() - fetchedAt < 5000) { typedAhead = key; return; }
    if (key === "Escape" && inField(event.target) && event.target.id === "search") { event.target.blur(); return; }
    if (key !== "Escape" && inField(event.target)) return;
    const both = Date.now() - beforeAt < 1500 ? before + " " + key : key;
    before = key;
    beforeAt = Date.now();
    const found = find(both) || find(key);
    if (!found) return;
    event.preventDefault();
    before = "";
    press(found);
  };
  const find = (key) => [...document.querySelectorAll("[data-key]")].reverse()
    .find((each) => each.dataset.key.toLowerCase() === key.toLowerCase() && (visible(each) || each.closest("details, nav")));
  const press = (element) => {
    if (element.matches("input:not([type=checkbox]), select, textarea")) { element.focus(); return; }
    element.click();
  };
  document.addEventListener("keydown", pressed);
  // While a panel is on its way, what is typed is meant for it: no letter of it is a key of the page. When it was
  // on its way out, the last key is meant for the page and is pressed then.
  let fetchedAt = 0;
  let typedAhead = "";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target.id === "panel") { fetchedAt = Date.now(); typedAhead = ""; }
  });
  for (const over of ["afterSettle", "responseError", "sendError", "sendAbort"]) {
    document.addEventListener("htmx:" + over, () => {
      const found = fetchedAt && typedAhead && document.querySelector("#panel[hidden]") ? find(typedAhead) : null;
      fetchedAt = 0;
      typedAhead = "";
      if (found) press(found);
    });
  }

  // --- Enter sends a form from a list of choices as from any other field; while its choices hang open it chooses
  const knowsOpen = CSS.supports("selector(:open)");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented || !event.target.matches("select") || !event.target.form) return;
    if (!knowsOpen || event.target.matches(":open")) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });

  // --- a grey button says why
  document.addEventListener("click", (event) => {
    const grey = event.target.closest("[data-why]");
    if (!grey) return;
    event.preventDefault();
    const why = grey.parentElement.querySelector(".why");
    tell(why ? why.textContent : "", "alert-warning");
  });
  const tell = (text, kind) => {
    const place = document.getElementById("told");
    const line = document.createElement("p");
    line.className = "alert " + kind;
    line.textContent = text;
    place.replaceChildren(line);
  };

  // --- lists
  const rowsOf = (table) => [...table.querySelectorAll("tbody tr")].filter((row) => row.querySelector("a, input") && visible(row));
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest("table[data-rows] tbody tr");
    if (!row || (inField(event.target) && event.target !== row)) return;
    const rows = rowsOf(row.closest("table"));
    const at = rows.indexOf(row);
    const go = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (go !== undefined) {
      event.preventDefault();
      if (rows[go]) stand(rows[go]);
    } else if (event.key === " " && event.target === row) {
      event.preventDefault();
      const box = row.querySelector("input[type=checkbox]:not(:disabled)");
      if (box) box.click();
    } else if (event.key === "Enter" && event.target === row) {
      const link = row.querySelector("a[href]");
      if (link) { event.preventDefault(); link.click(); }
    }
  });
  const stand = (row) => {
    row.closest("table").querySelectorAll("tr[tabindex='0']").forEach((each) => each.setAttribute("tabindex", "-1"));
    row.setAttribute("tabindex", "0");
    row.focus();
  };
  const prepareRows = (root) => root.querySelectorAll("table[data-rows]").forEach((table) => {
    const rows = rowsOf(table);
    rows.forEach((row, index) => { if (!row.hasAttribute("tabindex")) row.setAttribute("tabindex", index ? "-1" : "0"); });
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("table[data-rows] thead input[type=checkbox][data-all]")) {
      box.closest("table").querySelectorAll("tbody input[type=checkbox]:not(:disabled)").forEach((each) => {
        if (each.checked !== box.checked) each.click();
      });
    }
    const row = box.closest("table[data-rows] tbody tr");
    const all = row && !box.checked ? row.closest("table").querySelector("thead input[data-all][name]:checked") : null;
    if (all) { all.checked = false; tell(all.dataset.only, "alert-warning"); }
    if (row && box.type === "checkbox") row.classList.toggle("chosen", box.checked);
    if (box.matches("[data-submits]")) box.form.requestSubmit();
  });

  // --- another page of a list: what was ticked on this one goes along
  const ticksOf = (element) => [...document.getElementById(element.dataset.takes)?.elements || []]
    .filter((box) => box.name && (box.type === "checkbox" ? box.checked : box.matches("[data-ticked]")));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-takes]");
    if (!link) return;
    const address = new URL(link.href);
    for (const box of ticksOf(link)) address.searchParams.append(box.name, box.value);
    link.href = address.href;
  });
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("form[data-takes]")) return;
    for (const box of ticksOf(event.target)) event.formData.append(box.name, box.value);
  });

  // --- forms: once, and nothing lost
  const draftKey = (form) => "draft " + (document.body.dataset.operator || "") + " " + new URL(form.action).pathname;
  const kept = (field) => field.name && field.name !== "csrf_token" && field.type !== "password" && field.type !== "file" &&
    field.type !== "submit" && field.name !== "version";
  const keep = (form, sent) => {
    const content = [...form.elements].filter(kept).map((field) => {
      const ticked = field.type === "checkbox" || field.type === "radio";
      return [field.name, ticked ? [field.value, field.checked] : field.value, field.type === "hidden"];
    });
    store(form, { at: Date.now(), sent, content });
  };
  const store = (form, draft) => sessionStorage.setItem(draftKey(form), JSON.stringify(draft));
  const UNANSWERED_MS = 15 * 60 * 1000;
  const restore = (form) => {
    const draft = JSON.parse(sessionStorage.getItem(draftKey(form)) || "null");
    const [how] = performance.getEntriesByType("navigation");
    if (!draft) return;
    if (form.matches("[data-answered]")) { store(form, { ...draft, sent: false }); return; } // with what was typed in it
    const cameBack = how && (how.type === "back_forward" || how.type === "reload");
    const unanswered = draft.sent && Date.now() - draft.at < UNANSWERED_MS;
    if (!cameBack && !unanswered) return;
    const fields = [...form.elements].filter(kept);
    // The key and the ticked lines come back only for the very form that was sent; another page has its own.
    const before = draft.content.filter((each) => each[2]).map((each) => each[0]);
    const now = fields.filter((each) => each.type === "hidden").map((each) => each.name);
    const same = unanswered && before.join(" ") === now.join(" ");
    const met = {};
    for (const [name, value, hidden] of draft.content) {
      const named = fields.filter((each) => each.name === name);
      if (Array.isArray(value)) { named.filter((each) => each.value === value[0]).forEach((each) => { each.checked = value[1]; }); continue; }
      met[name] = (met[name] || 0) + 1;
      const field = named[met[name] - 1];
      if (field && (same || !hidden)) field.value = value;
    }
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (form) keep(form, false);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sending) { event.preventDefault(); return; }
    form.dataset.sending = "yes";
    if (form.matches("[data-draft]")) keep(form, true);
    if (event.submitter && event.submitter.matches("[data-forgets]")) sessionStorage.clear();
    setTimeout(() => { delete form.dataset.sending; }, 10000);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sending]").forEach((form) => { delete form.dataset.sending; });
  });
  const forgetSent = () => document.querySelectorAll("[data-sent]").forEach((mark) => {
    sessionStorage.removeItem("draft " + (document.body.dataset.operator || "") + " " + mark.dataset.sent);
  });

  // --- a drawer being counted: what was typed is added up, what it should hold is not here
  const addUp = (table) => {
    const digits = Number(table.dataset.count);
    const figures = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const written = (minor) => figures.format(minor / 10 ** digits);
    let counted = 0;
    for (const field of table.querySelectorAll("input[data-value]")) {
      const typed = field.value.trim();
      const minor = /^\d{1,7}$/.test(typed) ? Number(typed) * Number(field.dataset.value) : 0;
      field.closest("tr").querySelector("[data-amount]").textContent = typed ? written(minor) : "";
      counted += minor;
    }
    table.querySelector("[data-sum]").textContent = written(counted);
  };
  document.addEventListener("input", (event) => {
    const table = event.target.closest("table[data-count]");
    if (table) addUp(table);
  });
  document.addEventListener("keydown", (event) => {
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.matches("table[data-count] input[data-value]")) return;
    event.preventDefault();
    const fields = [...event.target.form.elements].filter((each) => each.matches("input:not([type=hidden]), select, textarea"));
    const next = fields[fields.indexOf(event.target) + step];
    if (next) { next.focus(); if (next.select) next.select(); }
  });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });

  // --- parts of a page that are fetched
  const refresh = (root) => root.querySelectorAll("[data-refresh]").forEach((element) => {
    setTimeout(async () => {
      const answer = await fetch(location.href, { headers: { Accept: "text/html", "X-By-Itself": "yes" } }).catch(() => null);
      if (!answer || !answer.ok) { refresh(element.parentElement); return; }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(element.id);
      if (!fresh) { location.reload(); return; }
      element.replaceWith(fresh);
      if (fresh.matches("[data-refresh]")) refresh(fresh.parentElement);
    }, Number(element.dataset.refresh) * 1000);
  });
  document.addEventListener("htmx:configRequest", (event) => { event.detail.headers.Accept = "text/html"; });
  document.addEventListener("htmx:afterSettle", (event) => {
    prepareRows(document);
    if (event.detail.elt.closest("[data-keeps-focus]")) return;
    const first = event.detail.elt.querySelector("[autofocus], input:not([type=hidden]), select, textarea");
    if (first) first.focus();
  });
  document.addEventListener("htmx:sendError", () => tell(document.body.dataset.lost || "The line is lost. Try again.", "alert-danger"));

  forgetSent();
  document.querySelectorAll("form[data-draft]").forEach(restore);
  document.querySelectorAll("table[data-count]").forEach(addUp);
  prepareRows(document);
  refresh(document);
})();

// --- folios and check-out: who closes a panel stands on the list again, where they were
document.addEventListener("htmx:afterSettle", (event) => {
  if (!event.detail.elt.matches("#panel[hidden]")) return;
  const row = document.querySelector("table[data-rows] tbody tr[tabindex='0']");
  if (row) row.focus({ preventScroll: true });
});
