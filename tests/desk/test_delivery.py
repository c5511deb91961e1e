"""What was said stands on a slow channel in the end, once and as it was said last, whatever happens on the way."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app import open_app
from bot.desk.delivery import FAULTS
from bot.desk.outbox import ANALYSTS, PRIVATE, REQUESTER, Outbox
from bot.desk.parts import Parts
from bot.domain.messages import Message, Post, Reply, Status, Text
from bot.domain.people import DESK
from bot.domain.plans import PlanState
from bot.domain.tickets import Place, Ticket
from bot.errors import BellhopError, NotFound, Refused, TryLater
from bot.ledger.importer import import_rows
from bot.ledger.store import SqlLedger, open_ledger
from bot.settings import Settings
from tests.desk.conftest import Clock, Desk

ANN, BOB = "ann@corp.example", "bob@corp.example"
PACE = 0.05


async def well(_: Post) -> None:
    """Nothing is wrong with the platform."""


class Slow:
    """A platform that keeps what stands in it by its own ids, and does as `before` says before it draws."""

    def __init__(self, name: str = "slow", pace: float = PACE) -> None:
        self.name = name
        self.pace = pace
        self.before: Callable[[Post], Awaitable[None]] = well
        self.stands: dict[str, Post] = {}
        self.tried: list[Post] = []
        self.drawn: list[Post] = []
        self.loops: set[asyncio.AbstractEventLoop] = set()

    def shared(self, place: Place) -> bool:
        return place.conversation.startswith("C")

    def direct(self, email: str, ticket: str) -> Place:
        return Place(channel=self.name, conversation=email, thread=f"dm-{ticket}")

    def analysts(self, ticket: str) -> Place:
        return Place(channel=self.name, conversation="analysts", thread=ticket)

    async def show(self, post: Post) -> str:
        self.tried.append(post)
        self.loops.add(asyncio.get_running_loop())
        await self.before(post)
        if post.ref and post.ref not in self.stands:
            raise NotFound("There is no such message.")
        ref = post.ref or f"{post.place.conversation}:{len(self.stands) + 1}"
        self.stands[ref] = post
        self.drawn.append(post)
        return ref

    async def whisper(self, message: Message, reply: Reply) -> bool:
        return False

    def texts(self, conversation: str = "C1") -> list[str]:
        """What somebody who looks reads there, top to bottom."""
        return [getattr(p.reply, "text", "") for p in self.stands.values() if p.place.conversation == conversation]


class Process:
    """A desk's outbox over a record, and how to wait for it."""

    def __init__(self, ledger: SqlLedger, *channels: Slow) -> None:
        nothing: Any = None
        self.ledger = ledger
        self.channels = channels
        self.parts = Parts(
            ledger=ledger,
            judge=nothing,
            understander=nothing,
            library=nothing,
            vendors=nothing,
            addresses=nothing,
            registry=nothing,
            engine=nothing,
            clock=lambda: datetime.now(UTC),
            channels={c.name: c for c in channels},
            home=channels[0].name,
        )
        self.outbox = Outbox(self.parts)
        self.delivery = self.outbox.delivery

    async def ticket(self, conversation: str = "C1", requester: str = ANN, channel: str = "slow") -> Ticket:
        place = Place(channel=channel, conversation=conversation, thread="t")
        return await self.ledger.open_ticket(requester, place, "help", datetime.now(UTC))

    async def say(self, ticket: Ticket, key: str, text: str = "", audience: str = REQUESTER) -> Post:
        return await self.outbox.post(ticket, audience, key, Text(text=text or key))

    async def settled(self, *, but: int = 0) -> None:
        """Waits until all but so many posts are drawn, or given up."""

        async def left() -> bool:
            return sum([len(await self.ledger.undrawn(c.name)) for c in self.channels]) > but

        await until(left, not_any_more=True)


