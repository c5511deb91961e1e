"""The whole desk on the demo company, in a Teams of its own."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, open_app
from bot.channels.teams.channel import TeamsChannel
from bot.domain.plans import Plan, PlanState
from bot.domain.tickets import Ticket
from bot.settings import Settings
from tests.teams.standin.teams import APP_ID, SECRET, Teams, standin
from tests.teams.standin.world import TENANT, Chat, Shown, mail

ANALYSTS = ("Ivan Petrov", "Mei Lin", "Priya Nair")
APPROVERS = ("Sam Okafor", "Jane Doe", "Maria Lopez", "John Smith")
EVERYBODY = ("Rosa Delgado", "Tom Becker", "Hannah Weber", "Lucy Chen", "Emily Clarke", "Niels Jensen", "Grace Kim", *ANALYSTS)


@dataclass
class Clock:
    """A clock that can be moved forward."""

    moved: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class House:
    """The desk in Teams: `help` is a team's channel with everybody in it, `analysts` the help desk's own, `chat` a group chat."""

    teams: Teams
    folder: Path
    clock: Clock
    help: Chat
    analysts: Chat
    chat: Chat
    port: int = field(default_factory=free_port)
    extra: dict[str, Any] = field(default_factory=dict)
    pace: float = 0.01
    app: App | None = None
    channel: TeamsChannel | None = None

    def settings(self, **other: Any) -> Settings:
        return Settings(
            **{
                "data_dir": self.folder,
                "retry_seconds": 0.05,
                "retries": 2,
                "home": "teams",
                "teams_app_id": APP_ID,
                "teams_app_password": SECRET,
                "teams_tenant_id": TENANT,
                "teams_analysts": self.analysts.id,
                "teams_service_url": f"{self.teams.base}/teams/",
                "teams_login_url": self.teams.base,
                "teams_openid_url": f"{self.teams.base}/v1/.well-known/openidconfiguration",
                "teams_port": self.port,
                **self.extra,
                **other,
            }
        )

    async def open(self, **other: Any) -> House:
        """Opens the desk and lets Teams know where it listens."""
        self.extra |= other
        settings = self.settings()
        self.channel = TeamsChannel(settings, self.clock)
        self.channel.pace = self.pace
        self.app = await open_app(settings, [self.channel], clock=self.clock)
        await self.app.start()
        self.teams.endpoint = f"http://127.0.0.1:{self.port}/api/messages"
        return self

    async def adopt(self, *names: str) -> None:
        """An administrator has installed the app for these people: the bot is told of each, and greets them. Then a clean page."""
        await asyncio.gather(*(self.teams.install(name) for name in names))
        await self.teams.until(lambda: all(self.teams.dms(name) for name in names), what="greetings")
        await self.teams.calm(0.05)
        for noted in (self.teams.world.shown, self.teams.world.typing, self.teams.connector.calls, self.teams.sent):
            noted.clear()

    async def close(self) -> None:
        if self.app is not None:
            await self.app.close()
            self.app = None

    async def restart(self, **other: Any) -> None:
        """The process ends and another takes over, on the same record."""
        await self.close()
        await self.open(**other)

    @property
    def ledger(self) -> Any:
        assert self.app is not None
        return self.app.ledger

    async def tickets(self) -> list[Ticket]:
        """Oldest first."""
        return list(reversed(await self.ledger.tickets(limit=200)))

    async def heard(self, ticket: Ticket) -> list[str]:
        """What people wrote in a ticket, oldest first."""
        return [str(m["text"]) for m in await self.ledger.messages(ticket.id) if m["text"]]

    async def plans(self) -> list[Plan]:
        return list(await self.ledger.plans())

    async def settled(self, *states: PlanState) -> Plan:
        """Waits until the newest plan is in one of these states."""

        async def there() -> Plan | None:
            plans = await self.plans()
            return plans[-1] if plans and plans[-1].state in states else None

        found = await self.teams.until(there, what=f"a plan that is {states}")
        assert isinstance(found, Plan)
        return found

    async def holds(self, who: str) -> set[str]:
        """The systems somebody holds."""
        return {g.system for g in (await self.ledger.directory()).grants_of(mail(who))}

    async def later(self, by: timedelta) -> None:
        """Time passes, and whatever waits looks at the clock again."""
        assert self.app is not None
        self.clock.moved += by
        await self.app.desk.fulfilment.expire()
        for run in await self.app.engine.list():
            await self.app.engine.signal(run.plan)

    async def sees(self, who: str, *words: str, button: str = "") -> Shown:
        return await self.teams.told(who, *words, button=button)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a desk that was opened once: copied, it opens five times as fast."""
    folder = tmp_path_factory.mktemp("company")

    async def opened() -> None:
        settings = Settings(data_dir=folder, teams_app_id=APP_ID)
        await (await open_app(settings, [TeamsChannel(settings, Clock())])).close()

    asyncio.run(opened())
    return folder


@pytest.fixture
async def teams() -> AsyncIterator[Teams]:
    opened = await standin().open()
    yield opened
    await opened.close()


@pytest.fixture
async def closed(teams: Teams, tmp_path: Path, clock: Clock, company: Path) -> AsyncIterator[House]:
    """Everything but the desk itself, for tests that open it in a way of their own."""
    shutil.copytree(company, tmp_path, dirs_exist_ok=True)
    world = teams.world
    everybody = [world.user(name) for name in EVERYBODY]
    house = House(
        teams,
        tmp_path,
        clock,
        world.channel("help", everybody),
        world.channel("helpdesk", [world.user(name) for name in ANALYSTS], team="Help desk"),
        world.group("lunch", everybody[:5]),
    )
    yield house
    await house.close()


@pytest.fixture
async def house(closed: House) -> House:
    await closed.open()
    await closed.adopt(*APPROVERS)
    return closed
