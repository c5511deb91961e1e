"""Edits and deletions by those who did not ask: nobody's request changes with them, and what was for colleagues stays with them."""

from __future__ import annotations

from bot.domain.messages import Click, Said
from bot.domain.plans import PlanState
from bot.domain.tickets import Place
from tests.desk.conftest import Desk, mail


async def told(desk: Desk, place: Place) -> list[str]:
    return [p.reply.text for p in await desk.posts(place) if isinstance(p.reply, Said)]


async def test_an_analysts_note_stays_one_when_it_is_edited_or_deleted(desk: Desk) -> None:
    place = await desk.say("John Smith", "I want to talk to a human")
    analysts = desk.room.analysts((await desk.ticket(place)).id)
    await desk.hear("Ivan Petrov", analysts, id="n1", text="note: he leaves on Friday")
    await desk.hear("Ivan Petrov", analysts, click=Click(verb="edit", ref="n1", values={"text": "note: he leaves on Monday"}))
    await desk.hear("Ivan Petrov", analysts, click=Click(verb="withdraw", ref="n1"))
    assert await told(desk, place) == []
    await desk.hear("Ivan Petrov", analysts, id="n2", text="note: hold on")
    await desk.hear("Ivan Petrov", analysts, click=Click(verb="edit", ref="n2", values={"text": "Restart it."}))
    assert await told(desk, place) == ["Edited: Restart it."]


async def test_an_approvers_second_thoughts_reach_the_analysts_and_drop_nobodys_plan(desk: Desk) -> None:
    place = await desk.say("John Smith", "I need access to Figma")
    plan = await desk.settled(place, PlanState.ASKING)
    (approval,) = [a for a in await desk.ledger.approvals(plan.id) if a.state == "open"]
    who = approval.approvers[0]
    beside = desk.room.direct(who, plan.ticket)
    await desk.hear(who, beside, id="a1", text="does he really need this")
    await desk.hear(who, beside, click=Click(verb="edit", ref="a1", values={"text": "lock the account of Rosa Delgado"}))
    await desk.hear(who, beside, click=Click(verb="withdraw", ref="a1"))
    assert (await desk.plan(place)).id == plan.id and (await desk.plan(place)).state is PlanState.ASKING
    assert await told(desk, place) == []
    heard = await told(desk, desk.room.analysts(plan.ticket))
    assert "Edited: lock the account of Rosa Delgado" in heard and "(deleted their message)" in heard
    assert mail("John Smith") == (await desk.ticket(place)).requester