async def until(check: Callable[[], Any], *, not_any_more: bool = False) -> None:
    """Waits for something to become true, or to be so no more."""
    async with asyncio.timeout(30):
        while True:
            found = check()
            if bool(await found if asyncio.iscoroutine(found) else found) is not not_any_more:
                return
            await asyncio.sleep(0.005)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    opened = open_ledger(tmp_path)
    people = [{"id": "1", "name": "Ann Able", "email": ANN}, {"id": "2", "name": "Bob Baker", "email": BOB}]
    await import_rows(opened, {"people": people}, now=datetime.now(UTC))
    yield opened
    opened.close()


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
async def process(ledger: SqlLedger, slow: Slow) -> AsyncIterator[Process]:
    """A process that is up and draws."""
    up = Process(ledger, slow)
    await up.delivery.take_up()
    yield up
    await up.delivery.close()


async def posted(ledger: SqlLedger, post: Post) -> Post:
    (found,) = await ledger.posts(ticket=post.ticket, place=post.place, key=post.key)
    return found


# --- once, in order, the newest ---------------------------------------------------------------------------------------------------


async def test_what_is_said_stands_there_and_the_record_knows_where(process: Process, slow: Slow) -> None:
    post = await process.say(await process.ticket(), "hello")
    await process.settled()
    assert slow.texts() == ["hello"]
    noted = await posted(process.ledger, post)
    assert (noted.ref, noted.drawn) == ("C1:1", 1)
    assert await process.ledger.post_at("slow", "C1:1") == noted


async def test_a_burst_of_versions_is_drawn_few_times_and_ends_with_the_newest(process: Process, slow: Slow) -> None:
    ticket = await process.ticket()
    for n in range(20):
        await process.say(ticket, "plan", f"step {n}")
    await process.settled()
    assert slow.texts() == ["step 19"]
    assert len(slow.drawn) < 10


async def test_versions_that_come_while_the_first_is_drawn_are_no_further_messages(process: Process, slow: Slow) -> None:
    ticket, go = await process.ticket(), asyncio.Event()

    async def wait(_: Post) -> None:
        await go.wait()

    slow.before = wait
    await process.say(ticket, "plan", "step 0")
    await until(lambda: slow.tried)
    for n in range(1, 20):
        await process.say(ticket, "plan", f"step {n}")
    go.set()
    await process.settled()
    assert slow.texts() == ["step 19"]
    assert [p.reply.text for p in slow.drawn] == ["step 0", "step 19"]  # type: ignore[union-attr]


async def test_order_is_kept_in_a_conversation_though_some_have_to_be_tried_again(process: Process, slow: Slow) -> None:
    ticket, tries = await process.ticket(), Counter[int]()

    async def moody(post: Post) -> None:
        tries[post.id] += 1
        await asyncio.sleep(0.01 * (post.id % 3))
        if post.id % 2 and tries[post.id] < 3:
            raise TryLater(after=0.02) if post.id % 4 == 1 else ConnectionError("reset")

    slow.before = moody
    for n in range(8):
        await process.say(ticket, f"{n}")
    await process.settled()
    assert slow.texts() == [str(n) for n in range(8)]


async def test_new_messages_keep_their_pace_and_hold_up_no_update(process: Process, slow: Slow) -> None:
    slow.pace = 0.3
    ticket = await process.ticket()
    await process.say(ticket, "card", "old")
    await process.settled()
    for n in range(6):
        await process.say(ticket, f"{n}")
    await process.say(ticket, "card", "new")
    await until(lambda: slow.texts()[0] == "new")
    assert len(slow.texts()) < 6, "the others still wait for their turn"
    await process.settled()
    assert slow.texts() == ["new", "0", "1", "2", "3", "4", "5"]


