"""The sentences of the people who asked for this product, typed exactly so."""

from __future__ import annotations

from datetime import timedelta

from actions.vendors.demo.seed import COMPANY
from bot.domain.capabilities import Calendar, Mailbox
from bot.domain.messages import Click
from bot.domain.plans import PlanState, StepState
from bot.domain.tickets import Place, TicketStatus
from tests.desk.conftest import Desk, mail

JOHN = mail("John Smith")


async def test_a_question_gets_a_cited_answer_with_a_way_to_a_human(desk: Desk) -> None:
    place = await desk.say("Rosa Delgado", "Why isn't my Microsoft Teams microphone working?")
    answer = await desk.last(place, "answer")
    assert "icrophone" in answer.text
    assert answer.citations and answer.citations[0].path.endswith(".md")
    assert {"helpful", "unhelpful", "human"} <= {b.verb for b in answer.buttons}
    await desk.press("Rosa Delgado", place, "human", (await desk.ticket(place)).id)
    assert (await desk.ticket(place)).status is TicketStatus.ESCALATED
    analysts = Place(channel="room", conversation="analysts", thread=(await desk.ticket(place)).id)
    assert (await desk.last(analysts, "said")).text == "Why isn't my Microsoft Teams microphone working?"


async def offered_plan(desk: Desk, who: str, text: str) -> Place:
    place = await desk.say(who, text)
    form = await desk.last(place, "form")
    assert {c.value for c in form.fields[0].choices} == {mail("John Smith"), mail("John Carter"), mail("John Abara")}
    await desk.choose(who, place, JOHN)
    return place


async def test_removing_access_hands_over_what_depends_on_it(desk: Desk) -> None:
    place = await offered_plan(desk, "Hannah Weber", "Remove John's access to email and Slack.")
    plan = await desk.settled(place, PlanState.ASKING)
    actions = [s.call.action for s in plan.steps]
    assert sorted(actions) == ["access.revoke", "access.revoke", "calendar.reassign", "mailbox.delegate"]
    assert actions.index("calendar.reassign") < actions.index("access.revoke")
    heir = next(s.call.arguments["to"] for s in plan.steps if s.call.action == "calendar.reassign")
    assert heir in (await desk.ledger.directory()).people and heir != JOHN
    assert all(s.because for s in plan.steps if s.wanted_by != "request")
    calendar = desk.app.vendors.offer("demo", Calendar)
    soon = (desk.clock(), desk.clock() + timedelta(days=60))
    before = {m.id for m in await calendar.meetings(JOHN, *soon) if m.customer}
    assert before

    await desk.approve(plan)
    plan = await desk.settled(place, PlanState.DONE)
    assert {s.state for s in plan.steps} <= {StepState.DONE, StepState.ALREADY}
    assert before <= {m.id for m in await calendar.meetings(heir, *soon)}
    assert not await calendar.meetings(JOHN, *soon)
    assert not {"email", "slack"} & {g.system for g in (await desk.ledger.directory()).grants_of(JOHN)}
    assert (await desk.last(place, "status")).tone == "done"
    assert (await desk.app.vendors.offer("demo", Mailbox).state(JOHN)).delegates


async def test_undo_restores_the_state_exactly(desk: Desk) -> None:
    calendar = desk.app.vendors.offer("demo", Calendar)
    mailbox = desk.app.vendors.offer("demo", Mailbox)
    soon = (desk.clock(), desk.clock() + timedelta(days=60))
    grants = {(g.system, g.level, g.until) for g in (await desk.ledger.directory()).grants_of(JOHN)}
    meetings, box = await calendar.meetings(JOHN, *soon), await mailbox.state(JOHN)
    place = await offered_plan(desk, "Hannah Weber", "Remove John's access to email and Slack.")
    plan = await desk.settled(place, PlanState.ASKING)
    await desk.approve(plan)
    await desk.settled(place, PlanState.DONE)
    analysts = desk.room.analysts(plan.ticket)

    async def button() -> object:
        return (await desk.last(analysts, "plan")).buttons

    (undo,) = await desk.until(button)
    assert undo.verb == "undo"
    await desk.press("Ivan Petrov", analysts, undo)
    await desk.settled(place, PlanState.UNDONE)
    assert {(g.system, g.level, g.until) for g in (await desk.ledger.directory()).grants_of(JOHN)} == grants
    assert await calendar.meetings(JOHN, *soon) == meetings
    assert await mailbox.state(JOHN) == box


