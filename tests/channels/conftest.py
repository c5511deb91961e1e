"""The web chat over the echo desk, on a real socket; and the terminal over the same desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.web import WebChannel, mount
from bot.settings import Settings
from tests.channels.echo import EchoDesk, MemoryLedger, Shelf

SAM = "sam.okafor@brightwater.example"
ROSA = "rosa.delgado@brightwater.example"
PRIYA = "priya.nair@brightwater.example"
JOHN = "john.smith@brightwater.example"


def settings(**more: Any) -> Settings:
    return Settings(_env_file=None, **more)


@dataclass
class Site:
    """The page's server, and what stands behind it."""

    client: TestClient[web.Request, web.Application]
    channel: WebChannel
    ledger: MemoryLedger
    desk: EchoDesk
    base: str = ""
    sent: list[Any] = field(default_factory=list)

    async def post(self, path: str, data: Any, **how: Any) -> ClientResponse:
        return await self.client.post(path, json=data, **how)

    async def get(self, path: str, **query: str) -> ClientResponse:
        return await self.client.get(path, params=query)

    async def say(self, who: str, text: str, **more: Any) -> ClientResponse:
        return await self.post("/api/messages", {"as": who, "text": text, **more})


Start = Callable[..., Any]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a site with these settings."""
    running: list[TestClient[web.Request, web.Application]] = []

    async def begin(**more: Any) -> Site:
        ledger, channel = MemoryLedger(), WebChannel()
        desk = EchoDesk(ledger, channel)
        app = web.Application()
        mount(app, channel, desk, ledger, settings=settings(**more), clock=lambda: datetime.now(UTC), articles=Shelf())
        client: TestClient[web.Request, web.Application] = TestClient(TestServer(app))
        await client.start_server()
        running.append(client)
        return Site(client, channel, ledger, desk)

    yield begin
    for client in running:
        await client.close()


@pytest.fixture
async def site(start: Start) -> Site:
    made: Site = await start()
    return made


__all__ = ["JOHN", "PRIYA", "ROSA", "SAM", "ClientSession", "Site", "Start", "settings"]
