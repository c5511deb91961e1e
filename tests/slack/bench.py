"""Slack's speed, through the real stack and the stand-in: acknowledgement, first sign of life, and what the channel adds."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import open_app
from bot.domain.messages import Message, Reply
from bot.domain.people import Employment, Standing
from bot.domain.tickets import Place
from bot.settings import Settings
from tests.desk.bench import QUESTIONS, Counting, spread
from tests.slack.conftest import HELP, House
from tests.slack.standin.delivery import Delivery
from tests.slack.standin.driver import Slack

CONVERSATIONS = 50
TURNS = 4
SINGLE = 40
FIRST_SIGNS = ("reactions.add",)


def centile(values: list[float], of: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * of))]


def report(name: str, values: list[float]) -> None:
    """Milliseconds: median, 99th percentile, worst."""
    print(f"{name}: p50 {statistics.median(values):.1f} ms, p99 {centile(values, 0.99):.1f}, max {max(values):.1f} (n={len(values)})")


async def people(house: House) -> list[str]:
    known = (await house.ledger.directory()).people.values()
    return [p.name for p in known if p.status is Standing.ACTIVE and p.type is not Employment.SERVICE]


def acknowledged(deliveries: list[Delivery]) -> list[float]:
    """Milliseconds from sending each event to its acknowledgement; one that took more than one try counts from the first."""
    assert all(d.acked for d in deliveries)
    return [(d.attempts[-1].at - d.attempts[0].at + (d.attempts[-1].took or 0)) * 1000 for d in deliveries]


async def talk(house: House, who: str, number: int, began: dict[str, float]) -> None:
    """One conversation: a question by name, and follow-ups in its thread, each after the answer to the one before."""
    slack, thread = house.slack, ""
    for turn in range(TURNS):
        at, question = time.monotonic(), QUESTIONS[(number + turn) % len(QUESTIONS)]
        said = await (slack.say(who, HELP, question, thread) if thread else slack.mention(who, HELP, question))
        thread = thread or said["ts"]
        began[said["ts"]] = at
        await slack.until(lambda root=thread, wanted=turn + 1: len(slack.messages(HELP, root)) >= wanted, 120)


async def crowd(house: House) -> tuple[list[float], list[float]]:
    """Fifty conversations at once: acknowledgements and first signs of life, in milliseconds."""
    slack, names, began = house.slack, await people(house), dict[str, float]()
    before, calls = len(slack.office.all), len(slack.state.calls)
    await asyncio.gather(*(talk(house, names[n % len(names)], n, began) for n in range(CONVERSATIONS)))
    await house.quiet()
    return acknowledged(slack.office.all[before:]), first_signs(slack, began, calls)


def first_signs(slack: Slack, began: dict[str, float], since: int) -> list[float]:
    """For each message, the milliseconds until its author could see that it was noticed."""
    first: dict[str, float] = {}
    for call in slack.state.calls[since:]:
        if call.method in FIRST_SIGNS and call.result == "ok":
            first.setdefault(str(call.args.get("timestamp") or call.args.get("thread_ts")), call.at)
    return [(first[ts] - at) * 1000 for ts, at in began.items()]


async def one_by_one(house: House) -> list[float]:
    """Milliseconds from an event's being sent to the answer's arrival at Slack, one conversation after the other."""
    slack, names, took = house.slack, await people(house), []
    for n in range(SINGLE):
        since = len(slack.state.calls)
        began = time.monotonic()
        said = await slack.mention(names[n % len(names)], HELP, QUESTIONS[n % len(QUESTIONS)])
        await slack.until(lambda ts=said["ts"]: slack.messages(HELP, ts), 30)
        posted = next(c for c in slack.state.calls[since:] if c.method == "chat.postMessage" and c.args.get("thread_ts") == said["ts"])
        took.append((posted.at - began) * 1000)
        await house.quiet()
    return took


class Bare(Counting):
    """The desk's own channel of the bench, in a place where others read along."""

    pace = 0.0

    def shared(self, place: Place) -> bool:
        return True

    async def whisper(self, message: Message, reply: Reply) -> bool:
        return False


async def bare(folder: Path, names: list[str]) -> list[float]:
    """The same messages heard by the desk alone, in milliseconds until the first reply is drawn."""
    channel, took = Bare(), []
    app = await open_app(Settings(data_dir=folder), [channel])
    by_name = {p.name: p.email for p in (await app.ledger.directory()).people.values()}
    for n in range(-2, SINGLE):
        place = Place(channel="bench", conversation="C1", thread=str(n))
        who, text = by_name[names[n % len(names)]], QUESTIONS[n % len(QUESTIONS)]
        message = Message(id=str(n), person=who, place=place, text=text, named=True, begins=True, at=datetime.now(UTC))
        began = time.perf_counter()
        await app.desk.hearing.hear(message)
        took.append((channel.first[str(n)] - began) * 1000)
    await app.close()
    return took[2:]


async def in_mode(mode: str, body: Callable[[House], Any]) -> Any:
    """Opens a desk in Slack, and does something with it."""
    with tempfile.TemporaryDirectory() as folder:
        slack = Slack()
        await slack.start()
        slack.echoes = False
        house = House(slack, Path(folder), mode, pace=0.001)
        try:
            await house.open()
            await slack.mention("Rosa Delgado", HELP, "hello")
            await house.quiet()
            return await body(house)
        finally:
            await house.close()
            await slack.stop()


async def main() -> None:
    for mode in ("socket", "http"):
        acks, signs = await in_mode(mode, crowd)
        report(f"{mode}: event in → acknowledged, {CONVERSATIONS} conversations at once", acks)
        report(f"{mode}: event in → first sign of life, {CONVERSATIONS} conversations at once", signs)
        through = await in_mode(mode, one_by_one)
        names = await in_mode(mode, people)
        with tempfile.TemporaryDirectory() as folder:
            alone = await bare(Path(folder), names)
        spread(f"{mode}: event in → answer, one at a time", through)
        spread("the bare desk on the same messages", alone)
        print(f"{mode}: what the channel adds: {statistics.median(through) - statistics.median(alone):.1f} ms, median")


if __name__ == "__main__":
    asyncio.run(main())