async def test_an_instruction_inside_a_request_and_policy_lead_to_the_same_hand_over(desk: Desk) -> None:
    place = await offered_plan(desk, "Hannah Weber", "When deactivating John's email, reassign upcoming sales meetings to a colleague.")
    plan = await desk.settled(place, PlanState.ASKING)
    said = {s.call.action for s in plan.steps}
    assert {"access.revoke", "calendar.reassign"} <= said
    other = await offered_plan(desk, "Priya Nair", "Remove John's access to email.")
    unsaid = await desk.settled(other, PlanState.ASKING)
    assert {s.call.action for s in unsaid.steps} == said


async def test_a_decline_needs_a_reason_and_the_requester_reads_it(desk: Desk) -> None:
    place = await offered_plan(desk, "Hannah Weber", "Remove John's access to email and Slack.")
    plan = await desk.settled(place, PlanState.ASKING)
    approval = (await desk.ledger.approvals(plan.id))[0]
    approver = approval.approvers[0]
    direct = desk.room.direct(approver, plan.ticket)
    await desk.hear(approver, direct, click=Click(verb="decline", ref=approval.id))
    assert (await desk.plan(place)).state is PlanState.ASKING
    await desk.hear(approver, direct, click=Click(verb="decline", ref=approval.id, values={"reason": "He is only on leave."}))
    await desk.settled(place, PlanState.DECLINED)
    assert "He is only on leave." in (await desk.last(place, "status")).text
    assert "email" in {g.system for g in (await desk.ledger.directory()).grants_of(JOHN)}
    card = await desk.last(direct, "approval")
    assert not card.buttons and "He is only on leave." in card.decided


async def test_an_approval_nobody_answers_reminds_and_then_lapses(desk: Desk) -> None:
    place = await offered_plan(desk, "Hannah Weber", "Remove John's access to email and Slack.")
    plan = await desk.settled(place, PlanState.ASKING)
    approval = (await desk.ledger.approvals(plan.id))[0]
    direct = desk.room.direct(approval.approvers[0], plan.ticket)
    desk.clock.moved = timedelta(hours=5)
    await desk.app.engine.signal(plan.id, {})

    async def reminded() -> bool:
        return any(p.key.startswith("reminder:") for p in await desk.posts(direct))

    await desk.until(reminded)
    desk.clock.moved = timedelta(hours=80)
    await desk.app.engine.signal(plan.id, {})
    await desk.settled(place, PlanState.LAPSED)
    await desk.hear(approval.approvers[0], direct, click=Click(verb="approve", ref=approval.id))
    assert (await desk.plan(place)).state is PlanState.LAPSED
    assert "settled already" in (await desk.last(direct, "status")).text


async def laptop(desk: Desk, specimen: str) -> Place:
    place = await desk.say("Maria Lopez", "Provision a laptop with standard apps for Jane and ship it to her home.")
    plan = await desk.settled(place, PlanState.VERIFYING)
    assert [s.call.action for s in plan.steps] == ["device.reserve", "device.enroll", "device.ship"]
    jane = desk.room.direct(mail("Jane Doe"), plan.ticket)

    async def asked() -> bool:
        return bool(await desk.posts(jane))

    await desk.until(asked)
    form = await desk.last(jane, "form")
    await desk.hear(
        "Jane Doe",
        jane,
        click=Click(verb="form", ref=form.id),
        files=(desk.file("licence.png", (COMPANY / "id_documents" / f"{specimen}.png").read_bytes()),),
    )
    return place


async def test_a_matching_id_ships_the_laptop(desk: Desk) -> None:
    place = await laptop(desk, "jane-doe-match")
    await desk.approve(await desk.plan(place))
    plan = await desk.settled(place, PlanState.DONE)
    assert plan.known["verification"] == "match" and len(plan.known["verification_sha256"]) == 64
    assert "racking" in (await desk.last(place, "status")).text
    assert (await desk.person("Jane Doe")).devices


async def test_a_near_miss_is_decided_by_a_human(desk: Desk) -> None:
    place = await laptop(desk, "jane-doe-near-no-unit")
    plan = await desk.settled(place, PlanState.ASKING)
    assert "it" in {n.kind for n in plan.approvals}
    await desk.approve(plan)
    await desk.settled(place, PlanState.DONE)


async def test_another_address_is_refused_with_the_reason(desk: Desk) -> None:
    place = await laptop(desk, "jane-doe-mismatch")
    plan = await desk.settled(place, PlanState.REFUSED)
    assert "≠" in plan.note or "street" in plan.note.lower()
    assert not (await desk.person("Jane Doe")).devices


async def test_a_po_box_is_refused_with_the_reason(desk: Desk) -> None:
    place = await desk.say("Maria Lopez", "Provision a laptop for Jane and ship it to PO Box 1120, Portland, OR 97207.")
    plan = await desk.settled(place, PlanState.REFUSED)
    assert "PO box" in plan.note or "P.O." in plan.note
