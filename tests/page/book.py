"""book.py BOOK: opens pages of the built book (ci/book) at two widths, light and dark: axe has nothing to say of them, and the list
of chapters is shown and hidden by a key."""
import pathlib
import sys

from looks import SIZES, axe, is_axe_awake, launch
from playwright.sync_api import sync_playwright

BOOK = pathlib.Path(sys.argv[1]).resolve()
PAGES = [
    *["introduction", "install", "start", "cmake", "gitlab", "debian", "waivers", "evidence", "faq", "safe-changes", "truth"],
    *["commands", "formats", "exit-codes", "service", "migrating", "rules"],
    # What a program did, what a compiler said, and no program.
    *["rules/member-added", "rules/became-final", "rules/enum-scoped-changed", "rules/policy-changed"],
]
SHOWN = "document.documentElement.classList.contains('sidebar-visible')"


def main():
    wrong = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        if not is_axe_awake(browser):
            wrong.append("axe finds nothing on a page that has faults")
        for scheme in ("light", "dark"):
            for width, height in SIZES.values():
                for name in PAGES:
                    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
                    page.goto((BOOK / f"{name}.html").as_uri())
                    wrong += [f"{name}, {scheme}, {width}: {fault}" for fault in axe(page)[1]]
                    page.close()
        page = browser.new_page()
        page.goto((BOOK / "faq.html").as_uri())
        before = page.evaluate(SHOWN)
        page.focus("#mdbook-sidebar-toggle")
        page.keyboard.press("Enter")
        if page.evaluate(SHOWN) == before:
            wrong.append("no key shows or hides the list of chapters")
    print(f"{len(PAGES)} pages of the book, light and dark, {len(SIZES)} widths: {len(wrong)} faults")
    sys.exit("\n".join(wrong) or 0)


main()
