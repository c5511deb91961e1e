"""Takes the README's pictures of the real page: `.venv/bin/python -m tests.docs.screenshots [PATH OF CHROMIUM]`.

Starts Bellhop with the demo company in a folder of its own, plays the second scene half-way, and stops it again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ASKS, APPROVES, ANALYST = (f"{name}@brightwater.example" for name in ("hannah.weber", "sam.okafor", "ivan.petrov"))
SENTENCE = "Remove John's access to email and Slack."


@contextmanager
def served() -> Iterator[str]:
    """The page's address."""
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"BELLHOP_DATA_DIR": folder, "BELLHOP_PORT": "0", "BELLHOP_HOST": "127.0.0.1", "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "bot", "serve"]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stderr
            yield next(line.split()[-1] for line in process.stderr if line.startswith("Ready:"))
        finally:
            process.terminate()
            process.communicate(timeout=20)


def opened(browser: Browser, url: str, who: str, width: int, height: int, dark: bool = False) -> Page:
    scheme = "dark" if dark else "light"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{url}/?as={who}&desk={ANALYST}")
    return page


def half_way(page: Page) -> None:
    """Hannah asks, says which John, and the plan waits for his manager; an analyst looks at it."""
    page.locator("#employee-text").fill(SENTENCE)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="John Smith").click()
    waiting = "Waiting for approval"
    expect(page.locator("#employee .thread").get_by_text(waiting).first).to_be_visible()
    expect(page.locator("#desk .thread").get_by_text(waiting).first).to_be_visible()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(600)


def take(browser: Browser, url: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    wide = opened(browser, url, ASKS, 1720, 1440)
    half_way(wide)
    wide.screenshot(path=IMAGES / "chat.png")
    phone = opened(browser, url, APPROVES, 400, 860, dark=True)
    phone.locator("#employee .row").first.click()
    phone.get_by_role("button", name="Approve").scroll_into_view_if_needed()
    phone.wait_for_timeout(600)
    phone.evaluate("document.activeElement.blur()")
    phone.screenshot(path=IMAGES / "phone.png")
    phone.get_by_role("button", name="Approve").click()
    expect(wide.locator("#employee .thread").get_by_text("Undo").first).to_be_visible(timeout=30_000)
    dark = opened(browser, url, ASKS, 1280, 900, dark=True)
    dark.locator("#employee .thread-head").get_by_role("button", name="Timeline").click()
    expect(dark.get_by_role("dialog")).to_be_visible()
    dark.wait_for_timeout(600)
    dark.screenshot(path=IMAGES / "timeline.png")


if __name__ == "__main__":
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=sys.argv[1] if len(sys.argv) > 1 else "/usr/bin/chromium", args=FLAGS)
        take(browser, url)
        browser.close()
