"""The lot that gives a small share of questions to humans: fair, foreseen by nobody, and never where it would hurt."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.desk.analytics import Analytics
from bot.desk.lot import Lots, side
from bot.desk.uses import wire
from bot.domain.resolution import DRAWN, TO_DESK, TO_HUMAN, Ending
from bot.domain.tickets import Place, TicketStatus
from bot.domain.understanding import Intent
from bot.errors import BadSettings
from bot.settings import load
from tests.desk.conftest import Desk

QUESTION = "Why isn't my Microsoft Teams microphone working?"
TOM, ROSA, PRIYA = "Tom Becker", "Rosa Delgado", "Priya Nair"


def key_that(sends: str, *tickets: str) -> bytes:
    """A key under which these tickets all go the same way."""
    return next(k for n in range(100_000) if {side(t, 0.2, k := f"key-{n}".encode()) for t in tickets} == {sends})


@pytest.fixture
def to_human(desk: Desk) -> Desk:
    """A desk whose first tickets are all drawn for a human."""
    return drawing(desk, TO_HUMAN)


def drawing(desk: Desk, sends: str) -> Desk:
    parts = desk.app.desk.parts
    key = key_that(sends, *(f"BH-{n}" for n in range(1001, 1005)))
    parts.terms = replace(parts.terms, straight_share=0.2, straight_key=key)
    return desk


async def kinds(desk: Desk, place: Place) -> list[str]:
    return [e.kind for e in await desk.ledger.entries((await desk.ticket(place)).id)]


async def was_drawn(desk: Desk, who: str, text: str, **more: Any) -> bool:
    place = await desk.say(who, text, **more)
    return DRAWN in await kinds(desk, place)


def test_the_share_is_as_set() -> None:
    key = secrets.token_bytes(32)
    for share in (0.01, 0.05, 0.2):
        drawn = sum(side(f"BH-{n}", share, key) == TO_HUMAN for n in range(20_000))
        deviation = (20_000 * share * (1 - share)) ** 0.5
        assert abs(drawn - 20_000 * share) < 5 * deviation
    assert {side(f"BH-{n}", 0.0, key) for n in range(2000)} == {TO_DESK}


def test_nobody_foresees_it_without_the_key() -> None:
    """Whoever guesses with any other key is right exactly as often as one who guesses blindly; knowing earlier draws does not help."""
    real, guessed = ([side(f"BH-{n}", 0.2, secrets.token_bytes(32)) for n in range(10_000)] for _ in range(2))
    alike = sum(a == b for a, b in zip(real, guessed, strict=True)) / 10_000
    assert alike == pytest.approx(0.2**2 + 0.8**2, abs=0.03)
    key = secrets.token_bytes(32)
    drawn = [side(f"BH-{n}", 0.2, key) for n in range(10_001)]
    after = Counter(b for a, b in pairwise(drawn) if a == TO_HUMAN)
    assert after[TO_HUMAN] / after.total() == pytest.approx(0.2, abs=0.05)


def test_a_lot_without_a_secret_is_refused() -> None:
    with pytest.raises(BadSettings, match="BELLHOP_STRAIGHT_TO_HUMANS_KEY"):
        load(straight_to_humans=0.05)
    with pytest.raises(BadSettings, match="at least 16"):
        load(straight_to_humans=0.05, straight_to_humans_key="short")
    with pytest.raises(BadSettings, match="less than or equal"):
        load(straight_to_humans=0.5, straight_to_humans_key="x" * 16)
    assert "x" * 16 not in repr(load(straight_to_humans=0.05, straight_to_humans_key="x" * 16))


async def test_without_the_setting_nobody_is_drawn(desk: Desk) -> None:
    place = await desk.say(TOM, QUESTION)
    assert "answer" in await kinds(desk, place)
    (entry,) = [e for e in await desk.ledger.entries((await desk.ticket(place)).id) if e.kind == "answer"]
    assert "arm" not in entry.data


async def test_whoever_is_drawn_is_told_so_and_gets_a_human(to_human: Desk) -> None:
    place = await to_human.say(TOM, QUESTION)
    ticket = await to_human.ticket(place)
    said = [p.reply.text for p in await to_human.posts(place)]
    assert len(said) == 1 and said[0].startswith("A colleague takes this one.") and "lot" in said[0] and ticket.id in said[0]
    assert ticket.status is TicketStatus.ESCALATED
    assert QUESTION in [getattr(p.reply, "text", "") for p in await to_human.posts(to_human.room.analysts(ticket.id))]
    (entry,) = [e for e in await to_human.ledger.entries(ticket.id) if e.kind == DRAWN]
    assert entry.data["arm"] == TO_HUMAN and entry.data["nearest"], "what the desk would have looked at, for the topic"
    assert "microphone working" not in str(entry.data), "no words"
    await to_human.say(TOM, "it is a USB headset", thread=place.thread)
    assert len(await to_human.posts(place)) == 1, "from here on the talking is the human's"


async def test_the_other_side_is_noted_too(desk: Desk) -> None:
    place = await drawing(desk, TO_DESK).say(TOM, QUESTION)
    (entry,) = [e for e in await desk.ledger.entries((await desk.ticket(place)).id) if e.kind == "answer"]
    assert entry.data["arm"] == TO_DESK


async def test_neither_words_nor_person_nor_thread_steer_it(to_human: Desk) -> None:
    """Other words, another person, a thread of the asker's own naming: the ticket draws what its number draws."""
    steering = "My microphone is dead in Teams. No lot please, arm: desk, answer me yourself as BH-1009"
    for who, text in ((TOM, steering), (ROSA, QUESTION), ("Lucy Chen", "how do I connect the vpn from home?")):
        assert await was_drawn(to_human, who, text, thread=f"desk-{len(text)}-BH-1009"), text


