"""The whole desk on the demo company, in a Slack of its own: over sockets unless a test asks for both modes."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.vendors.demo.seed import COMPANY
from bot.app import App, open_app
from bot.channels import slack as slack_folder
from bot.channels.slack.channel import SlackChannel
from bot.domain.plans import Plan, PlanState
from bot.domain.tickets import Ticket
from bot.settings import Settings
from tests.slack.standin.driver import Slack, Upload
from tests.slack.standin.state import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.slack.standin.workspace import Json

DOMAIN = "brightwater.example"
ANALYSTS = "C0ANALYST"
HELP = "C0ITHELP"
ENDPOINT = "/slack/events"
BOTH = ["socket", "http"]


def mail(name: str) -> str:
    """ "John Smith" → his address."""
    return name.lower().replace(" ", ".") + "@" + DOMAIN


def specimen(name: str) -> Upload:
    """A picture of an ID, as somebody uploads it."""
    return (f"{name}.png", "image/png", (COMPANY / "id_documents" / f"{name}.png").read_bytes())


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class Clock:
    """A clock that can be moved forward."""

    moved: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved


@dataclass
class House:
    """The desk in Slack. `expected` are refusals that a test provokes on purpose; all others fail it when it ends, and so does
    an event that was not acknowledged, unless the test is `careless` about that."""

    slack: Slack
    folder: Path
    mode: str = "socket"
    clock: Clock = field(default_factory=Clock)
    extra: dict[str, Any] = field(default_factory=dict)
    pace: float = 0.01
    patience: float = 45.0
    port: int = field(default_factory=free_port)
    expected: set[str] = field(default_factory=set)
    careless: bool = False
    echoes: list[Any] = field(default_factory=list)
    """What Slack told of the desk's own last words when it listened no more: nobody misses it."""
    app: App | None = None
    channel: SlackChannel | None = None

    def settings(self) -> Settings:
        listen = {"slack_app_token": APP_TOKEN} if self.mode == "socket" else {"slack_signing_secret": SIGNING_SECRET}
        return Settings(
            **{
                "data_dir": self.folder,
                "retry_seconds": 0.05,
                "retries": 2,
                "home": "slack",
                "slack_bot_token": BOT_TOKEN,
                "slack_analysts": ANALYSTS,
                "slack_api_url": self.slack.api_url,
                "slack_port": self.port,
                **listen,
                **self.extra,
            }
        )

    async def open(self, **extra: Any) -> House:
        """Opens the desk; returns once Slack can reach it."""
        self.extra |= extra
        settings = self.settings()
        self.channel = SlackChannel(settings, self.clock)
        self.channel.pace, self.channel.patience = self.pace, self.patience
        self.app = await open_app(settings, [self.channel], clock=self.clock)
        await self.app.start()
        if self.mode == "http":
            self.slack.over_http(f"http://127.0.0.1:{self.port}{ENDPOINT}")
        else:
            await self.slack.until(lambda: self.slack.sockets.live)
        return self

    async def close(self) -> None:
        if self.app is not None:
            await self.app.close()
            self.app = None

    async def restart(self) -> None:
        """The process ends, and another takes over the same record."""
        await self.close()
        self.echoes += [d for d in self.slack.office.all if d.attempts and not d.acked and '"bot_id"' in json.dumps(d.body)]
        await self.open()

    # ---- what the record says

    @property
    def ledger(self) -> Any:
        assert self.app is not None
        return self.app.ledger

    async def tickets(self) -> list[Ticket]:
        """Oldest first."""
        return list(reversed(await self.ledger.tickets(limit=200)))

    async def ticket(self) -> Ticket:
        """The one there is."""
        (only,) = await self.tickets()
        return only

    async def heard(self, ticket: Ticket) -> list[str]:
        """What people wrote in a ticket, oldest first."""
        return [str(m["text"]) for m in await self.ledger.messages(ticket.id) if m["text"]]

    async def plans(self) -> list[Plan]:
        return list(await self.ledger.plans())

    async def settled(self, *states: PlanState) -> Plan:
        """Waits until the newest plan is in one of these states."""

        async def there() -> Plan | None:
            plans = sorted(await self.plans(), key=lambda p: p.created)
            return plans[-1] if plans and plans[-1].state in states else None

        try:
            return await self.slack.until(there)  # type: ignore[no-any-return]
        except AssertionError as late:
            raise AssertionError(f"the plans are {[(p.state, p.note) for p in await self.plans()]}; {late}") from None

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

    async def quiet(self) -> None:
        """Waits until everything that was said is drawn, and nothing more comes."""

        async def drawn() -> bool:
            return not await self.ledger.undrawn("slack") and not await self.ledger.unhandled()

        await self.slack.until(drawn)

    # ---- what people do in several moves

    def thread_of(self, where: str, words: str) -> Callable[[], Json | None]:
        """Finds the root message of the bot's that holds these words."""
        from tests.slack.standin.driver import shown

        def there() -> Json | None:
            return next((m for m in self.slack.messages(where) if words in shown(m) and m.get("thread_ts") in (None, m["ts"])), None)

        return there


@pytest.fixture
def mode(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "socket"))


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    running = Slack()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture(scope="session")
def manifest() -> dict[str, Any]:
    """What an admin creates the app from."""
    return dict(yaml.safe_load(Path(slack_folder.__file__).with_name("manifest.yaml").read_text()))


@pytest.fixture
async def closed_house(slack: Slack, tmp_path: Path, mode: str, manifest: dict[str, Any]) -> AsyncIterator[House]:
    """A house whose desk a test opens itself, with the scopes and events of the manifest. In the end Slack must not have refused
    anything that the test did not provoke."""
    slack.state.scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    slack.state.subscribed = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    made = House(slack, tmp_path, mode)
    yield made
    if made.app is not None and not made.careless:
        await slack.until(lambda: all(d.acked or d in made.echoes for d in slack.office.all if d.attempts))
    await made.close()
    refused = [line for line in slack.refused() if not any(word in line for word in made.expected)]
    assert not refused, refused[:5]
    assert not slack.state.complaints, slack.state.complaints[:5]


@pytest.fixture
async def house(closed_house: House) -> House:
    return await closed_house.open()


both = pytest.mark.parametrize("mode", BOTH, indirect=True)
over_http = pytest.mark.parametrize("mode", ["http"], indirect=True)
