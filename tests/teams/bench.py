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

from bot.app import App, open_app
from bot.channels.teams.channel import TeamsChannel
from bot.desk.ports import Hearing
from bot.domain.messages import Message, Post, Reply
from bot.domain.tickets import Place
from bot.settings import Settings
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
RUNS = 80


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


async def bare(hearing: Hearing, channel: Bare, n: int) -> float:
    """Milliseconds from hearing a question to the first reply, without any channel to speak of."""
    who = PEOPLE[n % len(PEOPLE)].lower().replace(" ", ".") + "@brightwater.example"
    place = Place(channel="bench", conversation=who, thread=f"t{n}")
    began = time.perf_counter()
    text = QUESTIONS[n % len(QUESTIONS)]
    await hearing.hear(Message(id=f"b{n}", person=who, place=place, text=text, at=datetime.now(UTC)))
    return (channel.first[f"t{n}"] - began) * 1000


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


async def one_after_the_other(app: App, teams: Teams, place: Chat, beside: Bare) -> None:
    """The same questions by turns: to the desk itself, and through Teams. The difference is what the channel costs."""
    watched, began = Watched(teams, place), {}
    alone: list[float] = []
    for n in range(RUNS + 10):
        alone.append(await bare(app.desk.hearing, beside, n))
        shown = await one(teams, place, n, [], began)
        await teams.until(lambda root=shown.id: teams.messages(place, root))  # type: ignore[misc]
    watched.look()
    through = [(watched.said[root] - at) * 1000 for root, at in began.items()]
    spread("bare desk, message → first reply", alone[10:])
    spread("through Teams, activity → first reply", through[10:])
    spread("overhead of the channel", [t - a for t, a in zip(through[10:], alone[10:], strict=True)])


async def at_once(teams: Teams, place: Chat) -> None:
    """Fifty threads at once, three rounds."""
    watched, answered, began = Watched(teams, place), [], {}
    for _ in range(3):
        asked = await asyncio.gather(*(one(teams, place, n, answered, began) for n in range(AT_ONCE)))
        await teams.until(lambda roots=asked: all(teams.messages(place, a.id) for a in roots), seconds=60)  # type: ignore[misc]
    watched.look()
    spread(f"activity in → HTTP 200, {AT_ONCE} conversations at once", answered)
    spread(
        f"activity in → first sign of life, {AT_ONCE} conversations at once", [(watched.alive[r] - at) * 1000 for r, at in began.items()]
    )


async def main() -> None:
    teams, beside = await standin().open(), Bare()
    with tempfile.TemporaryDirectory() as folder:
        people = [teams.world.user(n) for n in PEOPLE]
        place, analysts = teams.world.channel("help", people), teams.world.channel("helpdesk", people)
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
            teams_port=0,
        )
        channel = TeamsChannel(settings, lambda: datetime.now(UTC))
        channel.pace = 0.001  # one conversation stands for fifty here; its pace is Teams' business, not this measurement's
        app = await open_app(settings, [channel, beside])
        await app.start()
        teams.endpoint = f"{channel.address}/api/messages"
        await one_after_the_other(app, teams, place, beside)
        await at_once(teams, place)
        await app.close()
    await teams.close()


if __name__ == "__main__":
    asyncio.run(main())
