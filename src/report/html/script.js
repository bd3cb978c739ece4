// Searches and narrows down the findings, follows links to them, and shows what long lists keep back.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const lists = JSON.parse($("rest").textContent);
  const form = $("filters");
  const findings = all(".finding");
  const choices = ["tier", "rule", "severity", "library"];

  const said = (entry) => `${entry.code} ${entry.note || ""}`;
  // What a list keeps back can be searched as well.
  const keptBack = (inside) => all("[data-rest]", inside).flatMap((more) => lists[more.dataset.rest].map(said));
  const words = new Map();
  const text = (element) => {
    if (!words.has(element)) {
      words.set(element, [element.id, element.textContent, ...keptBack(element)].join(" ").toLowerCase());
    }
    return words.get(element);
  };

  // Long lists: so many entries at a time, since nobody scrolls through thousands.
  const STEP = 500;
  const item = (entry) => {
    const line = document.createElement("li");
    if (entry.id) line.id = entry.id;
    for (const name of choices) if (entry[name]) line.dataset[name] = entry[name];
    line.append(Object.assign(document.createElement("code"), { textContent: entry.code }));
    if (entry.note) line.append(" ", Object.assign(document.createElement("span"), { textContent: entry.note }));
    return line;
  };
  const label = (more) => {
    const left = lists[more.dataset.rest].length;
    const next = Math.min(left, STEP);
    more.lastChild.textContent = next < left ? `Show ${next} of ${left.toLocaleString("en")} more` : `Show ${next} more`;
  };
  const show = (more, count = STEP) => {
    const list = lists[more.dataset.rest];
    more.previousElementSibling.append(...list.splice(0, count).map(item));
    if (list.length) label(more);
    else more.remove();
  };
  for (const more of all("[data-rest]")) {
    if (!lists[more.dataset.rest].length) continue;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "data-more" });
    button.addEventListener("click", () => { show(more); if (form) narrow(); });
    more.append(" ", button);
    label(more);
  }

  const tell = (sentence) => {
    const told = $("told");
    if (!told) return;
    told.textContent = sentence;
    told.hidden = !sentence;
  };

  const narrow = () => {
    const terms = $("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = choices.map((name) => [name, $(name).value]).filter(([, value]) => value);
    const narrowed = terms.length > 0 || wanted.length > 0;
    const has = (words) => terms.every((term) => words.includes(term));
    let shown = 0;
    for (const group of all(".group")) {
      // What is the same for all of a group stands there only.
      const fits = (facets) => wanted.every(([name, value]) => (facets[name] ?? group.dataset[name]) === value);
      const heading = text(group.querySelector("h3"));
      // Roots that are lines of a list only; those that are kept back come when they are looked for.
      const more = group.querySelector(":scope > [data-rest]");
      const isSought = (entry) => fits(entry) && has(`${heading} ${entry.id} ${said(entry).toLowerCase()}`);
      if (more && narrowed) {
        const left = lists[more.dataset.rest];
        const [sought, others] = [left.filter(isSought), left.filter((entry) => !isSought(entry))];
        lists[more.dataset.rest] = [...sought, ...others];
        if (sought.length) show(more, Math.min(sought.length, STEP));
        shown += Math.max(sought.length - STEP, 0);
      }
      let some = 0;
      for (const element of all(":scope > .finding, :scope > .list > li", group)) {
        const isShown = fits(element.dataset) && has(`${heading} ${text(element)}`);
        element.hidden = !isShown;
        some += isShown;
      }
      shown += some;
      group.hidden = !some;
    }
    for (const aside of all(".aside")) {
      const some = all(".group:not([hidden])", aside).length;
      aside.hidden = !some;
      if (narrowed && some) aside.open = true;
    }
    const total = Number($("shown").dataset.total);
    $("shown").textContent = `${(narrowed ? shown : total).toLocaleString("en")} of ${total.toLocaleString("en")}`;
    $("nothing").hidden = all(".group:not([hidden])").length > 0;
  };

  const follow = () => {
    all(".target").forEach((element) => element.classList.remove("target"));
    const id = location.hash.slice(1);
    if (!id) return;
    let element = $(id);
    if (!element) {
      // It may be among what a list keeps back.
      const more = all("[data-rest]").find((more) => lists[more.dataset.rest].some((entry) => entry.id === id));
      if (!more) return tell(`No finding ${id} is on this page.`);
      show(more, lists[more.dataset.rest].findIndex((entry) => entry.id === id) + 1);
      element = $(id);
    }
    if (form && element.closest(".finding[hidden], .group[hidden], .aside[hidden], li[hidden]")) {
      form.reset();
      narrow();
      tell(`Filters were cleared to show finding ${id}.`);
    }
    for (let around = element; around; around = around.parentElement) {
      if (around.localName === "details") around.open = true;
    }
    if (!element.matches(".finding, li")) return;
    element.classList.add("target");
    const focus = element.querySelector("summary") || element;
    if (focus === element) element.tabIndex = -1;
    focus.focus({ preventScroll: true });
    // What is above has its real height only once it was near the screen: the place moves while it is scrolled to.
    const scroll = (frames) => {
      element.scrollIntoView({ block: "start" });
      if (frames > 0) requestAnimationFrame(() => scroll(frames - 1));
    };
    scroll(12);
  };

  // What is searched for stands in the address, behind the sign of a fragment: a page from a file may change no more of it.
  const fields = ["text", ...choices];
  const remember = () => {
    const said = new URLSearchParams(fields.map((name) => [name, $(name).value]).filter(([, value]) => value)).toString();
    if (said || location.hash.includes("=")) history.replaceState(null, "", said ? `#${said}` : location.pathname);
  };
  const recall = () => {
    if (!form || !location.hash.includes("=")) return false;
    const said = new URLSearchParams(location.hash.slice(1));
    for (const name of fields) $(name).value = said.get(name) || "";
    narrow();
    return true;
  };
  addEventListener("hashchange", () => recall() || follow());

  if (form) {
    form.hidden = false;
    let waiting = 0;
    const soon = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { narrow(); remember(); }, 80);
    };
    form.addEventListener("input", () => { tell(""); soon(); });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", soon);
    $("open").addEventListener("click", () => all(".finding:not([hidden])").forEach((finding) => { finding.open = true; }));
    $("close").addEventListener("click", () => findings.forEach((finding) => { finding.open = false; }));
    addEventListener("keydown", (event) => {
      const types = event.target.matches("input, select, textarea");
      if (event.key === "/" && !types && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        $("text").focus();
      }
    });
  }

  // On paper nothing unfolds: what may stop somebody is printed open.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("#findings .group:not(.compatible) > details:not([open])");
    folded.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((details) => { details.open = false; }));

  if (!recall()) follow();
})();
