"""What readers do with a report, in a browser: drive.py FOLDER NAME… opens FOLDER/NAME.html.

Screenshots are left in the folder. Whatever is not as it should be is printed, and makes the exit code 1.
"""

import pathlib
import sys
import time

from playwright.sync_api import sync_playwright

from looks import CONTRAST, SIZES, axe, launch, too_wide

# When something showed first, which may be after everything was loaded.
PAINT = """() => new Promise((tell) => {
  const paints = new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName("first-contentful-paint")) tell(entry.startTime);
  });
  paints.observe({ type: "paint", buffered: true });
})"""

class Reader:
    """One report, and what was wrong with it."""

    def __init__(self, browser, path):
        self.browser, self.path, self.url = browser, path, path.as_uri()
        self.wrong = []

    def check(self, is_right, what):
        if not is_right:
            self.wrong.append(f"{self.path.name}: {what}")

    def open(self, size="wide", scheme="light", fragment="", **options):
        width, height = SIZES[size]
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, **options
        )
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: self.check(message.type != "error", f"console: {message.text}"))
        page.on("pageerror", lambda error: self.check(False, f"error: {error}"))
        page.on("request", lambda request: self.check(request.url.split("#")[0] == self.url, f"asked for {request.url}"))
        page.goto(self.url + fragment)
        return page

    def all(self):
        for part in (self.head, self.searches, self.links, self.keys, self.without_script, self.paper, self.accessible, self.looks):
            started = time.monotonic()
            part()
            print(f"{self.path.name}: {part.__name__} {time.monotonic() - started:.1f} s")
        return self.wrong

    def head(self):
        page = self.open()
        self.check(page.locator("header .verdict").is_visible(), "the verdict does not show")
        self.check("owned" not in page.title(), "a name ran as a script")
        self.check(self.path.stat().st_size < 1_000_000, "the page is over 1 MB")
        paints = []
        for _ in range(3):
            paints.append(page.evaluate(PAINT))
            page.reload()
        print(f"{self.path.name}: {self.path.stat().st_size:,} bytes, first paint after {min(paints):.0f} ms")
        self.check(min(paints) < 1000, f"first paint after {min(paints):.0f} ms")
        page.context.close()

    def searches(self):
        page = self.open()
        if not page.locator("#filters").count():
            return page.context.close()
        number = lambda text: int(text.replace(",", ""))
        # Root causes that are told in full, and those that are lines of a list.
        roots = ".group > .finding:not([hidden]), .group > .list > li:not([hidden])"
        shown = lambda: page.locator(roots).count()
        said = lambda: number(page.locator("#shown").inner_text().split(" of ")[0])
        total = number(page.locator("#shown").inner_text().split(" of ")[1])
        for choice in ("severity", "tier", "rule", "library"):
            options = page.eval_on_selector_all(f"#{choice} option", "all => all.slice(1).map((o) => [o.value, o.text])")
            # The first, the last and the rarest: those that most likely are in no finding that is told in full.
            count = lambda option: number(option[1].rsplit("(", 1)[1].rstrip(")"))
            for option in {tuple(option) for option in (options[0], options[-1], min(options, key=count))}:
                page.select_option(f"#{choice}", option[0])
                page.wait_for_timeout(400)
                wanted = count(option)
                self.check(said() == wanted, f"{choice} {option[1]}: {said()} are said to show")
                self.check(min(wanted, 500) <= shown() <= wanted, f"{choice} {option[1]}: {shown()} show")
                self.check("=" in page.evaluate("() => location.hash"), f"{choice} {option[1]} is not in the address")
                page.click("button[type=reset]")
                page.wait_for_timeout(400)
                self.check("=" not in page.evaluate("() => location.hash"), "a filter that was cleared is in the address")
        self.check(said() == total, "clearing the filters does not show everything")
        at = self.open(fragment=f"#severity={page.locator('#severity option').nth(1).get_attribute('value')}")
        at.wait_for_timeout(400)
        wanted = number(page.locator("#severity option").nth(1).inner_text().rsplit("(", 1)[1].rstrip(")"))
        chosen = number(at.locator("#shown").inner_text().split(" of ")[0])
        self.check(chosen == wanted, f"an address with a filter shows {chosen}, not {wanted}")
        at.context.close()
        name = page.locator(".finding .name").first.inner_text()
        page.fill("#text", name)
        page.wait_for_timeout(400)
        self.check(1 <= shown() <= total, f"searching {name} shows {shown()}")
        self.check(said() == shown(), f"{said()} are said to show, and {shown()} do")
        page.fill("#text", "no such name anywhere")
        page.wait_for_timeout(400)
        self.check(shown() == 0 and page.locator("#nothing").is_visible(), "nothing matches, and something shows")
        page.context.close()

    def links(self):
        page = self.open()
        ids = page.eval_on_selector_all(".finding, .list li[id]", "all => all.map((element) => element.id)")
        for id in [ids[0], ids[len(ids) // 2], ids[-1]] if ids else []:
            at = self.open(fragment=f"#{id}")
            target = at.locator(f"[id='{id}']")
            # The browser scrolls once it has laid out what is above.
            for _ in range(60):
                box = target.bounding_box()
                if box and -5 <= box["y"] < 900:
                    break
                at.wait_for_timeout(50)
            self.check(target.is_visible() and box and -5 <= box["y"] < 900, f"#{id} does not lead to the finding: {box}")
            self.check(at.locator(f".finding[id='{id}']:not([open])").count() == 0, f"#{id} is folded")
            at.context.close()
        if ids and page.locator("#filters").count():
            page.fill("#text", "no such name anywhere")
            page.wait_for_timeout(400)
            page.evaluate("(id) => { location.hash = id; }", ids[0])
            page.wait_for_timeout(600)
            self.check(page.locator(f"[id='{ids[0]}']").is_visible(), "a filter hides what a link leads to")
            self.check("cleared" in page.locator("#told").inner_text(), "nobody says that filters were cleared")
            page.evaluate("() => { location.hash = 'f00'; }")
            page.wait_for_timeout(600)
            self.check("No finding f00" in page.locator("#told").inner_text(), "a dead link is not told")
        # What long lists keep back is shown when asked for.
        if page.locator("[data-rest] button").count():
            page.evaluate("() => document.querySelectorAll('details').forEach((details) => { details.open = true; })")
            more = page.locator("[data-rest] button").first
            before = page.locator(".list li").count()
            more.click()
            self.check(page.locator(".list li").count() > before, "the rest of a list does not come")
        page.context.close()

    def keys(self):
        page = self.open()
        if page.locator("#filters").count():
            page.keyboard.press("/")
            self.check(page.evaluate("() => document.activeElement.id") == "text", "/ does not lead to the search")
        first = page.locator(".finding:visible > summary").first
        if first.count():
            was = page.locator(".finding[open]").count()
            first.focus()
            page.keyboard.press("Enter")
            self.check(page.locator(".finding[open]").count() != was, "Enter does not unfold a finding")
        page.context.close()

    def without_script(self):
        page = self.open(java_script_enabled=False)
        self.check(page.locator("header .verdict").is_visible(), "no verdict without its script")
        self.check(page.locator("#evidence").is_visible(), "no ledger without its script")
        self.check(not page.locator("#filters").is_visible(), "filters that do nothing show")
        findings = page.locator("#findings .finding > summary")
        self.check(findings.count() == 0 or findings.first.is_visible(), "no findings without its script")
        page.context.close()

    def paper(self):
        page = self.open()
        page.emulate_media(media="print")
        page.evaluate("() => { dispatchEvent(new Event('beforeprint')); }")
        folded = "#findings .group:not(.compatible) .finding:not([open])"
        self.check(page.locator(folded).count() == 0, "what matters is folded on paper")
        self.check(not page.locator("#filters").is_visible(), "the filters are printed")
        page.screenshot(path=self.path.with_name(f"{self.path.stem}-paper.png"))
        page.context.close()

    def accessible(self):
        page = self.open()
        # The first findings with all that is folded in them: every kind of thing is there.
        page.evaluate("() => document.querySelectorAll('details').forEach((details, at) => { details.open = at < 60; })")
        hold, faults = axe(page)
        for fault in faults:
            self.check(False, fault)
        print(f"{self.path.name}: axe: {hold} rules hold, {len(faults)} do not")
        page.context.close()

    def looks(self):
        # A large page takes its time: two looks have to do.
        is_large = self.path.stat().st_size > 500_000
        for scheme in ("light", "dark"):
            for size in SIZES if not is_large else [["wide", "phone"][scheme == "dark"]]:
                page = self.open(size, scheme)
                stem = f"{self.path.stem}-{scheme}-{size}"
                page.screenshot(path=self.path.with_name(f"{stem}.png"))
                for kind in (".layout", ".slots", ".lines"):
                    found = page.locator(f".finding:has({kind})").first
                    if not found.count():
                        continue
                    page.evaluate("(id) => { location.hash = id; }", found.get_attribute("id"))
                    page.wait_for_timeout(400)
                    self.check(page.locator(kind).locator("visible=true").count() > 0, f"no {kind} shows")
                    page.screenshot(path=self.path.with_name(f"{stem}{kind.replace('.', '-')}.png"))
                width = too_wide(page, size)
                self.check(not width, f"{scheme} {size}: {width}")
                # One form of a drawing at a time, and its shapes filled as the style says.
                forms = page.evaluate("""() => ["svg.layout:not(.stacked)", "svg.stacked"].map((selector) =>
                  [...document.querySelectorAll(".finding[open] " + selector)].filter((svg) => svg.checkVisibility()).length)""")
                self.check(0 in forms, f"{scheme} {size}: drawings show twice: {forms}")
                self.check(not any(forms) or bool(forms[1]) == (size == "phone"), f"{scheme} {size}: {forms} drawings")
                page.evaluate("() => document.querySelectorAll('details').forEach((details, at) => { details.open = at < 100; })")
                bad = page.evaluate(CONTRAST)
                self.check(not bad, f"{scheme} {size}: too little contrast: {bad}")
                page.context.close()


def main():
    folder, names = pathlib.Path(sys.argv[1]), sys.argv[2:]
    wrong = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name in names:
            wrong += Reader(browser, (folder / f"{name}.html").resolve()).all()
        browser.close()
    print("\n".join(dict.fromkeys(wrong)))
    sys.exit(1 if wrong else 0)


main()
