"""The analytics page over a real socket: who may see it, what stands on it, and what never does."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.web import WebChannel, mount
from bot.desk.analytics import Analytics
from bot.desk.ports import Page
from bot.domain.resolution import MEANING, WORDS, words
from bot.domain.shares import ENOUGH
from tests.channels.conftest import PRIYA, SAM, settings
from tests.channels.echo import XSS, EchoDesk, MemoryLedger
from tests.desk.asking import DAYS, MIC, MONDAY, VPN, Past

VICTOR = "victor.hale@brightwater.example"
HIDDEN = "hr/closing-the-london-office.md"


class Library:
    """Two articles, one of which only HR may read."""

    async def page(self, path: str, audiences: frozenset[str]) -> Page | None:
        known = {MIC: f"Microphone {XSS}", HIDDEN: "Closing the London office"}
        return Page(title=known[path], path=path, text="x") if path in known and (path != HIDDEN or "hr" in audiences) else None


def past() -> Past:
    """Forty people and the microphone, ten and a hidden article, six and one that is gone."""
    told = Past()
    for n in range(56):
        who, about = f"somebody{n}@brightwater.example", (MIC if n < 40 else HIDDEN if n < 50 else VPN)
        told.ask(f"BH-{n}", about, by=who, day=n / 10)
        if n % 2:
            told.tell(f"BH-{n}", "helpful", n / 10 + 0.1, by=who, of=who)
    return told


class Site:
    """The page over this past."""

    def __init__(self, told: Past, **more: Any) -> None:
        ledger, channel, now = MemoryLedger(), WebChannel(), lambda: MONDAY + timedelta(days=60)
        app = web.Application()
        mount(
            app, channel, EchoDesk(ledger, channel), ledger, settings=settings(**more), clock=now, articles=Library(),
            analytics=Analytics(told, DAYS, now),
        )  # fmt: skip
        self.client = TestClient(TestServer(app))

    async def get(self, who: str | None = PRIYA, **query: str) -> ClientResponse:
        return await self.client.get("/analytics", params={**({"as": who} if who is not None else {}), **query})

    async def words(self, **query: str) -> str:
        """What a reader of the page reads."""
        response = await self.get(**query)
        assert response.status == 200
        return html.unescape(re.sub(r"<[^>]+>", " ", (await response.text()).partition("<main>")[2]))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site(past())
    await made.client.start_server()
    yield made
    await made.client.close()


@pytest.mark.parametrize("who", [SAM, VICTOR, "nobody@brightwater.example", "bellhop@desk.internal", "", None, f"{PRIYA}\n{SAM}"])
async def test_only_analysts_see_the_figures(site: Site, who: str | None) -> None:
    """Not an employee, not an analyst who has left, not the desk itself, nobody without a name."""
    response = await site.get(who)
    assert response.status in (400, 403)
    assert set(await response.json()) == {"error"}


async def test_without_the_demo_nobody_can_say_who_they_are() -> None:
    site = Site(past(), demo=False)
    await site.client.start_server()
    assert (await site.get()).status == 403
    await site.client.close()


async def test_the_page_says_the_formula_and_what_everything_means(site: Site) -> None:
    """The same words as the code has, and so as docs/analytics.md has."""
    said = " ".join((await site.words()).split())
    for name in WORDS:
        assert words(name, DAYS, ENOUGH) in said
    for meaning in MEANING.values():
        assert meaning in said


async def test_counts_stand_beside_every_share(site: Site) -> None:
    said = " ".join((await site.words()).split()).replace("\N{NO-BREAK SPACE}", " ")
    assert "50 % between 37 and 63 % with 95 % confidence: 28 of 56 questions." in said
    assert "56 of the 56 judged" in said
    assert "Week of Asked Confirmed Came back To a human Unhelpful Confirmed resolution 7 Sep 2026 56 28 0 0 0 50 % 37–63 %" in said


async def test_an_article_that_the_reader_may_not_read_is_not_named(site: Site) -> None:
    said = await (await site.get()).text()
    assert "London" not in said and HIDDEN not in said and "hr/" not in said
    assert VPN not in said, "nor one that is no longer there"
    assert "2 other articles" in said and "/knowledge/teams/mic.md?as=" in said


async def test_nobody_is_named_but_the_reader(site: Site) -> None:
    said = html.unescape(await (await site.get()).text())
    assert "somebody" not in said and "BH-" not in said
    assert set(re.findall(r"[\w.]+(?:@|%40)[\w.]+", said)) == {PRIYA.replace("@", "%40")}


async def test_what_is_written_in_a_title_stays_text(site: Site) -> None:
    said = await (await site.get()).text()
    assert "<img" not in said and html.escape(XSS) in said
    assert re.findall(r"<script[^>]*>", said) == ['<script src="/static/theme.js">']
    assert not re.search(r"<[^>]*\s(?:style|on\w+)=|javascript:", said)


async def test_the_page_is_guarded_like_every_other(site: Site) -> None:
    response = await site.get()
    assert (
        "script-src 'self'" in response.headers["Content-Security-Policy"] and "unsafe" not in response.headers["Content-Security-Policy"]
    )
    assert response.headers["Cache-Control"] == "no-store"
    foreign = await site.client.get("/analytics", params={"as": PRIYA}, headers={"Host": "evil.example"})
    assert foreign.status == 403


@pytest.mark.parametrize("days", ["0", "91", "-1", "x", "30 ", "9" * 400])
async def test_only_the_periods_on_offer(site: Site, days: str) -> None:
    response = await site.get(days=days)
    assert response.status == 400 and "days" in (await response.json())["error"]


async def test_few_questions_give_no_percentage() -> None:
    told = Past()
    for n in range(12):
        told.ask(f"{n}", MIC, by=f"p{n}@brightwater.example").tell(
            f"{n}", "helpful", 0.1, by=f"p{n}@brightwater.example", of=f"p{n}@brightwater.example"
        )
    site = Site(told)
    await site.client.start_server()
    said = (await site.words()).partition("What the words mean")[0]
    assert '<svg class="' not in await (await site.get()).text(), "a bar is a share as well"
    assert "Too few to tell" in said and "12 of 12 questions. Percentages begin at 30" in said
    assert not re.search(r"\d\s*%", said.replace("95 %", ""))
    await site.client.close()


async def test_an_empty_record_has_a_page_too() -> None:
    site = Site(Past())
    await site.client.start_server()
    said = await site.words()
    assert "Nothing to count yet" in said and "How they ended" not in said
    await site.client.close()


async def test_a_site_without_figures_has_none() -> None:
    ledger, channel = MemoryLedger(), WebChannel()
    app = web.Application()
    mount(app, channel, EchoDesk(ledger, channel), ledger, settings=settings(), clock=lambda: MONDAY)
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/analytics", params={"as": PRIYA})).status == 404
