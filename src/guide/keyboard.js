// What a keyboard and a screen reader need of the book's pages, and mdBook does not write.
"use strict";
(() => {
  const bar = document.getElementById("mdbook-menu-bar");
  if (bar) bar.setAttribute("role", "banner");
  // The list of chapters is opened by a label, which no key reaches.
  const label = document.getElementById("mdbook-sidebar-toggle");
  const anchor = document.getElementById("mdbook-sidebar-toggle-anchor");
  if (label && anchor) {
    const button = document.createElement("button");
    for (const { name, value } of label.attributes) if (name !== "for") button.setAttribute(name, value);
    button.type = "button";
    button.append(...label.childNodes);
    const tell = () => button.setAttribute("aria-expanded", String(anchor.checked));
    // mdBook listens to the label.
    button.addEventListener("click", () => { label.click(); anchor.click(); tell(); });
    label.replaceWith(button);
    tell();
  }
  // What is wider than the page is scrolled by the arrow keys.
  const wide = () => document.querySelectorAll("pre > code, .table-wrapper").forEach((part) => {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
  });
  wide();
  addEventListener("resize", wide);
  // The corner of a table is no heading.
  document.querySelectorAll("th:empty").forEach((corner) => corner.replaceWith(document.createElement("td")));
})();