async def test_a_slow_conversation_does_not_hold_up_another(process: Process, slow: Slow) -> None:
    go = asyncio.Event()

    async def stuck(post: Post) -> None:
        if post.place.conversation == "C1":
            await go.wait()

    slow.before = stuck
    await process.say(await process.ticket("C1"), "a")
    other = await process.ticket("C2")
    for n in range(3):
        await process.say(other, f"{n}")
    await until(lambda: slow.texts("C2") == ["0", "1", "2"])
    assert slow.texts("C1") == []
    go.set()
    await process.settled()
    assert slow.texts("C1") == ["a"]


async def test_fifty_conversations_at_once_all_get_everything(process: Process, slow: Slow) -> None:
    async def busy(_: Post) -> None:
        await asyncio.sleep(0.02)

    slow.before = busy
    tickets = [await process.ticket(f"C{n}") for n in range(50)]
    await asyncio.gather(*(process.say(t, f"{n}") for t in tickets for n in range(3)))
    await process.settled()
    assert all(sorted(slow.texts(f"C{n}")) == ["0", "1", "2"] for n in range(50))


async def test_a_conversation_at_rest_holds_no_task(process: Process, slow: Slow) -> None:
    before = asyncio.all_tasks()
    await process.say(await process.ticket(), "hello")
    assert asyncio.all_tasks() - before
    await process.settled()
    await until(lambda: not asyncio.all_tasks() - before)
    await process.say(await process.ticket(), "again")
    await process.settled()
    assert slow.texts() == ["hello", "again"]


# --- a platform that asks to wait, fails or refuses -------------------------------------------------------------------------------


async def test_a_storm_of_429_ends_with_each_message_once_in_its_newest_words(process: Process, slow: Slow) -> None:
    refusals = 0

    async def limited(_: Post) -> None:
        nonlocal refusals
        refusals += 1
        if refusals <= 12:
            raise TryLater("slow down", after=None if refusals < 4 else 0.1)

    slow.before = limited
    ticket = await process.ticket()
    for n in range(5):
        await process.say(ticket, f"{n}")
        await process.say(ticket, "plan", f"step {n}")
    await process.settled()
    assert sorted(slow.texts()) == ["0", "1", "2", "3", "4", "step 4"]
    assert len(slow.tried) == len(slow.drawn) + 12, "while it asks to wait, nothing else is tried"


async def test_a_channel_that_is_not_up_yet_is_waited_for(process: Process, slow: Slow) -> None:
    up = False

    async def starting(_: Post) -> None:
        if not up:
            raise TryLater("I am not connected yet.", after=0.1)

    slow.before = starting
    await process.say(await process.ticket(), "hello")
    await until(lambda: len(slow.tried) > 2)
    up = True
    await process.settled()
    assert slow.texts() == ["hello"]


