"""The desk's own speed, in-process on the demo company: message in → first reply out, 100 conversations at once, start, memory."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bot.app import App, open_app
from bot.domain.messages import Message, Post, Reply
from bot.domain.tickets import Place
from bot.settings import Settings

PEOPLE = ["rosa.delgado", "tom.becker", "lucy.chen", "emily.clarke", "niels.jensen", "chloe.martin"]
QUESTIONS = [
    "Why isn't my Microsoft Teams microphone working?",
    "how do I connect to the vpn from home",
    "the printer on my floor does not print",
    "my laptop is very slow",
    "how do I set up an out of office message",
]


class Counting:
    """A channel that notes when each conversation hears its first reply."""

    name = "bench"
    pace = 0.0

    def __init__(self) -> None:
        self.first: dict[str, float] = {}

    def direct(self, email: str, ticket: str) -> Place:
        return Place(channel=self.name, conversation=email, thread=f"dm-{ticket}")

    def analysts(self, ticket: str) -> Place:
        return Place(channel=self.name, conversation="analysts", thread=ticket)

    def shared(self, place: Place) -> bool:
        return False

    async def whisper(self, message: Message, reply: Reply) -> bool:
        return False

    async def show(self, post: Post) -> str:
        self.first.setdefault(post.place.thread, time.perf_counter())
        return str(post.id)


def spread(name: str, values: list[float], unit: str = "ms") -> None:
    """Prints a median with its spread."""
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
    low, mid = ordered[0], statistics.median(ordered)
    print(f"{name}: median {mid:.1f} {unit}, p95 {p95:.1f}, min {low:.1f}, max {ordered[-1]:.1f} (n={len(ordered)})")


async def first_replies(app: App, channel: Counting, texts: list[str], runs: int) -> list[float]:
    """Milliseconds from hearing a message to the first reply in its thread, one conversation after the other."""
    took = []
    for n in range(runs):
        thread = f"{texts[0][:8]}-{n}"
        place = Place(channel="bench", conversation=PEOPLE[n % len(PEOPLE)], thread=thread)
        message = Message(
            id=thread,
            person=f"{PEOPLE[n % len(PEOPLE)]}@brightwater.example",
            place=place,
            text=texts[n % len(texts)],
            at=datetime.now(UTC),
        )
        began = time.perf_counter()
        await app.desk.hearing.hear(message)
        took.append((channel.first[thread] - began) * 1000)
    return took


async def at_once(app: App, round_: int) -> float:
    """Messages per second with 100 conversations at once, three messages each; every round has threads of its own."""

    async def one(number: int) -> None:
        who = PEOPLE[number % len(PEOPLE)]
        for turn in range(3):
            name = f"r{round_}-{number}-{turn}"
            place = Place(channel="bench", conversation=who, thread=name)
            text = QUESTIONS[(number + turn) % len(QUESTIONS)]
            await app.desk.hearing.hear(Message(id=name, person=f"{who}@brightwater.example", place=place, text=text, at=datetime.now(UTC)))

    began = time.perf_counter()
    await asyncio.gather(*(one(n) for n in range(100)))
    return 300 / (time.perf_counter() - began)


async def measure(folder: Path, body: Callable[[App, Counting], Awaitable[None]]) -> float:
    """Opens the desk, runs the body, and returns the seconds that opening took."""
    channel = Counting()
    began = time.perf_counter()
    app = await open_app(Settings(data_dir=folder), [channel])
    took = time.perf_counter() - began
    await body(app, channel)
    await app.close()
    return took


async def main() -> None:
    async def nothing(app: App, channel: Counting) -> None:
        return None

    async def body(app: App, channel: Counting) -> None:
        await first_replies(app, channel, ["warm up please, how do I print"], 10)
        spread("message → first reply, an answer", await first_replies(app, channel, QUESTIONS, 100))
        spread("message → first reply, a plan", await first_replies(app, channel, ["I need access to Figma for two weeks"], 60))
        rates = [await at_once(app, n) for n in range(3)]
        spread("100 conversations at once", rates, "messages/s")
        await asyncio.sleep(2)

    with tempfile.TemporaryDirectory() as folder:
        print(f"ready, first start: {await measure(Path(folder), nothing):.2f} s")
        spread("ready, warm", [await measure(Path(folder), nothing) for _ in range(3)], "s")
        await measure(Path(folder), body)
    print(f"resident memory: {psutil.Process().memory_info().rss / 1e6:.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())
