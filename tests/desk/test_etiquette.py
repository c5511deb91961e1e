"""Manners where others read along: every rule, and what breaks it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.messages import Click
from bot.domain.plans import PlanState
from bot.domain.tickets import Place, TicketStatus
from bot.errors import NotAllowed
from tests.desk.conftest import Desk, mail

HELP = "#it-help"


def manners(desk: Desk, **by_place: str) -> None:
    parts = desk.app.desk.parts
    parts.terms = replace(parts.terms, etiquette={name.replace("_", "-"): how for name, how in by_place.items()})


def spot(thread: str = "t1", conversation: str = HELP) -> Place:
    return Place(channel="room", conversation=conversation, thread=thread)


async def said(desk: Desk, who: str, text: str, place: Place, **message: Any) -> bool:
    """Whether the desk did anything about it."""
    before = len(desk.room.shown)
    await desk.hear(who, place, **{"text": text, "addressed": False, **message})
    return len(desk.room.shown) > before


async def test_unless_told_otherwise_it_speaks_when_called_by_name(desk: Desk) -> None:
    assert not await said(desk, "Tom Becker", "I'm locked out", spot(), begins=True)
    assert await desk.ledger.tickets() == []
    assert await said(desk, "Tom Becker", "I'm locked out", spot(), begins=True, named=True, addressed=True)
    assert await said(desk, "Tom Becker", "what is the guest wifi password?", spot()), "a follow-up in the thread needs no mention"


async def test_always_hears_who_begins_a_thread_but_no_thread_of_others(desk: Desk) -> None:
    manners(desk, **{f"room:{HELP}": "always"})
    assert await said(desk, "Tom Becker", "I'm locked out", spot(), begins=True)
    assert not await said(desk, "Rosa Delgado", "I think you have to restart it", spot("t2")), "an answer in a thread that is not ours"
    assert not await said(desk, "Tom Becker", "I'm locked out", spot("t3", "#general"), begins=True), "another channel has other manners"


async def test_silent_says_nothing_but_gives_a_reason_to_who_calls_it(desk: Desk) -> None:
    manners(desk, **{"room:*": "silent"})
    assert not await said(desk, "Tom Becker", "I'm locked out", spot(), begins=True)
    with pytest.raises(NotAllowed, match="write to me directly"):
        await said(desk, "Tom Becker", "I'm locked out", spot(), begins=True, named=True)
    assert await desk.ledger.tickets() == []


async def test_staff_only_answers_analysts(desk: Desk) -> None:
    manners(desk, **{"room:*": "staff only"})
    with pytest.raises(NotAllowed, match="only answer the help desk's staff"):
        await said(desk, "Tom Becker", "I'm locked out", spot(), begins=True, named=True)
    assert await said(desk, "Priya Nair", "I'm locked out", spot(), begins=True, named=True)


async def test_where_several_humans_talk_it_is_silent_until_called(desk: Desk) -> None:
    await said(desk, "Tom Becker", "I'm locked out", spot(), begins=True, named=True)
    assert not await said(desk, "Rosa Delgado", "did you try turning it off and on?", spot())
    assert not await said(desk, "Tom Becker", "yes, I did, no luck", spot())
    assert await said(desk, "Tom Becker", "what is the guest wifi password?", spot(), named=True)
    heard = await desk.ledger.messages((await desk.ticket(spot())).id)
    assert [m["text"] for m in heard if m["person"] == mail("Rosa Delgado")] == [""], "what others say to each other is not kept"


async def test_with_a_human_at_it_words_are_carried_and_not_answered_until_asked(desk: Desk) -> None:
    await said(desk, "Tom Becker", "I want to talk to a human please", spot(), begins=True, named=True)
    ticket = await desk.ticket(spot())
    assert ticket.status is TicketStatus.ESCALATED
    answers = len([p for p in await desk.posts(spot()) if p.reply.kind in ("answer", "text")])
    await said(desk, "Tom Becker", "what is the guest wifi password?", spot())
    assert len([p for p in await desk.posts(spot()) if p.reply.kind in ("answer", "text")]) == answers
    assert (await desk.last(desk.room.analysts(ticket.id), "said")).text == "what is the guest wifi password?"
    await said(desk, "Tom Becker", "what is the guest wifi password?", spot(), named=True)
    assert len([p for p in await desk.posts(spot()) if p.reply.kind in ("answer", "text")]) == answers + 1


async def test_a_passer_by_cannot_speak_for_the_one_who_asked(desk: Desk) -> None:
    await said(desk, "Tom Becker", "I need access to Figma", spot(), begins=True, named=True)
    plan = await desk.settled(spot(), PlanState.ASKING)
    await said(desk, "Rosa Delgado", "cancel that", spot(), named=True)
    assert "Tom Becker" in desk.room.whispered[-1][1] and desk.room.whispered[-1][0] == mail("Rosa Delgado")
    await desk.hear("Rosa Delgado", spot(), click=Click(verb="cancel", ref=plan.id))
    assert "Only the person who asked" in desk.room.whispered[-1][1]
    assert not [p for p in await desk.posts(spot()) if getattr(p.reply, "tone", "") == "failed"], "the thread is not told of it"
    assert (await desk.plan(spot())).state == plan.state


async def test_an_answer_not_everyone_may_read_goes_to_the_asker_alone(desk: Desk) -> None:
    question = "how do i verify a caller before resetting mfa"
    await said(desk, "Priya Nair", question, spot(), begins=True, named=True)
    ticket = await desk.ticket(spot())
    private = desk.room.direct(mail("Priya Nair"), ticket.id)
    restricted = await desk.last(private, "answer")
    article = await desk.app.library.page(restricted.citations[0].path, frozenset({"everyone"}))
    assert article is None, "choose a question whose article is for staff only"
    assert not [p for p in await desk.posts(spot()) if p.reply.kind == "answer"]
    assert "direct message" in (await desk.last(spot(), "status")).text
    await desk.press("Priya Nair", private, "helpful", ticket.id)
    assert not [p for p in await desk.posts(spot()) if p.reply.kind == "answer"], "nor does pressing a button put it there"
    await said(desk, "Tom Becker", question, spot("t9"), begins=True, named=True)
    shown = [p.reply.citations for p in await desk.posts(spot("t9")) if p.reply.kind == "answer"]
    assert all(c.path != restricted.citations[0].path for citations in shown for c in citations)


async def test_what_everyone_may_read_is_answered_in_the_thread(desk: Desk) -> None:
    await said(desk, "Tom Becker", "how do I connect to the guest wifi?", spot(), begins=True, named=True)
    assert (await desk.last(spot(), "answer")).citations


async def test_analysts_may_keep_a_note_to_themselves(desk: Desk) -> None:
    place = await desk.say("Tom Becker", "I want to talk to a human please")
    ticket = await desk.ticket(place)
    there = desk.room.analysts(ticket.id)
    await desk.hear("Mei Lin", there, text="Note: he did the same last week")
    await desk.hear("Mei Lin", there, text="Hello Tom, what is it?")
    said_to_tom = [p.reply.text for p in await desk.posts(place) if p.reply.kind == "said"]
    assert said_to_tom == ["Hello Tom, what is it?"]
