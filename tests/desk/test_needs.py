"""Loose messages, edits and deletions: one need, one ticket, whatever the platform's threads are like."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.messages import Click
from bot.domain.plans import PlanState
from bot.domain.tickets import Place, TicketStatus
from tests.desk.conftest import Clock, Desk, mail

TOM = "Tom Becker"


def loose(thread: str, who: str = TOM) -> Place:
    return Place(channel="room", conversation=mail(who), thread=thread)


async def say(desk: Desk, thread: str, text: str, who: str = TOM, **message: Any) -> None:
    await desk.hear(who, loose(thread, who), **{"id": thread, "text": text, "loose": True, **message})


async def tickets(desk: Desk) -> list[str]:
    return [t.id for t in reversed(await desk.ledger.tickets())]


async def second_thought(desk: Desk, who: str, place: Place, verb: str, ref: str, **values: str) -> None:
    await desk.hear(who, place, id=f"{verb}-{ref}-{values}", click=Click(verb=verb, ref=ref, values=values))


# Loose messages ------------------------------------------------------------------------------------------------------------------


async def test_a_follow_up_belongs_to_the_need_it_follows(desk: Desk) -> None:
    await say(desk, "m1", "I need access to something")
    await say(desk, "m2", "Figma")
    assert len(await tickets(desk)) == 1
    assert "Figma" in (await desk.plan(loose("m1"))).title


async def test_a_request_of_its_own_does_not_replace_the_one_that_waits(desk: Desk) -> None:
    await say(desk, "m1", "I need access to Figma")
    first = await desk.settled(loose("m1"), PlanState.ASKING)
    await say(desk, "m2", "I need access to HubSpot")
    assert len(await tickets(desk)) == 2
    assert (await desk.ledger.plan(first.id)).state is PlanState.ASKING
    await say(desk, "m3", "how do I connect to the guest wifi?")
    assert len(await tickets(desk)) == 3, "nor is a question put to the thread of a request"


async def test_cancel_means_the_latest(desk: Desk) -> None:
    await say(desk, "m1", "I need access to Figma")
    await desk.settled(loose("m1"), PlanState.ASKING)
    await say(desk, "m2", "cancel that")
    assert (await desk.settled(loose("m1"), PlanState.CANCELLED)).state is PlanState.CANCELLED
    assert len(await tickets(desk)) == 1


async def test_words_go_to_the_human_who_looks_after_the_need(desk: Desk) -> None:
    await say(desk, "m1", "I want to talk to a human please")
    await say(desk, "m2", "it squeaks at night")
    assert len(await tickets(desk)) == 1
    assert (await desk.last(desk.room.analysts((await tickets(desk))[0]), "said")).text == "it squeaks at night"
    assert "passed this on" in (await desk.last(loose("m1"), "status")).text


async def test_two_questions_are_two_needs(desk: Desk) -> None:
    await say(desk, "m1", "how do I connect to the guest wifi?")
    await say(desk, "m2", "why isn't my Microsoft Teams microphone working?")
    assert len(await tickets(desk)) == 2
    await say(desk, "m3", "hm, and then?")
    assert len(await tickets(desk)) == 2, "what means nothing by itself goes on with the latest"


async def test_a_question_of_its_own_is_answered_while_a_human_is_at_another_need(desk: Desk) -> None:
    await say(desk, "m1", "I want to talk to a human please")
    await say(desk, "m2", "how do I connect to the guest wifi?")
    assert (await desk.last(loose("m2"), "answer")).citations


@pytest.mark.parametrize("word", ["approve", "Yes!", "go ahead"])
async def test_words_beside_an_approval_are_told_to_use_its_buttons(desk: Desk, word: str) -> None:
    await say(desk, "m1", "I need access to Figma")
    plan = await desk.settled(loose("m1"), PlanState.ASKING)
    approver = (await desk.ledger.approvals(plan.id))[0].approvers[0]
    await desk.hear(approver, Place(channel="room", conversation=approver, thread="a1"), id="a1", text=word, loose=True)
    asked = desk.room.direct(approver, plan.ticket)
    assert "use the buttons" in (await desk.last(asked, "status")).text
    assert (await desk.plan(loose("m1"))).state is PlanState.ASKING and len(await tickets(desk)) == 1


async def test_an_old_need_is_over(desk: Desk, clock: Clock) -> None:
    await say(desk, "m1", "how do I connect to the guest wifi?")
    clock.moved += timedelta(hours=1)
    await say(desk, "m2", "and on my phone?")
    assert len(await tickets(desk)) == 2


async def test_another_persons_need_is_never_continued(desk: Desk) -> None:
    place = Place(channel="room", conversation="#group", thread="m1")
    await desk.hear(TOM, place, id="m1", text="I need access to something", loose=True, named=True)
    await desk.hear("Rosa Delgado", place.model_copy(update={"thread": "m2"}), id="m2", text="Figma", loose=True, named=True)
    assert [t.requester for t in reversed(await desk.ledger.tickets())] == [mail(TOM), mail("Rosa Delgado")]


async def test_a_storm_of_duplicates_in_any_order_is_one_message_each(desk: Desk) -> None:
    for thread in ("m1", "m2", "m1", "m3", "m2", "m3", "m1"):
        await say(desk, thread, {"m1": "I need access to something", "m2": "Figma", "m3": "how do I connect to the guest wifi?"}[thread])
    heard = [m["id"] for t in await tickets(desk) for m in await desk.ledger.messages(t)]
    assert sorted(heard) == ["m1", "m2", "m3"]
    assert len(await tickets(desk)) == 2


# Edits and deletions ----------------------------------------------------------------------------------------------------------------


async def test_an_edited_request_is_the_one_that_counts(desk: Desk) -> None:
    place = await desk.say(TOM, "I need access to Figma", id="first")
    old = await desk.settled(place, PlanState.ASKING)
    await second_thought(desk, TOM, place, "edit", "first", text="I need access to HubSpot")
    new = await desk.settled(place, PlanState.ASKING)
    assert (await desk.ledger.plan(old.id)).state is PlanState.CANCELLED
    assert "HubSpot" in new.title
    approval = (await desk.ledger.approvals(new.id))[0]
    cards = [p.reply for p in await desk.posts(desk.room.direct(approval.approvers[0], new.ticket)) if p.reply.kind == "approval"]
    assert [(c.state, c.said) for c in cards if c.plan == old.id] == [("cancelled", "I need access to Figma")], "as it was asked"
    (card,) = [c for c in cards if c.plan == new.id]
    assert card.said == "I need access to HubSpot", "who approves reads what was meant"
    assert len(await tickets(desk)) == 1


async def test_an_edit_after_the_deed_changes_nothing_and_says_so(desk: Desk) -> None:
    place = await desk.say(TOM, "I'm locked out", id="first")
    done = await desk.settled(place, PlanState.DONE)
    await second_thought(desk, TOM, place, "edit", "first", text="I need access to HubSpot")
    assert "already acted" in (await desk.last(place, "status")).text
    assert [p.id for p in await desk.ledger.plans(done.ticket)] == [done.id]


async def test_an_edit_that_changes_no_word_is_none(desk: Desk) -> None:
    place = await desk.say(TOM, "I need access to Figma", id="first")
    plan = await desk.settled(place, PlanState.ASKING)
    shown = len(desk.room.shown)
    await second_thought(desk, TOM, place, "edit", "first", text="I need access to Figma")
    assert len(desk.room.shown) == shown
    assert (await desk.plan(place)).id == plan.id


async def test_nobody_edits_or_withdraws_what_another_said(desk: Desk) -> None:
    place = await desk.say(TOM, "I need access to Figma", id="first")
    plan = await desk.settled(place, PlanState.ASKING)
    await second_thought(desk, "Rosa Delgado", place, "edit", "first", text="I need access to HubSpot")
    await second_thought(desk, "Rosa Delgado", place, "withdraw", "first")
    assert [p.id for p in await desk.ledger.plans(plan.ticket)] == [plan.id]
    assert (await desk.plan(place)).state is PlanState.ASKING


async def test_a_deleted_request_is_dropped_while_it_waits(desk: Desk) -> None:
    place = await desk.say(TOM, "I need access to Figma", id="first")
    plan = await desk.settled(place, PlanState.ASKING)
    await second_thought(desk, TOM, place, "withdraw", "first")
    await desk.settled(place, PlanState.CANCELLED)
    assert "deleted your message" in (await desk.last(place, "status")).text
    assert {a.state for a in await desk.ledger.approvals(plan.id)} == {"cancelled"}


async def test_deleting_after_the_deed_undoes_nothing(desk: Desk) -> None:
    place = await desk.say(TOM, "I'm locked out", id="first")
    await desk.settled(place, PlanState.DONE)
    await second_thought(desk, TOM, place, "withdraw", "first")
    assert (await desk.plan(place)).state is PlanState.DONE
    assert not [p for p in desk.room.shown if "deleted" in getattr(p.reply, "text", "")]


async def test_an_edit_that_overtakes_its_message_is_the_message(desk: Desk) -> None:
    place = loose("late")
    await second_thought(desk, TOM, place, "edit", "late", text="I need access to HubSpot")
    await desk.hear(TOM, place, id="late", text="I need access to Figma")
    assert "HubSpot" in (await desk.plan(place)).title
    assert len(await desk.ledger.plans((await tickets(desk))[0])) == 1


async def test_a_deletion_that_overtakes_its_message_leaves_nothing_even_across_a_restart(desk: Desk) -> None:
    await second_thought(desk, TOM, loose("late"), "withdraw", "late")
    desk.app.desk = type(desk.app.desk)(desk.app.desk.parts)
    await say(desk, "late", "I need access to Figma")
    assert await tickets(desk) == []


async def test_a_loose_message_without_a_thread_of_its_own_is_heard(desk: Desk) -> None:
    await asyncio.wait_for(say(desk, "", "hello", id="bare"), 10)
    assert len(await tickets(desk)) == 1


# Tickets for humans, files, home ----------------------------------------------------------------------------------------------------


async def test_a_ticket_by_hand_goes_to_a_human_and_is_not_understood(desk: Desk) -> None:
    place = loose("new")
    await desk.hear(TOM, place, id="new", click=Click(verb="ticket", ref="", values={"summary": "remove john smith's access to slack"}))
    ticket = await desk.ticket(place)
    assert (ticket.status, ticket.summary) == (TicketStatus.ESCALATED, "remove john smith's access to slack")
    assert await desk.ledger.plans(ticket.id) == []
    assert (await desk.last(desk.room.analysts(ticket.id), "brief")).text == "remove john smith's access to slack"
    await desk.hear(TOM, place, id="new", click=Click(verb="ticket", ref="", values={"summary": "again"}))
    assert len(await tickets(desk)) == 1


async def test_a_form_can_be_checked_without_being_sent(desk: Desk) -> None:
    place = await desk.say(TOM, "I need access to something")
    form = await desk.last(place, "form")
    from bot.domain.messages import Message

    def sent(value: str) -> Message:
        click = Click(verb="form", ref=form.id, values={form.fields[0].name: value})
        return Message(id="x", person=mail(TOM), place=place, click=click, at=desk.clock())

    hearing = desk.app.desk.hearing
    assert list(await hearing.errors(sent("no such thing"))) == [form.fields[0].name]
    assert await hearing.errors(sent("figma")) == {}
    assert not (await desk.last(place, "form")).settled
    assert len(await desk.ledger.messages((await desk.ticket(place)).id)) == 1


async def test_the_home_page_shows_what_is_ones_own(desk: Desk) -> None:
    place = await desk.say(TOM, "I need access to Figma")
    plan = await desk.settled(place, PlanState.ASKING)
    approver = (await desk.ledger.approvals(plan.id))[0].approvers[0]
    hearing = desk.app.desk.hearing
    mine, theirs, stranger = await hearing.home(mail(TOM)), await hearing.home(approver), await hearing.home(mail("Rosa Delgado"))
    assert [t.id for t in mine.tickets] == [plan.ticket] and not mine.approvals
    assert [p.reply.kind for p in theirs.approvals] == ["approval"]
    assert not stranger.tickets and not stranger.approvals and not stranger.queue and not stranger.analyst
    assert {a.system for a in mine.access}
    await desk.press(TOM, place, "human", plan.ticket)
    assert [t.id for t in (await hearing.home(mail("Mei Lin"))).queue] == [plan.ticket]
