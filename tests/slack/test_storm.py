"""Everything told three times, in any order, across restarts and replicas; many people at once."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from bot.domain.messages import Form
from bot.domain.people import Employment, Standing
from bot.domain.plans import PlanState
from tests.slack.conftest import ANALYSTS, HELP, House, both, mail
from tests.slack.standin.driver import Slack, labels, shown
from tests.slack.standin.state import Fault
from tests.slack.standin.workspace import Json
from tests.slack.test_scenes import HANNAH, IVAN, ROSA, SAM, removal

TOM, LUCY, EMILY, NIELS = "Tom Becker", "Lucy Chen", "Emily Clarke", "Niels Jensen"
QUESTION = "Why isn't my Microsoft Teams microphone working?"


def said_once(slack: Slack, where: str, thread: str = "") -> bool:
    """No two messages of the bot's read alike."""
    counted = Counter(shown(m) for m in slack.messages(where, thread))
    return all(n == 1 for n in counted.values())


@pytest.mark.parametrize(("mode", "seed"), [("socket", 1), ("http", 2)], indirect=["mode"])
async def test_a_storm_with_a_restart_in_it(house: House, slack: Slack, seed: int) -> None:
    """Every event three times, shuffled; the desk restarts in the middle, and the whole storm comes once more."""
    slack.echoes = False
    house.careless = True
    slack.office.hold()
    asked = {who: await slack.mention(who, HELP, QUESTION) for who in (ROSA, TOM, LUCY)}
    direct = {who: await slack.say(who, who, "I need access to Figma for two weeks") for who in (EMILY, NIELS)}
    removing = await slack.mention(HANNAH, HELP, "Remove John Smith's access to Slack.")
    held = await slack.office.release(times=3, seed=seed)
    await slack.seen(SAM, "Approval: .*Slack")
    await house.restart()
    await asyncio.gather(*(slack.office.again(d) for d in held for _ in range(2)))
    for said in asked.values():
        await slack.seen(HELP, "icrophone not working", said["ts"])
    for who, said in direct.items():
        await slack.seen(who, "Plan: .*Figma", said["ts"])
    await house.quiet()
    tickets = await house.tickets()
    assert sorted(t.requester for t in tickets) == sorted(mail(who) for who in (*asked, *direct, HANNAH))
    assert Counter(t.place.thread for t in tickets) == Counter(m["ts"] for m in (*asked.values(), *direct.values(), removing))
    assert Counter(p.state for p in await house.plans()) == Counter({PlanState.ASKING: 3})
    assert all([len(await house.heard(t)) == 1 for t in tickets])
    for said in asked.values():
        assert len(slack.messages(HELP, said["ts"])) == 1
    for who, said in direct.items():
        assert said_once(slack, who, said["ts"])
    assert said_once(slack, SAM) and said_once(slack, HELP, removing["ts"])


@both
async def test_a_click_told_three_times_counts_once(house: House, slack: Slack) -> None:
    said = await removal(slack, HELP)
    asked = await slack.seen(SAM, "Approval: ")
    pressed = await slack.press(SAM, asked, "Approve")
    await asyncio.gather(*(slack.office.again(pressed) for _ in range(3)))
    await house.settled(PlanState.DONE)
    await house.restart()
    await slack.office.again(pressed)
    await slack.seen(HELP, "All done", said["ts"])
    await house.quiet()
    plan = (await house.plans())[0]
    votes = [v for a in await house.ledger.approvals(plan.id) for v in a.votes]
    assert [v.person for v in votes] == [mail(SAM)]
    assert not [m for m in slack.messages(SAM) if "settled already" in shown(m)] and not slack.ephemerals(SAM)
    assert sum("All done" in shown(m) for m in slack.messages(HELP, said["ts"])) == 1


async def test_dialogs_commands_and_shortcuts_told_twice_count_once(house: House, slack: Slack) -> None:
    await removal(slack)
    asked = await slack.seen(SAM, "Approval: ")
    await slack.press(SAM, asked, "Decline")
    await slack.until(lambda: slack.has_modal(SAM))
    sent = await slack.submit(SAM, {"Reason": "He is only on leave."})
    await slack.office.again(sent)
    await house.settled(PlanState.DECLINED)
    command = await slack.command(ROSA, HELP, QUESTION)
    await slack.office.again(command)
    await slack.seen(ROSA, "icrophone not working")
    lounge = await slack.say(TOM, "#lounge", "The display flickers")
    await slack.shortcut(LUCY, "create_ticket", lounge)
    await slack.until(lambda: slack.has_modal(LUCY))
    made = await slack.submit(LUCY, {})
    await slack.office.again(made)
    await slack.seen(ANALYSTS, "display flickers")
    await slack.react(TOM, lounge, "#lounge", "ticket")
    await slack.office.again(slack.office.all[-1])
    await house.quiet()
    requesters = Counter(t.requester for t in await house.tickets())
    assert requesters[mail(ROSA)] == 1 and requesters[mail(LUCY)] == 1 and requesters[mail(TOM)] <= 1
    heads = [m for m in slack.messages(ANALYSTS) if not m.get("thread_ts") or m["thread_ts"] == m["ts"]]
    assert len({shown(h) for h in heads}) == len(heads)


