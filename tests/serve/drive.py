"""What people do with the pages of the service, in a browser: drive.py FOLDER URL LINK.

The service at URL has the public project `shop` with two releases that were compared; LINK lets one browser in, once.
Screenshots are left in the folder. Whatever is not as it should be is printed, and makes the exit code 1.
"""

import pathlib
import sys

from playwright.sync_api import sync_playwright

from looks import CONTRAST, SIZES, axe, is_axe_awake, launch, too_wide


class Visitor:
    def __init__(self, browser, folder, url):
        self.browser, self.folder, self.url = browser, folder, url
        self.wrong = []

    def check(self, is_right, what):
        if not is_right:
            self.wrong.append(what)

    def window(self, size="wide", scheme="light", **options):
        width, height = SIZES[size]
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, **options
        )
        page = context.new_page()
        page.set_default_timeout(15_000)
        # That a page is a refusal is told there as well.
        is_fault = lambda text: "the server responded with a status of 4" not in text
        page.on("console", lambda m: self.check(m.type != "error" or not is_fault(m.text), f"{page.url}: console: {m.text}"))
        page.on("request", lambda r: self.check(r.url.startswith(self.url), f"{page.url} asked for {r.url}"))
        return page

    def finds_what_broke(self):
        """From the first page to the finding, as somebody does who has only links, without script."""
        page = self.window(java_script_enabled=False)
        seen = {"projects": "/"}
        page.goto(self.url + "/")
        page.click("main a:has-text('shop')")
        seen["project"] = page.url
        page.click("main table a:has-text('v1.0.0 → v1.1.0')")
        page.wait_for_selector("#causes", timeout=60_000)
        seen["comparison"] = page.url
        page.click("main table tbody a")
        self.check(page.locator("h2:has-text('How to fix')").is_visible(), "a finding does not say how to fix it")
        seen["finding"] = page.url
        page.go_back()
        page.click("main a:has-text('Drawn report')")
        self.check(page.locator("header .verdict").is_visible(), "the drawn report has no verdict")
        seen["report"] = page.url
        page.goto(seen["project"])
        page.click("main table td a >> nth=0")
        self.check(page.locator("main table").first.is_visible(), "a release shows no libraries")
        seen["release"] = page.url
        page.goto(seen["project"])
        page.select_option("select[name=old]", "v1.0.0")
        page.select_option("select[name=new]", "v1.1.0")
        page.click("button:has-text('Compare')")
        self.check(page.locator("h1:has-text('v1.1.0')").is_visible(), "the form compares nothing")
        seen["none"] = self.url + "/p/nobody"
        page.context.close()
        return {name: place if place.startswith("http") else self.url + place for name, place in seen.items()}

    def signs_in(self, link):
        page = self.window()
        page.goto(link)
        page.click("button:has-text('Sign in')")
        self.check(page.locator("button:has-text('Sign out')").is_visible(), "nobody is signed in")
        self.check(page.locator("main a:has-text('secret')").count() == 1, "who signed in does not see what is private")
        page.click("button:has-text('Sign out')")
        self.check(page.locator("main a:has-text('secret')").count() == 0, "who signed out still sees what is private")
        page.context.close()
        again = self.window()
        answer = again.goto(link)
        if answer.ok and again.locator("button:has-text('Sign in')").count():
            again.click("button:has-text('Sign in')")
        self.check(again.locator("button:has-text('Sign out')").count() == 0, "the link lets in twice")
        again.context.close()

    def looks(self, name, place):
        for size, scheme in (("wide", "light"), ("wide", "dark"), ("phone", "light"), ("phone", "dark")):
            page = self.window(size, scheme)
            page.goto(place)
            width = too_wide(page, size)
            self.check(not width, f"{name} {size}: {width}")
            bad = page.evaluate(CONTRAST)
            self.check(not bad, f"{name} {size} {scheme}: too little contrast: {bad}")
            page.screenshot(path=self.folder / f"{name}-{size}-{scheme}.png")
            if (size, scheme) == ("wide", "light"):
                hold, faults = axe(page)
                for fault in faults:
                    self.check(False, f"{name}: {fault}")
                print(f"{name}: axe: {hold} rules hold, {len(faults)} do not")
            page.context.close()

    def keys(self, name, place):
        """Tab leads to the content first, then to every link and control, and shows where it is."""
        page = self.window()
        page.goto(place)
        page.keyboard.press("Tab")
        focus = "() => { const at = document.activeElement; return [at.className, at.checkVisibility(), getComputedStyle(at).outlineStyle]; }"
        self.check(page.evaluate(focus)[0] == "skip", f"{name}: Tab does not lead to the content")
        wanted = page.locator("a[href]:visible, button:visible, select:visible, summary:visible").count()
        for _ in range(min(wanted, 40) - 1):
            page.keyboard.press("Tab")
            kind, is_visible, outline = page.evaluate(focus)
            self.check(is_visible and outline != "none", f"{name}: where Tab leads does not show: {kind} {outline}")
        page.context.close()


def main():
    folder, url, link = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    with sync_playwright() as playwright:
        browser = launch(playwright)
        visitor = Visitor(browser, folder, url)
        visitor.check(is_axe_awake(browser), "axe finds nothing on a page that has faults")
        for name, place in visitor.finds_what_broke().items():
            visitor.looks(name, place)
            # The drawn report has a test of its own.
            if name != "report":
                visitor.keys(name, place)
        visitor.signs_in(link)
        browser.close()
    print("\n".join(dict.fromkeys(visitor.wrong)))
    sys.exit(1 if visitor.wrong else 0)


main()
