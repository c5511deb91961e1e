"""Teams' speed, over HTTP with signed requests, on the demo company: activity in → answered, first sign of life, and what the channel
adds to the bare desk."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.channels.teams.channel import TeamsChannel

from bot.app import App, open_app
from bot.desk.ports import Hearing
from bot.domain.messages import Message, Post, Reply
from bot.domain.tickets import Place
from bot.settings import Settings
from tests.teams.conftest import free_port
from tests.teams.standin.teams import APP_ID, SECRET, Teams, standin
from tests.teams.standin.world import TENANT, Chat, Shown

PEOPLE = ["Rosa Delgado", "Tom Becker", "Lucy Chen", "Emily Clarke", "Niels Jensen", "Chloe Martin"]
QUESTIONS = [
    "Why isn't my Microsoft Teams microphone working?",
    "how do I connect to the vpn from home",
    "the printer on my floor does not print",
    "my laptop is very slow",
    "how do I set up an out of office message",
]
AT_ONCE = 50


def spread(name: str, values: list[float], unit: str = "ms") -> None:
    """Prints a median with its spread."""
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))]
    low, mid = ordered[0], statistics.median(ordered)
    print(f"{name}: median {mid:.1f} {unit}, p99 {p99:.1f}, min {low:.1f}, max {ordered[-1]:.1f} (n={len(ordered)})")


@dataclass
class Bare:
    """A channel that does nothing but note when each thread hears its first reply."""

    name: str = "bench"
    pace: float = 0.0
    first: dict[str, float] = field(default_factory=dict)

    def shared(self, place: Place) -> bool:
        return False

    def direct(self, email: str, ticket: str) -> Place:
        return Place(channel=self.name, conversation=email, thread=f"dm-{ticket}")

    def analysts(self, ticket: str) -> Place:
        return Place(channel=self.name, conversation="analysts", thread=ticket)

    async def whisper(self, message: Message, reply: Reply) -> bool:
        return False

    async def show(self, post: Post) -> str:
        self.first.setdefault(post.place.thread, time.perf_counter())
        return str(post.id)


async def bare(hearing: Hearing, channel: Bare, runs: int) -> list[float]:
    """Milliseconds from hearing a question to the first reply, without any channel to speak of."""
    took = []
    for n in range(runs):
        who = PEOPLE[n % len(PEOPLE)].lower().replace(" ", ".") + "@brightwater.example"
        place = Place(channel="bench", conversation=who, thread=f"t{n}")
        began = time.perf_counter()
        text = QUESTIONS[n % len(QUESTIONS)]
        await hearing.hear(Message(id=f"b{n}", person=who, place=place, text=text, at=datetime.now(UTC)))
        took.append((channel.first[f"t{n}"] - began) * 1000)
    return took


@dataclass
class Watched:
    """When the connector was first written to in each thread: a sign of life, and a message."""

    teams: Teams
    help: Chat
    alive: dict[str, float] = field(default_factory=dict)
    said: dict[str, float] = field(default_factory=dict)

    def look(self) -> None:
        """Reads what the stand-in noted; it notes the moment by the same clock."""
        for where, at in self.teams.world.typing:
            self.alive.setdefault(where.partition(";messageid=")[2], at)
        for shown, at in self.teams.connector.written:
            if shown.root:
                self.alive.setdefault(shown.root, at)
                self.said.setdefault(shown.root, at)


async def one(teams: Teams, place: Chat, n: int, answered: list[float], began: dict[str, float]) -> Shown:
    start = time.monotonic()
    shown = await teams.say(PEOPLE[n % len(PEOPLE)], QUESTIONS[n % len(QUESTIONS)], place)
    answered.append((time.monotonic() - start) * 1000)
    began[shown.id] = start
    return shown


async def through_teams(app: App, teams: Teams, place: Chat) -> list[float]:
    """One thread after the other; then fifty at once, three rounds. Returns the milliseconds to the first reply of the single ones."""
    watched, answered, began = Watched(teams, place), [], {}
    for n in range(60):
        shown = await one(teams, place, n, answered, began)
        await teams.until(lambda root=shown.id: teams.messages(place, root))  # type: ignore[misc]
    watched.look()
    single = [(watched.said[root] - at) * 1000 for root, at in began.items()]
    spread("activity → first reply, one after the other", single)
    answered, began = [], {}
    for _ in range(3):
        asked = await asyncio.gather(*(one(teams, place, n, answered, began) for n in range(AT_ONCE)))
        await teams.until(lambda roots=asked: all(teams.messages(place, a.id) for a in roots), seconds=60)  # type: ignore[misc]
    watched.look()
    spread(f"activity in → HTTP 200, {AT_ONCE} conversations at once", answered)
    spread(
        f"activity in → first sign of life, {AT_ONCE} conversations at once", [(watched.alive[r] - at) * 1000 for r, at in began.items()]
    )
    return single


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        channel = Bare()
        app = await open_app(Settings(data_dir=Path(folder)), [channel])
        await bare(app.desk.hearing, channel, 10)
        alone = await bare(app.desk.hearing, channel, 60)
        spread("bare desk, message → first reply", alone)
        await app.close()
    teams = await standin().open()
    with tempfile.TemporaryDirectory() as folder:
        people = [teams.world.user(n) for n in PEOPLE]
        place, analysts = teams.world.channel("help", people), teams.world.channel("helpdesk", people)
        port = free_port()
        settings = Settings(
            data_dir=Path(folder),
            home="teams",
            teams_app_id=APP_ID,
            teams_app_password=SECRET,  # type: ignore[arg-type]
            teams_tenant_id=TENANT,
            teams_analysts=analysts.id,
            teams_service_url=f"{teams.base}/teams/",
            teams_login_url=teams.base,
            teams_openid_url=f"{teams.base}/v1/.well-known/openidconfiguration",
            teams_port=port,
        )
        slow = TeamsChannel(settings, lambda: datetime.now(UTC))
        slow.pace = 0.001  # one conversation stands for fifty here; its pace is Teams' business, not this measurement's
        app = await open_app(settings, [slow])
        await app.start()
        teams.endpoint = f"http://127.0.0.1:{port}/api/messages"
        single = await through_teams(app, teams, place)
        print(f"overhead of the channel: {statistics.median(single) - statistics.median(alone):.1f} ms (median)")
        await app.close()
    await teams.close()


if __name__ == "__main__":
    asyncio.run(main())
