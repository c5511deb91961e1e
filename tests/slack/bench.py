"""The Slack channel's speed, through the real stack against the stand-in: acknowledgement, first sign of life, and what the channel adds."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain.messages import Message
from bot.domain.people import Employment, Standing
from bot.domain.tickets import Place
from tests.desk.bench import QUESTIONS, Counting, measure, spread
from tests.slack.conftest import HELP, House
from tests.slack.standin.delivery import Delivery
from tests.slack.standin.driver import Slack
from tests.slack.standin.workspace import Json

CONVERSATIONS = 50
ROUNDS = 4
SINGLE = 40
FIRST_SIGNS = ("reactions.add", "assistant.threads.setStatus", "chat.postMessage", "chat.startStream")


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


async def crowd(house: House) -> tuple[list[float], list[float]]:
    """Fifty conversations at once, one message each, round after round: acknowledgements and first signs of life, in milliseconds."""
    slack, names = house.slack, await people(house)
    acks: list[float] = []
    signs: list[float] = []
    for round_ in range(ROUNDS):
        before, began, calls = len(slack.office.all), {}, len(slack.state.calls)

        async def one(number: int, began: dict[str, float] = began, round_: int = round_) -> Json:
            at = time.monotonic()
            said = await slack.mention(names[number % len(names)], HELP, QUESTIONS[(number + round_) % len(QUESTIONS)])
            began[said["ts"]] = at
            return said

        said = await asyncio.gather(*(one(n) for n in range(CONVERSATIONS)))
        for message in said:
            await slack.until(lambda ts=message["ts"]: slack.messages(HELP, ts), 120)
        await house.quiet()
        acks += acknowledged(slack.office.all[before:])
        signs += first_signs(slack, began, calls)
    return acks, signs


def first_signs(slack: Slack, began: dict[str, float], since: int) -> list[float]:
    """For each message, the milliseconds until the first thing that its author could see."""
    first: dict[str, float] = {}
    for call in slack.state.calls[since:]:
        ts = str(call.args.get("timestamp") or call.args.get("thread_ts") or "")
        if call.method in FIRST_SIGNS and call.result == "ok":
            first.setdefault(ts, call.at)
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


async def bare(folder: Path, names: list[str]) -> list[float]:
    """The same messages heard by the desk alone."""
    took: list[float] = []

    async def body(app: Any, channel: Counting) -> None:
        directory = await app.ledger.directory()
        by_name = {p.name: p.email for p in directory.people.values()}
        for n in range(SINGLE):
            place = Place(channel="bench", conversation="C1", thread=str(n))
            who = by_name[names[n % len(names)]]
            message = Message(id=str(n), person=who, place=place, text=QUESTIONS[n % len(QUESTIONS)], named=True, at=datetime.now(UTC))
            began = time.perf_counter()
            await app.desk.hearing.hear(message)
            took.append((channel.first[str(n)] - began) * 1000)

    await measure(folder, body)
    return took


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