@both
async def test_edits_and_deletions_before_what_they_are_about(house: House, slack: Slack) -> None:
    """Events may overtake each other: an edit counts as the message, a deletion means it was never said."""
    house.expected |= {"thread_not_found", "message_not_found"}
    slack.office.hold()
    said = await slack.say(HANNAH, HANNAH, "Remove John Smith's access to Slack.")
    edit = await slack.edit(said, HANNAH, "Remove John Smith's access to Zoom.")
    gone = await slack.say(TOM, TOM, "I need access to Figma for two weeks")
    deletion = await slack.delete(gone, TOM)
    first, _, second, _ = slack.office.held or []
    slack.office.held = None
    for delivery in (edit, first, edit, deletion, second, deletion):
        await slack.office.again(delivery)
    await slack.seen(SAM, "Approval: Remove John Smith's access to Zoom")
    await house.quiet()
    plans = await house.plans()
    assert [(p.state, p.steps[0].call.arguments["system"]) for p in plans] == [(PlanState.ASKING, "zoom")]
    assert [t.requester for t in await house.tickets()] == [mail(HANNAH)]


async def test_a_restart_finds_every_thread_again(house: House, slack: Slack) -> None:
    """After a restart a follow-up, a relay, an approver's thread and a card's buttons are where they were."""
    said = await slack.mention(HANNAH, HELP, "Remove John's access to email and Slack.")
    form = await slack.seen(HELP, "Which .John. do you mean", said["ts"])
    await house.restart()
    await slack.press(HANNAH, form, "John Smith")
    asked = await slack.seen(SAM, "Approval: ")
    brief = await slack.until(house.thread_of(ANALYSTS, "BH-1001"))
    await house.restart()
    await slack.say(SAM, SAM, "why me?", asked["ts"])
    await slack.seen(ANALYSTS, "why me", brief["ts"])
    await slack.press(IVAN, brief, "Take it")
    await slack.say(IVAN, ANALYSTS, "because you are his manager", brief["ts"])
    await slack.seen(HELP, "because you are his manager", said["ts"])
    await house.restart()
    await slack.press(SAM, asked, "Approve")
    await house.settled(PlanState.DONE)
    await slack.until(lambda: not labels(asked))
    forms = [p for p in await house.ledger.posts(ticket="BH-1001") if isinstance(p.reply, Form)]
    assert len(forms) == 1 and "John Smith" in shown(form)


async def test_what_was_said_while_the_desk_was_away(house: House, slack: Slack) -> None:
    """Decided just before the end, drawn by the next process: nothing is lost and nothing is said twice."""
    said = await removal(slack, HELP)
    asked = await slack.seen(SAM, "Approval: ")
    house.careless = True
    await slack.press(SAM, asked, "Approve")
    await house.close()
    await house.open()
    await house.settled(PlanState.DONE)
    await slack.seen(HELP, "All done", said["ts"])
    await slack.until(lambda: not labels(asked))
    await house.quiet()
    assert said_once(slack, HELP, said["ts"])


@pytest.mark.parametrize("after", [0.05, 0.2, 0.4])
async def test_what_is_being_said_while_the_process_ends_is_said_once(house: House, slack: Slack, after: float) -> None:
    """Cut off in the middle, a message would stand in Slack without the record knowing, and be said again by the next process."""
    slack.state.faults.append(Fault("*", times=100, slow=0.05))
    said = [await slack.mention(who, HELP, QUESTION) for who in (ROSA, TOM)]
    house.careless = True
    await asyncio.sleep(after)
    await house.restart()
    for one in said:
        await slack.seen(HELP, "icrophone not working", one["ts"])
    await house.quiet()
    for one in said:
        assert len([m for m in slack.messages(HELP, one["ts"]) if "icrophone not working" in shown(m)]) == 1


@both
async def test_fifty_threads_at_once(house: House, slack: Slack) -> None:
    slack.echoes = False
    directory = await house.ledger.directory()
    people = [p.name for p in directory.people.values() if p.status is Standing.ACTIVE and p.type is not Employment.SERVICE][:40]
    questions = [QUESTION, "How do I connect to the office Wi-Fi?", "talk to a human", "the printer on my floor does not print"]

    async def one(number: int) -> Json:
        return await slack.mention(people[number % len(people)], HELP, questions[number % len(questions)])

    said = await asyncio.gather(*(one(n) for n in range(50)))
    for message in said:
        await slack.until(lambda ts=message["ts"]: slack.messages(HELP, ts), 40)
    await slack.until(lambda: not any(slack.reactions(m) for m in said), 40)
    await house.quiet()
    tickets = await house.tickets()
    assert {t.place.thread for t in tickets} == {m["ts"] for m in said} and len(tickets) == 50
    for ticket in tickets:
        message = next(m for m in said if m["ts"] == ticket.place.thread)
        assert ticket.requester == slack.state.workspace.users[message["user"]].email
    assert all(len(slack.messages(HELP, m["ts"])) == 1 for m in said)
