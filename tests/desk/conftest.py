"""The whole desk on the demo company, with a channel that keeps what it is given."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, open_app
from bot.domain.messages import Button, Click, File, Message, Post, Reply, Status
from bot.domain.people import Person
from bot.domain.plans import Plan, PlanState
from bot.domain.tickets import Place, Ticket
from bot.settings import Settings

DOMAIN = "brightwater.example"


def mail(name: str) -> str:
    """ "John Smith" → his address."""
    return name.lower().replace(" ", ".") + "@" + DOMAIN


class Room:
    """A channel for tests: a conversation per person, threads in it, the analysts' channel, and "#…" where many read along."""

    name = "room"
    pace = 0.0

    def __init__(self) -> None:
        self.shown: list[Post] = []
        self.whispered: list[tuple[str, str]] = []

    def direct(self, email: str, ticket: str) -> Place:
        return Place(channel=self.name, conversation=email, thread=f"dm-{ticket}")

    def analysts(self, ticket: str) -> Place:
        return Place(channel=self.name, conversation="analysts", thread=ticket)

    def shared(self, place: Place) -> bool:
        return place.conversation.startswith("#")

    async def whisper(self, message: Message, reply: Reply) -> bool:
        if not self.shared(message.place):
            return False
        assert isinstance(reply, Status)
        self.whispered.append((message.person, reply.text))
        return True

    async def show(self, post: Post) -> str:
        self.shown.append(post)
        return f"{post.place.conversation}-{post.id}"


@dataclass
class Clock:
    """A clock that can be moved forward."""

    moved: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved


@dataclass
class Desk:
    """What tests do: say, press, fill in, wait."""

    app: App
    room: Room
    clock: Clock
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def ledger(self) -> Any:
        return self.app.ledger

    async def hear(self, who: str, place: Place, **message: Any) -> None:
        number = next(self.numbers)
        await self.app.desk.hearing.hear(
            Message(id=message.pop("id", f"m{number}"), person=mail(who) if " " in who else who, place=place, at=self.clock(), **message)
        )

    async def say(self, who: str, text: str, thread: str = "", **message: Any) -> Place:
        """Says something in a new thread, or in one there is; returns the place."""
        place = Place(channel="room", conversation=mail(who), thread=thread or f"t{next(self.numbers)}")
        await self.hear(who, place, text=text, **message)
        return place

    async def ticket(self, place: Place) -> Ticket:
        found = await self.ledger.ticket_at(place)
        assert found is not None
        return found

    async def posts(self, place: Place) -> list[Post]:
        return list(await self.ledger.posts(place=place))

    async def last(self, place: Place, kind: str) -> Any:
        """The newest reply of this kind at a place."""
        found = [p.reply for p in await self.posts(place) if p.reply.kind == kind]
        assert found, f"no {kind} at {place}; there are {[(p.reply.kind, p.reply) for p in await self.posts(place)]}"
        return found[-1]

    async def press(self, who: str, place: Place, button: Button | str, ref: str = "", **values: Any) -> None:
        verb = button if isinstance(button, str) else button.verb
        ref = ref if isinstance(button, str) else button.ref
        await self.hear(who, place, click=Click(verb=verb, ref=ref, values=values))

    async def choose(self, who: str, place: Place, value: str) -> None:
        """Answers the newest form's first field."""
        form = await self.last(place, "form")
        await self.press(who, place, "form", form.id, **{form.fields[0].name: value})

    async def plan(self, place: Place) -> Plan:
        plans = await self.ledger.plans((await self.ticket(place)).id)
        assert plans, f"no plan; there are {[(p.reply.kind, getattr(p.reply, 'text', '')) for p in await self.posts(place)]}"
        return plans[-1]

    async def until(self, check: Callable[[], Any], seconds: float = 15.0) -> Any:
        """Waits for something to become true."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            found = await check()
            if found:
                return found
            assert asyncio.get_running_loop().time() < deadline, "this did not happen in time"
            await asyncio.sleep(0.02)

    async def settled(self, place: Place, *states: PlanState) -> Plan:
        """Waits until the thread's newest plan is in one of these states."""

        async def there() -> Plan | None:
            plan = await self.plan(place)
            asked = plan.state is not PlanState.ASKING or any(a.state == "open" for a in await self.ledger.approvals(plan.id))
            return plan if plan.state in states and asked else None

        try:
            found = await self.until(there)
        except AssertionError:
            plan = await self.plan(place)
            raise AssertionError(f"the plan is {plan.state}: {plan.note}") from None
        assert isinstance(found, Plan)
        return found

    async def approve(self, plan: Plan) -> None:
        """Everybody who is asked says yes, stage by stage."""
        for _ in range(6):
            waiting = [a for a in await self.ledger.approvals(plan.id) if a.state == "open"]
            if not waiting:
                return
            for approval in waiting:
                for email in approval.approvers[: approval.quorum]:
                    place = self.room.analysts(plan.ticket) if approval.kind == "it" else self.room.direct(email, plan.ticket)
                    await self.until(lambda at=place: self.posts(at))  # type: ignore[misc]
                    await self.hear(email, place, click=Click(verb="approve", ref=approval.id))

            async def moved(ids: tuple[str, ...] = tuple(a.id for a in waiting)) -> bool:
                now = await self.ledger.plan(plan.id)
                opened = [a for a in await self.ledger.approvals(plan.id) if a.state == "open" and a.id not in ids]
                return now.state is not PlanState.ASKING or bool(opened)

            await self.until(moved)

    async def person(self, name: str) -> Person:
        return (await self.ledger.directory()).person(mail(name))

    def file(self, name: str, content: bytes) -> File:
        return File(name=name, media_type="image/png", content=content)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(tmp_path: Path, clock: Clock) -> AsyncIterator[Desk]:
    room = Room()
    settings = Settings(data_dir=tmp_path, retry_seconds=0.05, retries=2)
    app = await open_app(settings, [room], clock=clock)
    opened = Desk(app, room, clock)
    yield opened
    await opened.app.close()
