"""The page in a real Chromium, over the echo desk."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Browser, Page, sync_playwright

from bot.channels.web import WebChannel, mount
from bot.settings import Settings
from tests.channels.echo import EchoDesk, MemoryLedger, Shelf

SAM = "sam.okafor@brightwater.example"
ROSA = "rosa.delgado@brightwater.example"
PRIYA = "priya.nair@brightwater.example"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@dataclass
class Site:
    """The server in a thread of its own, and what stands behind it."""

    port: int = 0
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    channel: WebChannel = field(default_factory=WebChannel)
    ready: threading.Event = field(default_factory=threading.Event)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        self.desk = EchoDesk(self.ledger, self.channel)
        self.thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def page_url(self, employee: str = SAM, analyst: str = PRIYA) -> str:
        return f"{self.url}?as={employee}&desk={analyst}"

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._serve())
        self.loop.run_forever()

    async def _serve(self) -> None:
        app = web.Application()
        chosen = Settings(_env_file=None)
        mount(app, self.channel, self.desk, self.ledger, settings=chosen, clock=lambda: datetime.now(UTC), articles=Shelf())
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()
        self.port = self.runner.addresses[0][1]
        self.ready.set()

    def do(self, coroutine: Any) -> Any:
        """Runs something in the server's thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def start(self) -> Site:
        self.thread.start()
        assert self.ready.wait(10)
        return self

    def restart(self) -> None:
        """Stops listening and starts again on the same port: a new process to the page, the same record."""
        self.do(self.runner.cleanup())
        self.channel.hub.__init__()  # type: ignore[misc]  # what a new process would begin with
        self.do(self._serve())

    def stop(self) -> None:
        self.do(self.runner.cleanup())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site().start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium per module. Playwright keeps an event loop running in this thread until it stops, and asynchronous tests
    elsewhere need one of their own: so not for the whole session."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "The browser tests need Debian's chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS.split())
        yield running
        running.close()


@dataclass
class Tab:
    """A page, and what it complained about."""

    page: Page
    complaints: list[str]


@contextmanager
def open_tab(browser: Browser) -> Iterator[Tab]:
    """A page of its own; anything it logs as an error, or any request to elsewhere, fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(5000)
    made = Tab(page, [])
    page.on("console", lambda m: made.complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: made.complaints.append(str(e)))
    page.on("request", lambda r: made.complaints.append(r.url) if "//127.0.0.1:" not in r.url and not r.url.startswith("data:") else None)
    yield made
    context.close()
    assert made.complaints == []


@pytest.fixture
def tab(browser: Browser, site: Site) -> Iterator[Tab]:
    with open_tab(browser) as made:
        yield made


@pytest.fixture
def page(tab: Tab, site: Site) -> Page:
    """The page as Sam on the left and Priya on the right see it."""
    tab.page.goto(site.page_url())
    tab.page.wait_for_selector("#employee .welcome")
    return tab.page


@pytest.fixture
def full(page: Page) -> Page:
    """The page after one of every kind was posted."""
    send(page, "everything")
    page.wait_for_selector("#desk .card.approval")
    page.wait_for_selector("#employee .relayed")
    return page


def send(page: Page, text: str, pane: str = "employee") -> None:
    page.fill(f"#{pane}-text", text)
    page.press(f"#{pane}-text", "Enter")
