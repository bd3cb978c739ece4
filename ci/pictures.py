"""pictures.py FOLDER OUT: what ci/pictures does in the browser: OUT/report.png of FOLDER/report.html, OUT/summary.png of
FOLDER/summary.md.

Chromium is $CHROMIUM. Pictures are cropped to what matters, have a palette, and are below 150 KB.
"""

import io
import os
import pathlib
import sys

from markdown_it import MarkdownIt
from PIL import Image
from playwright.sync_api import sync_playwright

LARGEST = 150_000
MARGIN = 16

# How a job's summary looks on GitHub, as far as this one needs it.
SUMMARY = """<!doctype html>
<meta charset="utf-8">
<title>Summary</title>
<style>
  body { margin: 16px; background: #fff; color: #1f2328; font: 14px/1.5 system-ui, sans-serif; }
  main { border: 1px solid #d1d9e0; border-radius: 6px; padding: 0 24px 24px; }
  header { margin: 0 -24px 20px; padding: 12px 24px; border-bottom: 1px solid #d1d9e0; font-weight: 600; }
  h3 { font-size: 1.25em; line-height: 1.25; margin: 0 0 16px; }
  h4 { font-size: 1em; line-height: 1.25; margin: 24px 0 16px; }
  p { margin: 0 0 12px; }
  table { border-collapse: collapse; width: 100%; }
  th, td { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left; }
  td { vertical-align: middle; }
  tbody tr:nth-child(even) { background: #f6f8fa; }
  code { padding: .2em .4em; border-radius: 6px; background: #818b981f; font: 85% monospace; }
</style>
<main><header>abi summary</header>BODY</main>
"""


def shot(page, *parts):
    """The parts of the page, each from one y to another, one below the other."""
    page.set_viewport_size({"width": page.viewport_size["width"], "height": int(parts[-1][1]) + 100})
    page.evaluate("() => document.fonts.ready")
    whole = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    box = page.locator("main").bounding_box()
    left, right = int(box["x"]), int(box["x"] + box["width"])
    cropped = [whole.crop((left, int(top), right, int(bottom))) for top, bottom in parts]
    picture = Image.new("RGB", (right - left, sum(part.height for part in cropped)), "white")
    at = 0
    for part in cropped:
        picture.paste(part, (0, at))
        at += part.height
    return picture


def save(picture, path):
    palette = picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette.save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {picture.width} × {picture.height}, {size:,} bytes")
    return size <= LARGEST


def report(page):
    """What the verdict is, and the first root cause; not the tables between them."""
    box = lambda what: page.locator(what).first.bounding_box()
    bottom = lambda what: box(what)["y"] + box(what)["height"]
    facts = box(".facts")
    return shot(page, (box("header")["y"] - MARGIN, facts["y"]), (bottom(".facts") + MARGIN, bottom(".group") + MARGIN))


def main():
    folder, out = map(pathlib.Path, sys.argv[1:])
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    summary = folder / "summary.html"
    summary.write_text(SUMMARY.replace("BODY", markdown.render((folder / "summary.md").read_text())))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=["--no-sandbox", "--font-render-hinting=none", "--disable-lcd-text"],
        )
        pages = {}
        for name, width in (("report", 1180), ("summary", 900)):
            # Tall enough for everything to be laid out.
            context = browser.new_context(viewport={"width": width, "height": 4000}, color_scheme="light")
            pages[name] = context.new_page()
            pages[name].goto((folder / f"{name}.html").resolve().as_uri())
        box = pages["summary"].locator("main").bounding_box()
        right = [
            save(report(pages["report"]), out / "report.png"),
            save(shot(pages["summary"], (box["y"], box["y"] + box["height"])), out / "summary.png"),
        ]
        browser.close()
    if not all(right):
        sys.exit(f"a picture is over {LARGEST:,} bytes")


if __name__ == "__main__":
    main()
