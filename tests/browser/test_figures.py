"""The analytics page in a real Chromium: reached by an analyst, readable in any light and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Browser, expect

from bot.channels.web import mount
from bot.desk.analytics import Analytics
from bot.settings import Settings
from tests.browser.conftest import PRIYA, Site, Tab, open_tab
from tests.browser.test_access import CONTRAST, UNNAMED
from tests.channels.echo import Shelf
from tests.desk.asking import DAYS, Past
from tests.desk.test_figures import NOW, many

pytestmark = pytest.mark.browser


class Counting(Site):
    """A site with figures: a past of both sides of the lot."""

    async def _serve(self) -> None:
        app, past = web.Application(), many(90, 40, arm="desk")
        many(40, 30, start=200, arm="human", past=past)
        many(9, 2, start=300, about="microphone.md", past=past)
        mount(
            app, self.channel, self.desk, self.ledger, settings=Settings(_env_file=None), clock=lambda: datetime.now(UTC),
            articles=Shelf(), analytics=Analytics(_early(past), DAYS, lambda: NOW),
        )  # fmt: skip
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()
        self.port = self.runner.addresses[0][1]
        self.ready.set()


def _early(past: Past) -> Past:
    """The same past, of which the last came just now."""
    return past.ask("now", "microphone.md", day=59.9, by="late@corp.example")


@pytest.fixture
def counting() -> Iterator[Counting]:
    made = Counting()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def tab(browser: Browser, counting: Counting) -> Iterator[Tab]:
    with open_tab(browser) as made:
        yield made


def test_an_analyst_gets_there_from_the_queue_and_back(tab: Tab, counting: Counting) -> None:
    page = tab.page
    page.goto(counting.page_url())
    page.wait_for_selector("#employee .welcome")
    assert page.locator("#employee a", has_text="Analytics").count() == 0
    page.click("#desk .threads-foot a")
    expect(page.locator("h1")).to_have_text("Analytics")
    expect(page.locator(".big")).to_have_text("42\N{NO-BREAK SPACE}%")
    expect(page.locator(".figures-head [aria-current]")).to_have_text("90 days")
    page.click("nav a:has-text('A year')")
    expect(page.locator(".figures-head [aria-current]")).to_have_text("A year")
    page.click(".eyebrow a")
    expect(page.locator("#desk-person")).to_have_value("Priya Nair")


def test_the_bars_say_what_the_words_say(tab: Tab, counting: Counting) -> None:
    """Widths are attributes, since the page may have no inline style; and they are drawn where the counts are."""
    tab.page.goto(f"{counting.url}analytics?as={PRIYA}")
    stack, pieces = tab.page.locator(".stack").bounding_box(), tab.page.locator(".stack rect")
    counts = [int(c) for c in tab.page.locator(".ended tbody td:nth-of-type(1)").all_inner_texts()]
    assert stack and pieces.count() == len(counts) == 7
    widths = [box["width"] if (box := pieces.nth(n).bounding_box()) else 0 for n in range(7)]
    for width, count in zip(widths, counts, strict=True):
        assert width == pytest.approx(stack["width"] * count / sum(counts), abs=3)
    band = tab.page.locator(".headline .band").bounding_box()
    track = tab.page.locator(".headline .track").bounding_box()
    assert band and track and track["x"] + 0.32 * track["width"] < band["x"] < track["x"] + 0.42 * track["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_any_light(browser: Browser, counting: Counting, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{counting.url}analytics?as={PRIYA}")
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(UNNAMED) == []
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(e => +e.tagName[1])")
    assert levels[0] == 1 and set(levels[1:]) == {2}
    context.close()


def test_the_colours_chosen_on_the_chat_page_are_kept(tab: Tab, counting: Counting) -> None:
    tab.page.goto(counting.page_url())
    tab.page.click("#theme")
    tab.page.goto(f"{counting.url}analytics?as={PRIYA}")
    assert tab.page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_itself_never_scrolls_sideways(browser: Browser, counting: Counting, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"{counting.url}analytics?as={PRIYA}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert width < 390 or page.evaluate(
        "[...document.querySelectorAll('table.brief')].every(t => t.scrollWidth <= t.parentElement.clientWidth)"
    )
    context.close()
