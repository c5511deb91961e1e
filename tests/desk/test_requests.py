"""What else people ask for: joiners, leavers, time limits, tasks by hand, tickets, devices, self-service."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.capabilities import Access, Identity
from bot.domain.plans import PlanState, StepState
from bot.domain.tickets import Place, TicketStatus
from tests.desk.conftest import Desk, mail


async def test_unlocking_oneself_needs_nobody_and_is_done_at_once(desk: Desk) -> None:
    identity = desk.app.vendors.offer("demo", Identity)
    people = (await desk.ledger.directory()).people
    state = {email: await identity.account(email) for email in people}
    locked = next(email for email, account in state.items() if account.locked)
    place = await desk.say(people[locked].name, "I'm locked out")
    plan = await desk.settled(place, PlanState.DONE)
    assert not plan.approvals
    assert not (await identity.account(locked)).locked


async def test_access_for_a_while_ends_by_itself(desk: Desk) -> None:
    place = await desk.say("Emily Clarke", "I need access to Jira for two weeks")
    plan = await desk.settled(place, PlanState.ASKING, PlanState.DONE)
    await desk.approve(plan)
    await desk.settled(place, PlanState.DONE)
    emily = mail("Emily Clarke")
    (grant,) = [g for g in (await desk.ledger.directory()).grants_of(emily) if g.system == "jira"]
    assert grant.until and timedelta(days=13) < grant.until - desk.clock() < timedelta(days=16)

    desk.clock.moved = timedelta(days=17)
    await desk.app.desk.fulfilment.expire()
    await desk.app.desk.fulfilment.expire()

    async def ended() -> bool:
        return not [g for g in (await desk.ledger.directory()).grants_of(emily) if g.system == "jira"]

    await desk.until(ended)
    assert await desk.app.vendors.offer("demo", Access).holding(emily, "jira") is None
    own = await desk.ledger.tickets(requester="bellhop@desk.internal")
    assert len([t for t in own if "Jira" in t.summary]) == 1


async def test_a_system_without_a_vendor_becomes_a_task_that_an_analyst_ticks_off(desk: Desk) -> None:
    place = await desk.say("Maria Lopez", "Remove Leo Fontaine's access to Badge")
    plan = await desk.plan(place)
    await desk.approve(await desk.settled(place, PlanState.ASKING, PlanState.RUNNING))
    await desk.settled(place, PlanState.RUNNING)
    analysts = desk.room.analysts(plan.ticket)

    async def task() -> bool:
        return any(p.key.startswith("task:") for p in await desk.posts(analysts))

    await desk.until(task)
    (post,) = [p for p in await desk.posts(analysts) if p.key.startswith("task:")]
    await desk.press("Maria Lopez", analysts, post.reply.buttons[0])
    assert (await desk.plan(place)).steps[0].state is StepState.HUMAN
    await desk.press("Mei Lin", analysts, post.reply.buttons[0])
    plan = await desk.settled(place, PlanState.DONE)
    assert "Mei Lin" in (plan.steps[0].outcome.said if plan.steps[0].outcome else "")
    assert "badge" not in {g.system for g in (await desk.ledger.directory()).grants_of(mail("Leo Fontaine"))}


async def test_a_leaver_is_seen_off_by_a_runbook(desk: Desk) -> None:
    today = desk.clock().date().isoformat()
    place = await desk.say("Hannah Weber", f"Offboard Tom Becker, last day {today}")
    plan = await desk.settled(place, PlanState.ASKING)
    actions = {s.call.action for s in plan.steps}
    assert {"account.disable", "access.revoke", "group.remove"} <= actions
    assert all(s.wanted_by == "account.offboard" or s.because for s in plan.steps)


async def test_a_joiner_is_set_up_by_a_runbook(desk: Desk) -> None:
    start = (desk.clock() + timedelta(days=8)).date().isoformat()
    place = await desk.say("Hannah Weber", f"New starter Ada Byron joins as SDR on {start}, manager Sam Okafor, needs Salesforce and Zoom")
    plan = await desk.settled(place, PlanState.ASKING, PlanState.RUNNING, PlanState.DONE)
    assert plan.steps[0].call.action == "account.create"
    await desk.approve(plan)
    plan = await desk.settled(place, PlanState.DONE, PlanState.RUNNING)
    ada = "ada.byron@brightwater.example"

    async def there() -> bool:
        return {"salesforce", "zoom"} <= {g.system for g in (await desk.ledger.directory()).grants_of(ada)}

    await desk.until(there)
    assert (await desk.ledger.directory()).person(ada).manager == mail("Sam Okafor")


async def test_tickets_are_opened_looked_up_commented_and_closed(desk: Desk) -> None:
    place = await desk.say("Lucy Chen", "create a ticket: the monitor in room 4 flickers")
    await desk.settled(place, PlanState.DONE)
    ticket = await desk.ticket(place)
    assert ticket.status is TicketStatus.ESCALATED
    other = await desk.say("Lucy Chen", "what is the status of my ticket?")
    await desk.settled(other, PlanState.DONE)
    assert ticket.id in (await desk.last(other, "status")).text
    note = await desk.say("Lucy Chen", f"add a note to {ticket.id}: it is the left one")
    await desk.settled(note, PlanState.DONE)
    assert (await desk.last(desk.room.analysts(ticket.id), "said")).text == "it is the left one"
    spy = await desk.say("Tom Becker", f"what is the status of {ticket.id}?")
    await desk.settled(spy, PlanState.FAILED, PlanState.REFUSED)
    assert "room 4" not in str([p.reply for p in await desk.posts(spy)])
    close = await desk.say("Lucy Chen", f"close ticket {ticket.id}")
    await desk.settled(close, PlanState.DONE)
    assert (await desk.ticket(place)).status is TicketStatus.CLOSED


async def test_an_analyst_and_the_requester_talk_through_the_desk(desk: Desk) -> None:
    place = await desk.say("Niels Jensen", "talk to a human")
    ticket = await desk.ticket(place)
    analysts = desk.room.analysts(ticket.id)
    await desk.press("Ivan Petrov", analysts, "take", ticket.id)
    await desk.hear("Ivan Petrov", analysts, text="Which floor are you on?")
    said = await desk.last(place, "said")
    assert (said.name, said.text) == ("Ivan Petrov", "Which floor are you on?")
    await desk.hear("Niels Jensen", place, text="Remove John Smith's access to Slack")
    assert (await desk.last(analysts, "said")).text == "Remove John Smith's access to Slack"
    assert not await desk.ledger.plans(ticket.id)
    await desk.press("Ivan Petrov", analysts, "resolve", ticket.id, reason="Third floor, new cable.")
    assert (await desk.ticket(place)).status is TicketStatus.RESOLVED
    assert "Third floor, new cable." in (await desk.last(place, "status")).text
    await desk.hear("Niels Jensen", place, text="It is still broken.")
    assert (await desk.ticket(place)).status is TicketStatus.ESCALATED
    assert (await desk.last(analysts, "said")).text == "It is still broken."


async def test_asking_how_it_stands_leaves_what_waits_alone(desk: Desk) -> None:
    place = await desk.say("Hannah Weber", "Remove John Smith's access to email and Slack.")
    plan = await desk.settled(place, PlanState.ASKING)
    await desk.hear("Hannah Weber", place, text="any news on my request?")

    async def told() -> bool:
        return any("waiting for approval" in p.reply.text for p in await desk.posts(place) if p.reply.kind == "status")

    await desk.until(told)
    assert (await desk.ledger.plan(plan.id)).state is PlanState.ASKING
    assert (await desk.ticket(place)).status is TicketStatus.APPROVAL
    await desk.hear("Hannah Weber", place, text="cancel that")
    assert (await desk.ledger.plan(plan.id)).state is PlanState.CANCELLED
    assert not (await desk.last(desk.room.direct(mail("Sam Okafor"), plan.ticket), "approval")).buttons


async def test_a_vendor_that_is_down_is_tried_again_and_then_handed_over_with_the_truth(desk: Desk) -> None:
    client = desk.app.vendors.client("demo")
    place = await desk.say("Hannah Weber", "Remove John Smith's access to email and Slack.")
    plan = await desk.settled(place, PlanState.ASKING)
    client.trouble("access", "try later", "revoke", times=20)
    await desk.approve(plan)
    plan = await desk.settled(place, PlanState.FAILED)
    assert (await desk.ticket(place)).status is TicketStatus.ESCALATED
    said = (await desk.last(place, "status")).text
    assert "Done: Hand John Smith's upcoming meetings over" in said and "Not done: Remove John Smith's access to Email" in said

    async def undo() -> bool:
        return [b.verb for b in (await desk.last(desk.room.analysts(plan.ticket), "plan")).buttons] == ["undo"]

    await desk.until(undo)


async def test_an_answer_offers_the_request_and_asks_for_what_is_missing(desk: Desk) -> None:
    place = await desk.say("Emily Clarke", "how do I get new software on my laptop?")
    answer = await desk.last(place, "answer")
    act = next(b for b in answer.buttons if b.verb == "act")
    await desk.press("Emily Clarke", place, act)
    form = await desk.last(place, "form")
    apps, person = form.fields
    assert person.value == mail("Emily Clarke")
    await desk.press("Emily Clarke", place, "form", form.id, **{apps.name: "  ", person.name: person.value})
    assert (await desk.last(place, "form")).fields[0].error
    await desk.press("Emily Clarke", place, "form", form.id, **{apps.name: "Figma", person.name: person.value})
    assert (await desk.plan(place)).requested[0].action == act.ref.split(":")[1]


async def test_a_restart_takes_up_what_waits(desk: Desk) -> None:
    from bot.app import open_app

    place = await desk.say("Hannah Weber", "Remove John Smith's access to email and Slack.")
    plan = await desk.settled(place, PlanState.ASKING)
    await desk.app.close()
    desk.app = await open_app(desk.app.settings, [desk.room], clock=desk.clock)
    await desk.approve(plan)
    await desk.settled(place, PlanState.DONE)


async def test_asking_for_a_while_never_shortens_lasting_access(desk: Desk) -> None:
    held = next(g for g in (await desk.ledger.directory()).grants_of(mail("John Carter")) if g.system == "figma")
    assert held.until is None
    place = await desk.say("John Carter", "I need Figma for two weeks")
    plan = await desk.settled(place, PlanState.ASKING, PlanState.DONE, PlanState.RUNNING)
    await desk.approve(plan)
    await desk.settled(place, PlanState.DONE)
    assert next(g for g in (await desk.ledger.directory()).grants_of(mail("John Carter")) if g.system == "figma").until is None


async def test_what_is_not_understood_in_another_language_is_said_in_it_and_given_to_a_human(desk: Desk) -> None:
    place = await desk.say("Niels Jensen", "Könnten Sie bitte die Tastatur im dritten Stock gegen eine schwedische austauschen lassen?")
    assert (await desk.ticket(place)).status is TicketStatus.ESCALATED
    text = await desk.last(place, "text")
    assert "Help" in text.text or "Kolleg" in text.text or "Mensch" in text.text


async def test_a_german_request_leads_to_the_same_plan(desk: Desk) -> None:
    place = await desk.say("Niels Jensen", "Bitte entsperre mein Konto")
    assert (await desk.settled(place, PlanState.DONE)).requested[0].action == "account.unlock"


async def test_what_only_sounds_like_a_request_is_looked_up_and_offered(desk: Desk) -> None:
    """Nothing is planned until the person says that this was meant."""
    place = await desk.say("Sam Okafor", "rename my laptop")
    ticket = await desk.ticket(place)
    assert not await desk.ledger.plans(ticket.id)
    reply = (await desk.posts(place))[-1].reply
    (offered,) = [b for b in reply.buttons if b.verb == "act"]
    assert offered.ref == f"{ticket.id}:device.provision"
    assert any(b.verb == "human" for b in reply.buttons)
    await desk.press("Sam Okafor", place, offered)
    assert (await desk.posts(place))[-1].reply.kind == "form"


async def test_what_is_asked_for_besides_in_a_thread_replaces_nothing(desk: Desk) -> None:
    place = await desk.say("Tom Becker", "I need access to Figma")
    first = await desk.settled(place, PlanState.ASKING)
    await desk.say("Tom Becker", "also HubSpot", place.thread)
    second = await desk.settled(place, PlanState.ASKING)
    assert second.id != first.id
    assert (await desk.ledger.plan(first.id)).state is PlanState.ASKING
    await desk.approve(second)
    await desk.settled(place, PlanState.DONE)
    assert (await desk.ticket(place)).status is TicketStatus.APPROVAL, "the first still waits"
    await desk.approve(first)

    async def done() -> bool:
        return (await desk.ledger.plan(first.id)).state is PlanState.DONE

    await desk.until(done)
    await desk.until(lambda: _is(desk, place, TicketStatus.RESOLVED))


async def _is(desk: Desk, place: Place, status: TicketStatus) -> bool:
    return (await desk.ticket(place)).status is status


async def test_what_is_said_anew_replaces_only_what_it_corrects(desk: Desk) -> None:
    place = await desk.say("Tom Becker", "I need access to Figma")
    first = await desk.settled(place, PlanState.ASKING)
    await desk.say("Tom Becker", "I need access to HubSpot", place.thread)
    second = await desk.settled(place, PlanState.ASKING)
    await desk.say("Tom Becker", "no, Miro", place.thread)
    third = await desk.settled(place, PlanState.ASKING)
    states = [(await desk.ledger.plan(p.id)).state for p in (first, second, third)]
    assert len({first.id, second.id, third.id}) == 3
    assert states == [PlanState.ASKING, PlanState.CANCELLED, PlanState.ASKING]