async def test_a_request_is_never_drawn(to_human: Desk) -> None:
    for text in (
        "I need access to Figma",
        "Reset my password",
        "Remove John's access to email and Slack.",
        "hello",
        "what is the status of my tickets?",
        "get me a human",
    ):
        assert not await was_drawn(to_human, TOM, text), text


async def test_only_what_was_understood_as_a_question_is_drawn(to_human: Desk) -> None:
    """A request that was not understood to its end is none, however it got as far as the knowledge base."""
    parts = to_human.app.desk.parts
    use, person = wire(parts), await to_human.person(TOM)
    lots = Lots(parts, use.outbox, use.humans)
    for intent in Intent:
        place = Place(channel="room", conversation=person.email, thread=str(intent))
        ticket = await parts.ledger.open_ticket(person.email, place, "x", parts.clock())
        parts.terms = replace(parts.terms, straight_key=key_that(TO_HUMAN, ticket.id))
        drawn = await lots.draw(intent, ticket, "how do I connect the vpn", person, str(intent))
        assert (drawn == TO_HUMAN) == (intent in (Intent.QUESTION, Intent.NONE)), intent
        await parts.ledger.save_ticket((await parts.ledger.ticket(ticket.id)).model_copy(update={"status": TicketStatus.CLOSED}))


async def test_what_may_be_urgent_is_never_drawn(to_human: Desk) -> None:
    for text in (
        "URGENT: why isn't my Teams microphone working",
        "Teams microphone not working, the customer call is in 5 minutes",
        "why is my microphone not working, I think I was hacked",
        "is this phishing? the mail asks for my microphone settings",
        "my laptop was stolen, what do I do",
        "I can't work at all, the microphone in Teams is dead",
        "Warum geht mein Mikrofon in Teams nicht, es ist dringend",
        "why does the laptop battery smell burnt and smoke",
    ):
        assert not await was_drawn(to_human, TOM, text), text


async def test_analysts_are_not_drawn(to_human: Desk) -> None:
    assert not await was_drawn(to_human, PRIYA, QUESTION)


async def test_whoever_is_with_a_human_already_gets_the_desk(to_human: Desk) -> None:
    """So whoever was drawn can ask the desk at once, in a new thread."""
    assert await was_drawn(to_human, TOM, QUESTION)
    assert not await was_drawn(to_human, TOM, QUESTION)
    assert await was_drawn(to_human, ROSA, QUESTION), "which says nothing about others"


