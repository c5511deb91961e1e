"""Words that people read on cards: names instead of ids, when somebody decided, titles that end at a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.desk.cards import decided
from bot.desk.sentences import came_of
from bot.domain.approvals import Approval, ApprovalState, Vote
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.messages import Click, Message
from bot.domain.people import Person, System
from tests.desk.conftest import Desk, mail

NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
JOHN, SAM = mail("John Smith"), mail("Sam Okafor")
COMPANY = Directory(
    [Person(id=e, email=e, name=n) for e, n in ((JOHN, "John Smith"), (SAM, "Sam Okafor"))], [System(id="slack", name="Slack")], []
)


def test_what_an_action_says_of_itself_names_people_and_systems() -> None:
    call = Call(action="access.revoke", arguments={"person": JOHN, "system": "slack"})
    said = f"{JOHN} no longer has access to slack (slack-eu, a@slack.example)."
    assert came_of(said, call, COMPANY) == "John Smith no longer has access to Slack (slack-eu, a@slack.example)."


def test_a_decision_says_who_made_it_why_and_when() -> None:
    vote = Vote(person=SAM, approve=False, reason="He is only on leave.", at=NOW)
    approval = Approval(
        id="a",
        plan="p",
        ticket="BH-1",
        fingerprint="f",
        kind="manager",
        approvers=(SAM,),
        state=ApprovalState.DECLINED,
        votes=(vote,),
        opened=NOW,
        expires=NOW + timedelta(days=3),
    )
    assert decided(approval, COMPANY) == "Sam Okafor declined this: He is only on leave. (Mon 23 Nov, 09:05 UTC)"


async def test_a_long_first_line_becomes_a_title_that_ends_at_a_word(desk: Desk) -> None:
    words = "My mouse is broken and so is the keyboard that I got with it last week, " * 3 + "talk to a human"
    ticket = await desk.ticket(await desk.say("Niels Jensen", words))
    assert len(ticket.summary) <= 120
    assert ticket.summary.endswith("…") and words.startswith(ticket.summary[:-1] + " ")


@pytest.mark.parametrize("typed", ["Tom Becker", "tom becker", "Tom", "Tom.Becker@brightwater.example"])
async def test_a_form_takes_a_person_by_address_or_by_a_name_that_only_one_has(desk: Desk, typed: str) -> None:
    place = await desk.say("Hannah Weber", "Create a group")
    form = await desk.last(place, "form")
    await desk.press("Hannah Weber", place, "form", form.id, **{form.fields[0].name: typed, form.fields[1].name: "design"})
    plan = await desk.plan(place)
    assert plan.steps[0].call.arguments["person"] == mail("Tom Becker")


async def test_a_name_that_several_have_and_one_that_nobody_has_are_asked_again(desk: Desk) -> None:
    place = await desk.say("Hannah Weber", "Create a group")
    form = await desk.last(place, "form")
    for typed, why in (
        ("John", f"{mail('John Carter')}"),
        ("Walter Fink", "nobody with the name"),
        ("Nobody Here", "nobody with the name"),
    ):
        values = {form.fields[0].name: typed, form.fields[1].name: "design"}
        click = Click(verb="form", ref=form.id, values=values)
        message = Message(id=typed, person=mail("Hannah Weber"), place=place, click=click, at=desk.clock())
        assert why in (await desk.app.desk.hearing.errors(message))[form.fields[0].name]
