// Keys, and pages that renew themselves. Everything here is an extra: the pages work without it.
"use strict";
(() => {
  const base = document.body.dataset.base;
  const typing = (at) => at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName);
  const places = [...document.querySelectorAll("nav.places a")];
  let row = -1;

  function move(by) {
    const rows = [...document.querySelectorAll("table.rows tbody tr a:first-of-type")];
    if (rows.length === 0) return;
    row = Math.min(Math.max(row + by, 0), rows.length - 1);
    rows[row].focus();
    rows[row].scrollIntoView({ block: "nearest" });
  }

  function help() {
    let sheet = document.getElementById("help");
    if (!sheet) {
      sheet = document.createElement("dialog");
      sheet.id = "help";
      sheet.setAttribute("aria-label", "Keys");
      const list = document.createElement("dl");
      const keys = [["/", "find"], ["?", "this sheet"], ["j, k", "next and previous row"], ["Enter", "open it"],
        ["w", "why, on a card"], ["[ and ]", "earlier and later page"], ...places.map((to, i) => [`g ${i + 1}`, to.textContent])];
      for (const [key, what] of keys) {
        const term = document.createElement("dt"), text = document.createElement("dd");
        term.textContent = key;
        text.textContent = what;
        list.append(term, text);
      }
      const close = document.createElement("button");
      close.textContent = "Close";
      close.addEventListener("click", () => sheet.close());
      sheet.append(list, close);
      document.body.append(sheet);
    }
    sheet.showModal();
  }

  let going = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const open = (selector) => document.querySelector(selector)?.click();
    if (going && /^[1-9]$/.test(event.key)) {
      places[Number(event.key) - 1]?.click();
    } else if (event.key === "/") {
      event.preventDefault();
      document.querySelector("form.search input")?.focus();
    } else if (event.key === "?") help();
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "w") open('a[href$="/why"]');
    else if (event.key === "]") open("a[rel=next]");
    else if (event.key === "[") open(".pages a:not([rel])");
    going = event.key === "g";
  });

  for (const command of document.querySelectorAll(".command")) {
    const button = document.createElement("button");
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.querySelector("code").textContent);
      button.textContent = "Copied";
    });
    command.append(button);
  }

  // New events are put under those that are there, and said to be so.
  const tail = document.getElementById("tail"), rows = document.getElementById("events");
  if (tail && rows) {
    const source = new EventSource(tail.dataset.tail);
    tail.textContent = "New events appear by themselves.";
    source.addEventListener("message", (event) => {
      const fresh = document.createElement("tbody");
      fresh.innerHTML = event.data;
      for (const one of [...fresh.children]) {
        one.classList.add("new");
        rows.append(one);
      }
      while (rows.children.length > 500) rows.firstElementChild.remove();
    });
    source.addEventListener("error", () => { tail.textContent = "Not connected now; tries again by itself."; });
    source.addEventListener("open", () => { tail.textContent = "New events appear by themselves."; });
  }

  // Whoever reads is not moved: only what changed is replaced, and not while something in it is used.
  const live = document.querySelector("main[data-live]");
  if (live) {
    setInterval(async () => {
      if (document.hidden || live.contains(document.activeElement) && document.activeElement !== live) return;
      try {
        const answer = await fetch(location.href, { headers: { accept: "text/html" } });
        if (!answer.ok || answer.redirected) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of ["main", ".asof"]) {
          const now = document.querySelector(part), next = page.querySelector(part);
          if (now && next && now.innerHTML !== next.innerHTML) now.replaceChildren(...next.childNodes);
        }
      } catch { /* the next time will do */ }
    }, Number(live.dataset.live) * 1000);
  }
})();
