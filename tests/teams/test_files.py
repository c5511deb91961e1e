"""Files that people send: from where they are fetched, what is taken, and who sees our token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from bot.channels.teams.credentials import Credentials
from bot.channels.teams.files import Files
from bot.channels.teams.hosts import Hosts
from bot.channels.teams.parse import Handed
from bot.channels.teams.wire import Wire
from bot.domain.messages import LARGEST_FILE
from bot.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
PDF = b"%PDF-1.7\n" + b"x" * 100


@dataclass
class Store:
    """A connector that keeps pictures, and another machine that must never see our token."""

    base: str = ""
    contents: dict[str, bytes] = field(
        default_factory=lambda: {"a.png": PNG, "b.pdf": PDF, "c.txt": b"hello", "d.png": b"x" * (LARGEST_FILE + 1)}
    )
    shown: list[tuple[str, str]] = field(default_factory=list)
    onward: dict[str, str] = field(default_factory=dict)

    async def give(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.shown.append((name, request.headers.get("Authorization", "")))
        if name in self.onward:
            return web.Response(status=302, headers={"Location": self.onward[name]})
        if name not in self.contents:
            return web.Response(status=404)
        return web.Response(body=self.contents[name])

    async def token(self, _: web.Request) -> web.Response:
        return web.json_response({"access_token": "our-token", "expires_in": 3600})


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = Store()
    site = web.Application()
    site.router.add_get("/files/{name}", opened.give)
    site.router.add_post("/{tenant}/oauth2/v2.0/token", opened.token)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    opened.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield opened
    await runner.cleanup()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    opened = Wire()
    yield opened
    await opened.close()


def files(store: Store, wire: Wire, **settings: Any) -> Files:
    usual = {"teams_app_id": "app", "teams_app_password": "s", "teams_login_url": store.base, "teams_service_url": f"{store.base}/teams/"}
    chosen = Settings(**{**usual, **settings})
    return Files(wire, Hosts(chosen), Credentials(chosen, wire, lambda: datetime.now(UTC)))


def handed(url: str, *, own: bool = True, name: str = "x.png") -> Handed:
    return Handed(name, "image/png", url, own)


async def test_what_a_file_is_is_read_from_its_content(store: Store, wire: Wire) -> None:
    taken, why = await files(store, wire).fetch(
        [handed(f"{store.base}/files/a.png"), handed(f"{store.base}/files/b.pdf", name="../card.png")]
    )
    assert [(f.name, f.media_type, f.content) for f in taken] == [("x.png", "image/png", PNG), ("card.png", "application/pdf", PDF)]
    assert why == ()


async def test_what_is_no_picture_or_too_large_or_gone_is_said(store: Store, wire: Wire) -> None:
    taken, why = await files(store, wire).fetch([handed(f"{store.base}/files/{n}") for n in ("c.txt", "d.png", "gone.png")])
    assert taken == () and len(why) == 3
    assert "pictures" in why[0] and "10 MB" in why[1] and "did not hand" in why[2]


async def test_no_more_than_five_at_once(store: Store, wire: Wire) -> None:
    taken, why = await files(store, wire).fetch([handed(f"{store.base}/files/a.png")] * 7)
    assert len(taken) == 5 and "at most 5" in why[0]


async def test_only_the_connector_sees_our_token(store: Store, wire: Wire) -> None:
    fetching = files(store, wire)
    await fetching.fetch([handed(f"{store.base}/files/a.png"), handed(f"{store.base}/files/a.png", own=False)])
    assert store.shown == [("a.png", "Bearer our-token"), ("a.png", "")]


async def test_a_connector_on_this_machine_that_only_development_allows_does_not_see_it(store: Store, wire: Wire) -> None:
    fetching = files(store, wire, teams_unsigned=True, teams_service_url="https://smba.trafficmanager.net/teams/")
    taken, _ = await fetching.fetch([handed(f"{store.base}/files/a.png")])
    assert taken and store.shown == [("a.png", "")]


@pytest.mark.parametrize("own", [True, False])
async def test_nothing_is_fetched_from_anywhere_else(store: Store, wire: Wire, own: bool) -> None:
    fetching = files(store, wire, teams_service_url="https://smba.trafficmanager.net/teams/")
    for url in (f"{store.base}/files/a.png", "http://169.254.169.254/latest", "https://evil.example/x.png", "file:///etc/passwd", ""):
        taken, why = await fetching.fetch([handed(url, own=own)])
        assert taken == () and "where Teams keeps files" in why[0]
    assert store.shown == []


async def test_a_detour_is_followed_within_teams_and_not_out_of_it(store: Store, wire: Wire) -> None:
    fetching = files(store, wire)
    store.onward = {"moved.png": "/files/a.png", "out.png": "http://localhost:1/files/a.png", "round.png": "/files/round.png"}
    taken, _ = await fetching.fetch([handed(f"{store.base}/files/moved.png", own=False)])
    assert taken and taken[0].content == PNG
    _, out = await fetching.fetch([handed(f"{store.base}/files/out.png")])
    _, around = await fetching.fetch([handed(f"{store.base}/files/round.png")])
    assert "where Teams keeps files" in out[0] and "did not hand" in around[0]