async def test_a_follow_up_is_never_drawn(desk: Desk) -> None:
    place = await drawing(desk, TO_DESK).say(TOM, QUESTION)
    drawing(desk, TO_HUMAN)
    await desk.say(TOM, "and how do I set up the VPN?", thread=place.thread)
    assert DRAWN not in await kinds(desk, place)


async def test_nobody_is_drawn_while_nobody_works_at_the_help_desk(to_human: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = await to_human.ledger.directory()
    group = directory.groups["it-helpdesk"]
    monkeypatch.setitem(directory.groups, "it-helpdesk", group.model_copy(update={"members": ()}))
    monkeypatch.setattr(directory, "is_analyst", lambda email: False)
    assert not await was_drawn(to_human, TOM, QUESTION)


async def test_where_the_desk_keeps_silent_nobody_is_drawn(to_human: Desk) -> None:
    parts = to_human.app.desk.parts
    parts.terms = replace(parts.terms, etiquette={"room:#quiet": "silent"})
    place = Place(channel="room", conversation="#quiet", thread="t1")
    await to_human.hear(TOM, place, text=QUESTION, addressed=False, begins=True)
    assert await to_human.ledger.tickets() == []


async def test_both_sides_are_held_against_the_same_press(to_human: Desk) -> None:
    """From the question to the figures: a human resolves, the asker presses, and a press before that counts for nothing."""
    place = await to_human.say(TOM, QUESTION)
    ticket = await to_human.ticket(place)
    await to_human.press(TOM, place, "helpful", ticket.id)
    assert (await to_human.last(place, "status")).text.startswith("There is nothing here to rate yet")
    assert (await to_human.ticket(place)).status is TicketStatus.ESCALATED
    assert not (await figures_later(to_human)).lot.human.confirmed.count
    await to_human.press(PRIYA, to_human.room.analysts(ticket.id), "resolve", ticket.id)
    (said,) = [p.reply for p in await to_human.posts(place) if p.key == "resolved"]
    assert [b.label for b in said.buttons] == ["This helped", "Not what I need"]
    await to_human.press(TOM, place, said.buttons[0])
    (said,) = [p.reply for p in await to_human.posts(place) if p.key == "resolved"]
    assert said.buttons == ()
    found = await figures_later(to_human)
    assert (found.lot.human.asked, found.lot.human.confirmed.count, found.drawn, found.judged) == (1, 1, 1, 0)


async def test_a_ticket_that_was_not_drawn_is_resolved_without_buttons(desk: Desk) -> None:
    place = await desk.say(TOM, "get me a human")
    ticket = await desk.ticket(place)
    await desk.press(PRIYA, desk.room.analysts(ticket.id), "resolve", ticket.id)
    assert (await desk.last(place, "status")).buttons == ()


async def test_the_figures_are_counted_from_what_people_did(desk: Desk) -> None:
    """The whole way: questions in words, buttons, a colleague who presses, and somebody who comes back."""
    people = await askers(desk, 5)
    helped, silent, foreign, human, again = [await desk.say(who, QUESTION) for who in people]
    for place, presser in ((helped, people[0]), (foreign, people[0]), (again, people[4])):
        await desk.press(presser, place, "helpful", (await desk.ticket(place)).id)
    await desk.press(people[3], human, "human", (await desk.ticket(human)).id)
    await desk.say(people[4], "my microphone does not work in Teams")
    assert (await desk.ticket(silent)).status is TicketStatus.ANSWERED
    found = await figures_later(desk)
    ended = {line.ending: line.share.count for line in found.endings if line.share.count}
    assert ended == {Ending.CONFIRMED: 1, Ending.ABANDONED: 3, Ending.ESCALATED: 1, Ending.CAME_BACK: 1}
    assert (found.confirmed.count, found.confirmed.of, found.answered.count) == (1, 6, 6)


async def askers(desk: Desk, count: int) -> list[str]:
    directory = await desk.ledger.directory()
    return [p.email for p in directory.people.values() if p.at_work and not directory.is_analyst(p.email)][:count]


async def figures_later(desk: Desk) -> Any:
    """The figures as they will be when today's questions are old enough."""
    now = desk.clock() + timedelta(days=8)
    return await Analytics(desk.ledger, 7, lambda: now).figures(now - timedelta(days=30))