async def test_what_is_refused_is_tried_once_and_not_again_at_the_next_start(
    process: Process, ledger: SqlLedger, slow: Slow, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(post: Post) -> None:
        if post.key == "bad":
            raise Refused("The blocks are invalid.")

    slow.before = refuse
    ticket = await process.ticket()
    await process.say(ticket, "bad")
    await process.say(ticket, "good")
    await process.settled()
    assert slow.texts() == ["good"]
    assert sum(p.key == "bad" for p in slow.tried) == 1
    assert len([r for r in caplog.records if "The blocks are invalid." in r.getMessage()]) == 1
    again = Process(ledger, slow)
    await again.delivery.take_up()
    await again.say(ticket, "more")
    await again.settled()
    assert sum(p.key == "bad" for p in slow.tried) == 1
    slow.before = well
    await again.say(ticket, "bad", "in other words")
    await again.settled()
    assert slow.texts() == ["good", "more", "in other words"]
    await again.delivery.close()


async def test_what_goes_wrong_unforeseen_is_tried_a_few_times_and_then_given_up(process: Process, slow: Slow) -> None:
    async def broken(post: Post) -> None:
        if post.key == "bad":
            raise ZeroDivisionError
        if post.key == "odd":
            raise asyncio.CancelledError  # something within the channel was cancelled
        if post.key == "record":
            raise BellhopError("The database could not do this.")

    slow.before = broken
    ticket = await process.ticket()
    for key in ("bad", "odd", "record", "good"):
        await process.say(ticket, key)
    await process.settled()
    assert slow.texts() == ["good"]
    assert Counter(p.key for p in slow.tried) == {"bad": FAULTS + 1, "odd": FAULTS + 1, "record": FAULTS + 1, "good": 1}


async def test_analysts_hear_whom_a_channel_could_not_reach_and_why(process: Process, slow: Slow) -> None:
    async def unknown(post: Post) -> None:
        if post.place.conversation == BOB:
            raise NotFound("Nobody here has this address.")

    slow.before = unknown
    ticket = await process.ticket()
    for key in ("approval", "reminder"):
        await process.say(ticket, key, audience=BOB)
    await until(lambda: slow.texts("analysts"))
    await process.settled()
    (told,) = await process.ledger.posts(ticket=ticket.id, key=f"unreachable:{BOB}")
    assert told.reply == Status(text="I could not reach Bob Baker in Slow: Nobody here has this address.", tone="warning")
    assert told.place == slow.analysts(ticket.id)
    assert slow.texts("analysts") == [told.reply.text]


async def test_a_private_answer_that_does_not_arrive_is_owned_up_to_in_the_thread(process: Process, slow: Slow) -> None:
    async def closed(post: Post) -> None:
        if post.place.conversation == ANN:
            raise Refused("The app's messages are turned off.")

    slow.before = closed
    await process.say(await process.ticket(), "answer", audience=PRIVATE)
    await until(lambda: bool(slow.texts()))
    assert slow.texts() == ["I could not write to you privately in Slow: The app's messages are turned off."]


async def test_where_nobody_can_be_told_at_all_it_ends_there(process: Process, slow: Slow) -> None:
    async def closed(_: Post) -> None:
        raise Refused("No.")

    slow.before = closed
    ticket = await process.ticket()
    for audience in (REQUESTER, PRIVATE, ANALYSTS, BOB):
        await process.say(ticket, "x", audience=audience)
    await until(lambda: len(slow.tried) == 6)
    await asyncio.sleep(5 * PACE)
    said = [p.key for p in await process.ledger.posts(ticket=ticket.id)]
    assert sorted(said) == ["unreachable", f"unreachable:{BOB}", "x", "x", "x", "x"]
    assert len(slow.tried) == 6
    assert await process.ledger.undrawn("slow") == []


# --- processes that die, several of them, and a record in trouble -----------------------------------------------------------------


async def test_what_a_process_wrote_down_and_did_not_live_to_draw_is_drawn_once_by_the_next(ledger: SqlLedger, slow: Slow) -> None:
    dead = Process(ledger, slow)
    ticket = await dead.ticket()
    await dead.say(ticket, "first")
    await dead.say(ticket, "card", "old")
    await dead.say(ticket, "card", "new")
    assert slow.tried == []
    heir = Process(ledger, slow)
    await heir.delivery.take_up(["slow"])
    await heir.delivery.take_up(["slow"])
    await heir.settled()
    await heir.delivery.take_up()
    await asyncio.sleep(3 * PACE)
    await heir.delivery.close()
    assert slow.texts() == ["first", "new"]
    assert len(slow.drawn) == 2


class Sluggish(SqlLedger):
    """A record in which looking for what was left takes a while."""

    async def undrawn(self, channel: str) -> Sequence[Post]:
        found = await super().undrawn(channel)
        await asyncio.sleep(0.2)
        return found


async def test_what_was_left_behind_comes_before_what_is_said_meanwhile(tmp_path: Path, slow: Slow) -> None:
    ledger = Sluggish(open_ledger(tmp_path).db)
    dead, heir = Process(ledger, slow), Process(ledger, slow)
    ticket = await dead.ticket()
    for n in range(3):
        await dead.say(ticket, f"{n}")
    await asyncio.gather(heir.delivery.take_up(), heir.say(ticket, "3"))
    await heir.say(ticket, "4")
    await heir.settled()
    await heir.delivery.close()
    ledger.close()
    assert slow.texts() == ["0", "1", "2", "3", "4"]


async def test_saying_again_what_a_dead_process_did_not_draw_draws_it(ledger: SqlLedger, slow: Slow, process: Process) -> None:
    dead = Process(ledger, slow)
    ticket = await dead.ticket()
    await dead.say(ticket, "step 1")
    await process.say(ticket, "step 1")
    await process.settled()
    await process.say(ticket, "step 1")
    await asyncio.sleep(3 * PACE)
    assert slow.texts() == ["step 1"]
    assert len(slow.drawn) == 1


async def test_closing_lets_what_is_being_drawn_finish_and_leaves_the_rest_to_the_next(ledger: SqlLedger, slow: Slow) -> None:
    going = Process(ledger, slow)
    await going.delivery.take_up()

    async def takes_a_while(_: Post) -> None:
        await asyncio.sleep(0.2)

    slow.before = takes_a_while
    ticket = await going.ticket()
    for n in range(5):
        await going.say(ticket, f"{n}")
    await until(lambda: slow.tried)
    await going.delivery.close()
    assert slow.texts() == ["0"]
    assert len(await ledger.undrawn("slow")) == 4
    await going.say(ticket, "5")
    await asyncio.sleep(3 * PACE)
    assert slow.texts() == ["0"], "a process that is closing draws nothing new"
    slow.before = well
    heir = Process(ledger, slow)
    await heir.delivery.take_up()
    await heir.settled()
    await heir.delivery.close()
    assert slow.texts() == ["0", "1", "2", "3", "4", "5"]


async def test_closing_does_not_wait_for_ever(ledger: SqlLedger, slow: Slow) -> None:
    async def hangs(_: Post) -> None:
        await asyncio.Event().wait()

    slow.before = hangs
    going = Process(ledger, slow)
    await going.delivery.take_up()
    before = asyncio.all_tasks()
    await going.say(await going.ticket(), "x")
    await until(lambda: slow.tried)
    async with asyncio.timeout(20):
        await going.delivery.close()
    assert not asyncio.all_tasks() - before
    assert len(await ledger.undrawn("slow")) == 1


async def test_what_another_process_drew_while_this_one_waited_is_not_drawn_again(ledger: SqlLedger, slow: Slow, process: Process) -> None:
    async def limited(post: Post) -> None:
        if len(slow.tried) == 1:
            raise TryLater(after=0.3)

    slow.before = limited
    ticket = await process.ticket()
    await process.say(ticket, "hello")
    await until(lambda: slow.tried)
    other = Process(ledger, slow)
    await other.delivery.take_up()
    await other.settled()
    await asyncio.sleep(0.4)
    await other.delivery.close()
    assert slow.texts() == ["hello"]
    assert len(slow.drawn) == 1


async def test_an_old_version_that_arrives_after_another_processs_newer_one_does_not_stay(
    ledger: SqlLedger, slow: Slow, process: Process
) -> None:
    go, other, ticket = asyncio.Event(), Process(ledger, slow), await process.ticket()
    await process.say(ticket, "card", "asked")
    await process.settled()
    await other.delivery.take_up()

    async def late(post: Post) -> None:
        if post.version == 2:
            await go.wait()

    slow.before = late
    await process.say(ticket, "card", "old")
    await until(lambda: len(slow.tried) == 2)
    await other.say(ticket, "card", "settled")
    await until(lambda: slow.texts() == ["settled"])
    await other.settled()
    await other.delivery.close()
    go.set()
    await until(lambda: [p.version for p in slow.drawn] == [1, 3, 2, 3])
    assert slow.texts() == ["settled"]


@pytest.mark.postgres
async def test_several_processes_that_speak_at_once_end_with_the_last_words_of_all(postgres_url: str, slow: Slow) -> None:
    async def busy(_: Post) -> None:
        await asyncio.sleep(0.01)

    processes = [Process(open_ledger(postgres_url), slow) for _ in range(3)]
    for one in processes:
        await one.delivery.take_up()
    tickets = [await processes[0].ticket(f"C{n}") for n in range(5)]
    for ticket in tickets:
        await processes[0].say(ticket, "card", "begin")
    await processes[0].settled()
    slow.before = busy
    for n in range(6):
        await asyncio.gather(*(one.say(t, "card", f"{n} of {i}") for t in tickets for i, one in enumerate(processes)))
    for one in processes:
        await one.settled()
        await one.delivery.close()
    for ticket in tickets:
        (card,) = await processes[0].ledger.posts(ticket=ticket.id)
        assert card.version == card.drawn == 19
        assert slow.texts(ticket.place.conversation) == [getattr(card.reply, "text", "")], "one message, in its newest words"
    for one in processes:
        one.ledger.close()


class Forgetful(SqlLedger):
    """A record that cannot be written to for a moment."""

    troubles = 0

    async def drawn(self, post_id: int, ref: str, version: int) -> None:
        if self.troubles:
            self.troubles -= 1
            raise BellhopError("The database could not do this.")
        await super().drawn(post_id, ref, version)


async def test_trouble_with_the_record_does_not_say_things_twice(tmp_path: Path, slow: Slow) -> None:
    ledger = Forgetful(open_ledger(tmp_path).db)
    process = Process(ledger, slow)
    await process.delivery.take_up()
    ledger.troubles = 2
    await process.say(await process.ticket(), "hello")
    await process.settled()
    await process.delivery.close()
    ledger.close()
    assert slow.texts() == ["hello"]
    assert len(slow.drawn) == 1


# --- the desk is not bothered by any of it ----------------------------------------------------------------------------------------


async def test_what_is_said_in_other_threads_loops_is_drawn_at_home(process: Process, slow: Slow) -> None:
    speaking: ContextVar[str] = ContextVar("speaking", default="")
    heard: set[str] = set()

    async def listen(_: Post) -> None:
        heard.add(speaking.get())

    slow.before = listen
    tickets = [await process.ticket(f"C{n}") for n in range(4)]

    def elsewhere(ticket: Ticket) -> None:
        async def say() -> None:
            speaking.set("within a workflow")
            for n in range(5):
                await process.say(ticket, "plan", f"step {n}")
                await process.say(ticket, f"{n}")

        asyncio.run(say())

    threads = [threading.Thread(target=elsewhere, args=(t,)) for t in tickets]
    for thread in threads:
        thread.start()
    speaking.set("at home")
    await process.say(await process.ticket("C9"), "here")
    await until(lambda: not any(t.is_alive() for t in threads))
    await process.settled()
    assert slow.loops == {asyncio.get_running_loop()}
    assert heard == {""}
    for n in range(4):
        assert sorted(slow.texts(f"C{n}")) == ["0", "1", "2", "3", "4", "step 4"]


def test_what_is_said_after_the_home_loop_is_gone_waits_in_the_record(tmp_path: Path, slow: Slow) -> None:
    ledger = open_ledger(tmp_path)
    process = Process(ledger, slow)
    asyncio.run(process.delivery.take_up())  # and nobody closed it

    async def speak() -> None:
        await process.say(await process.ticket(), "hello")

    async def take_up() -> None:
        await process.delivery.take_up()
        await process.settled()
        await process.delivery.close()

    asyncio.run(speak())
    assert slow.tried == []
    asyncio.run(take_up())
    ledger.close()
    assert slow.texts() == ["hello"]


@pytest.mark.parametrize("pace", [0.0, PACE])
async def test_a_channel_that_fails_does_not_break_the_desk(ledger: SqlLedger, pace: float, caplog: pytest.LogCaptureFixture) -> None:
    channel = Slow(pace=pace)
    process = Process(ledger, channel)

    async def broken(_: Post) -> None:
        raise RuntimeError("the platform is on fire")

    channel.before = broken
    await process.delivery.take_up()
    with caplog.at_level(logging.CRITICAL):
        post = await process.say(await process.ticket(), "hello")
        await until(lambda: channel.tried)
    assert (await posted(ledger, post)).ref == ""
    await process.delivery.close()


async def test_a_quick_channel_shows_at_once_and_where_it_is_called(ledger: SqlLedger) -> None:
    quick = Slow(pace=0.0)
    process = Process(ledger, quick)
    ticket = await process.ticket()
    for n in range(3):
        post = await process.say(ticket, "plan", f"step {n}")
        assert quick.texts() == [f"step {n}"]
        assert ((await posted(ledger, post)).ref, (await posted(ledger, post)).drawn) == ("C1:1", n + 1)


async def test_words_for_a_channel_that_is_not_configured_wait_for_it(ledger: SqlLedger, slow: Slow) -> None:
    without = Process(ledger, Slow("web", pace=0.0))
    await without.delivery.take_up()
    ticket = await without.ticket()
    await without.say(ticket, "hello")
    assert without.outbox.place(ticket, PRIVATE) == Place(channel="web", conversation=ANN, thread=f"dm-{ticket.id}")
    again = Process(ledger, slow)
    await again.delivery.take_up()
    await again.settled()
    await again.delivery.close()
    assert slow.texts() == ["hello"]


async def test_the_desk_does_not_write_to_itself(process: Process, slow: Slow) -> None:
    ticket = await process.ticket(DESK.email, DESK.email)
    await process.say(ticket, "plan")
    await process.settled()
    assert slow.tried == []


async def test_each_audience_hears_where_it_should(ledger: SqlLedger, slow: Slow) -> None:
    process = Process(ledger, Slow("home"), slow)
    ticket = await process.ticket()
    places = {a: process.outbox.place(ticket, a) for a in (REQUESTER, ANN, PRIVATE, ANALYSTS, BOB)}
    assert places[REQUESTER] == places[ANN] == ticket.place
    assert places[PRIVATE] == Place(channel="slow", conversation=ANN, thread=f"dm-{ticket.id}")
    assert places[ANALYSTS] == Place(channel="home", conversation="analysts", thread=ticket.id)
    assert places[BOB] == Place(channel="home", conversation=BOB, thread=f"dm-{ticket.id}")


async def test_a_whole_request_stands_on_a_platform_that_stutters_as_the_record_has_it(tmp_path: Path) -> None:
    room, clock = Slow("room"), Clock()

    async def stutter(_: Post) -> None:
        await asyncio.sleep(0.01)
        if len(room.tried) % 4 == 0:
            raise TryLater(after=0.1)
        if len(room.tried) % 7 == 0:
            raise TimeoutError

    room.before = stutter
    app = await open_app(Settings(data_dir=tmp_path, retry_seconds=0.05), [room], clock=clock)
    desk: Any = Desk(app, room, clock)  # type: ignore[arg-type]
    await app.desk.delivery.take_up()
    place = await desk.say("Hannah Weber", "Remove John Smith's access to email and Slack.")
    plan = await desk.settled(place, PlanState.ASKING)
    await desk.approve(plan)
    await desk.settled(place, PlanState.DONE)
    process = Process(app.ledger, room)
    await process.settled()
    recorded = await app.ledger.posts(ticket=plan.ticket)
    assert {p.ref: p.reply for p in recorded} == {ref: p.reply for ref, p in room.stands.items()}
    assert {p.reply.kind for p in recorded} >= {"plan", "approval", "brief"}
    await app.close()
