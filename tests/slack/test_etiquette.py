"""When the desk speaks where others read along, and when it leaves humans to each other."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.plans import PlanState
from tests.slack.conftest import ANALYSTS, BOTH, HELP, House, mail
from tests.slack.standin.driver import Slack, labels, shown
from tests.slack.standin.workspace import BOT_USER, Json

ROSA, TOM, IVAN, LUCY = "Rosa Delgado", "Tom Becker", "Ivan Petrov", "Lucy Chen"
QUESTION = "Why isn't my Microsoft Teams microphone working?"

pytestmark = pytest.mark.parametrize("mode", BOTH, indirect=True)
"""Manners are the same however Slack reaches the desk."""


async def nothing(house: House, slack: Slack, said: Json, where: str = HELP) -> None:
    """Neither a word nor a sign nor a trace of a message. What is said afterwards by somebody else is answered, so the desk is awake."""
    other = await slack.say(LUCY, LUCY, "How do I connect to the office Wi-Fi?")
    await slack.seen(LUCY, "office-wifi", other["ts"])
    await house.quiet()
    assert not slack.messages(where, said["ts"])
    assert said["ts"] not in [a["timestamp"] for a in slack.called("reactions.add")]
    kept = [m for t in await house.tickets() for m in await house.ledger.messages(t.id)]
    assert not [m for m in kept if said["ts"] in m["id"] and m["text"]]


async def test_by_default_a_channel_is_answered_when_it_calls_and_its_follow_ups_without(house: House, slack: Slack) -> None:
    await nothing(house, slack, await slack.say(ROSA, HELP, QUESTION))
    said = await slack.mention(ROSA, HELP, QUESTION)
    await slack.seen(HELP, "icrophone not working in Microsoft Teams", said["ts"])
    await slack.say(ROSA, HELP, "talk to a human", said["ts"])
    await slack.seen(HELP, "handed this to the help desk", said["ts"])
    (ticket,) = [t for t in await house.tickets() if t.requester == mail(ROSA)]
    assert (ticket.place.conversation, ticket.place.thread) == (HELP, said["ts"])
    assert await house.heard(ticket) == [QUESTION, "talk to a human"]


async def test_always_answers_whoever_begins_a_thread(closed_house: House, slack: Slack) -> None:
    house = await closed_house.open(etiquette={f"slack:{HELP}": "always"})
    said = await slack.say(ROSA, HELP, QUESTION)
    await slack.seen(HELP, "icrophone not working in Microsoft Teams", said["ts"])
    theirs = await slack.say(TOM, "#lounge", QUESTION)
    await nothing(house, slack, theirs, "#lounge")


async def test_staff_only_and_silent_channels(closed_house: House, slack: Slack) -> None:
    manners = {f"slack:{HELP}": "staff only", "slack:C0LOUNGE": "silent"}
    house = await closed_house.open(etiquette=manners)
    refused = await slack.mention(ROSA, HELP, QUESTION)
    await slack.told(ROSA, "only answer the help desk's staff in this channel.*write to me directly")
    silent = await slack.mention(ROSA, "#lounge", QUESTION)
    await slack.told(ROSA, "I don't answer in this channel")
    said = await slack.mention(IVAN, HELP, QUESTION)
    await slack.seen(HELP, "icrophone not working in Microsoft Teams", said["ts"])
    assert not slack.messages(HELP, refused["ts"]) and not slack.messages("#lounge", silent["ts"])
    assert [t.requester for t in await house.tickets()] == [mail(IVAN)]


async def test_where_several_humans_talk_it_is_silent_unless_called(house: House, slack: Slack) -> None:
    said = await slack.mention(ROSA, HELP, QUESTION)
    await slack.seen(HELP, "icrophone not working", said["ts"])
    await slack.say(TOM, HELP, "Have you tried turning it off and on again?", said["ts"])
    before = len(slack.messages(HELP, said["ts"]))
    between = await slack.say(ROSA, HELP, "How do I connect to the office Wi-Fi?", said["ts"])
    await nothing(house, slack, between)
    assert len(slack.messages(HELP, said["ts"])) == before
    await slack.mention(ROSA, HELP, "How do I connect to the office Wi-Fi?", said["ts"])
    await slack.seen(HELP, "office-wifi", said["ts"])
    assert "Have you tried" not in str([await house.heard(t) for t in await house.tickets()])


async def test_somebody_elses_thread_is_no_place_for_a_request_of_ones_own(house: House, slack: Slack) -> None:
    said = await slack.mention(ROSA, HELP, QUESTION)
    await slack.seen(HELP, "icrophone not working", said["ts"])
    await slack.mention(TOM, HELP, "I'm locked out", said["ts"])
    await slack.told(TOM, "This thread is about a request of Rosa Delgado")
    assert not await house.plans()


async def test_after_an_escalation_it_keeps_out_until_it_is_asked(house: House, slack: Slack) -> None:
    said = await slack.mention(ROSA, HELP, "talk to a human")
    await slack.seen(HELP, "handed this to the help desk", said["ts"])
    brief = await slack.seen(ANALYSTS, "BH-1001")
    await slack.say(ROSA, HELP, "I'm locked out", said["ts"])
    await slack.seen(ANALYSTS, "I'm locked out", brief["ts"])
    await house.quiet()
    assert not await house.plans()
    await slack.mention(ROSA, HELP, "I'm locked out", said["ts"])
    await house.settled(PlanState.DONE)
    await slack.seen(HELP, "account is (unlocked|not locked)", said["ts"])


async def test_bots_and_its_own_words_are_never_answered(house: House, slack: Slack) -> None:
    """A bot that names it, a message by an integration, and everything that the desk itself says and changes."""
    said = await slack.mention(ROSA, HELP, QUESTION)
    await slack.seen(HELP, "icrophone not working", said["ts"])
    app = {"bot_id": "B0OTHER", "app_id": "A0OTHER", "bot_profile": {"id": "B0OTHER", "name": "Other Bot"}}
    other = await slack.say("bot", HELP, f"<@{BOT_USER}> {QUESTION}", **app)
    hook: dict[str, Any] = {"subtype": "bot_message", "username": "alerts", "bot_id": "B0HOOK", "user": None}
    await slack.say("bot", HELP, f"<@{BOT_USER}> I'm locked out", **hook)
    await slack.say("bot", "bot", QUESTION, **app)
    answers = slack.messages(HELP, said["ts"])
    await nothing(house, slack, other)
    echoes = [d for d in slack.office.all if (d.body.get("event") or {}).get("bot_id") == "B0BELLHOP1"]
    assert echoes and slack.messages(HELP, said["ts"]) == answers
    assert len(await house.tickets()) == 2


async def test_an_answer_that_not_everybody_may_read_goes_to_the_one_who_asked(house: House, slack: Slack) -> None:
    """Somebody of HR asks in public about what only HR may read."""
    said = await slack.mention("Daniel Moore", HELP, "who may see salaries in workday")
    await slack.told("Daniel Moore", "Compensation Partner")
    await slack.seen(HELP, ".", said["ts"])
    await house.quiet()
    assert "Compensation Partner" not in " ".join(shown(m) + m["text"] for m in slack.messages(HELP))
    await slack.mention(ROSA, "#lounge", "who may see salaries in workday")
    await slack.seen("#lounge", ".")
    await house.quiet()
    assert "Compensation Partner" not in " ".join(shown(m) + m["text"] for m in (*slack.messages("#lounge"), *slack.messages(ROSA)))


@pytest.mark.parametrize("words", ["", "hello"])
async def test_whoever_calls_it_always_hears_something(house: House, slack: Slack, words: str) -> None:
    said = await slack.mention(ROSA, HELP, words)
    await slack.until(lambda: slack.messages(HELP, said["ts"]) or slack.ephemerals(ROSA))


async def test_a_thread_that_stands_for_an_analysts_ticket_takes_words_of_analysts_only(house: House, slack: Slack) -> None:
    await slack.say(ROSA, ROSA, "talk to a human")
    brief = await slack.seen(ANALYSTS, "BH-1001")
    await slack.say(TOM, ANALYSTS, "I can read this", brief["ts"])
    await slack.told(TOM, "Only the help desk's analysts")
    await slack.say(IVAN, ANALYSTS, "lunch, anybody?")
    await slack.press(IVAN, brief, "Take it")
    await slack.seen(ROSA, "Ivan Petrov from the help desk is looking after this")
    assert "lunch" not in " ".join(shown(m) for m in slack.messages(ROSA))
    assert "Take it" not in labels(brief)
