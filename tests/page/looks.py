"""What every page has to be, of reports and of the service: readable, within the window, and open to everybody.

$CHROMIUM is the browser, not one that Playwright brings; $AXE is the file of axe, the accessibility engine.
"""

import os
import pathlib

SIZES = {"wide": (1280, 900), "phone": (390, 844)}

# Text that has less contrast to what is behind it than WCAG AA asks for. Of drawings, only texts on the page itself.
CONTRAST = """() => {
  const channels = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => {
    const part = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const bad = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || ["SCRIPT", "OPTION", "title"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const [a, b] = [channels(element instanceof SVGElement ? style.fill : style.color), behind(element)].map(luminance);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.add(`${element.tagName}.${element.getAttribute("class") || ""} ${ratio.toFixed(2)}`);
  }
  return [...bad];
}"""


def launch(playwright):
    return playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=["--no-sandbox"])


def axe(page):
    """Rules that hold on a page, and what does not, in words."""
    page.evaluate(pathlib.Path(os.environ["AXE"]).read_text() + ";0")
    answer = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    faults = [f"axe: {fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in answer["violations"]]
    return len(answer["passes"]), faults


# No language, no title, a picture without words, a button without a name, and grey on grey.
FAULTY = "<html><body><img src='data:,'><button></button><p style='color: #999; background: #aaa'>Who can read this?</p></body></html>"
FAULTS = ["button-name", "color-contrast", "document-title", "html-has-lang", "image-alt"]


def is_axe_awake(browser):
    """Whether axe tells every fault of a page that is made of them: what finds nothing anywhere would not be seen otherwise."""
    page = browser.new_page()
    page.set_content(FAULTY)
    told = axe(page)[1]
    page.close()
    return all(any(f"axe: {fault}:" in line for line in told) for fault in FAULTS)


def too_wide(page, size):
    """Whether a page is wider than its window, in words, or nothing."""
    width = page.evaluate("() => document.documentElement.scrollWidth")
    return f"{width} pixels wide" if width > SIZES[size][0] else None
