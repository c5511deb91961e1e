"""Buttons, forms and dialogs: what a client sends, and what it can read of the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.domain.plans import PlanState
from tests.teams.conftest import House
from tests.teams.standin import cardplay
from tests.teams.standin.world import Shown, mail

PICK = "Which “John” do you mean?"


async def pick_list(house: House) -> Shown:
    await house.teams.say("Hannah Weber", "Remove John's access to Slack.")
    return await house.sees("Hannah Weber", PICK)


async def test_a_pick_list_is_settled_by_what_was_chosen(house: House) -> None:
    form = await pick_list(house)
    assert {"John Abara", "John Carter", "John Smith"} <= set(house.teams.buttons(form))
    answered = await house.teams.press("Hannah Weber", form, "John Smith")
    assert answered.kind in ("card", "message")
    await house.settled(PlanState.ASKING)
    await house.teams.until(lambda: not house.teams.buttons(form))
    assert "John Smith" in house.teams.reads(form)


async def test_a_client_that_knows_no_execute_sends_a_message_and_that_works_too(house: House) -> None:
    """The fallback of Action.Execute is Action.Submit: older clients press that."""
    form = await pick_list(house)
    action, data = cardplay.press(house.teams.card(form), "John Smith", {})
    assert action["type"] == "Action.Execute" and action["fallback"]["type"] == "Action.Submit"
    answered = await house.teams.act("Hannah Weber", form, action["fallback"], data)
    assert answered.ok
    await house.settled(PlanState.ASKING)


async def test_somebody_elses_form_is_not_filled_in(house: House) -> None:
    form = await pick_list(house)
    answered = await house.teams.press("Tom Becker", form, "John Smith")
    assert "Only the person who asked" in answered.said
    assert await house.plans() == []


async def test_a_form_that_is_no_longer_open_says_so(house: House) -> None:
    form = await pick_list(house)
    other = cardplay.press(house.teams.card(form), "John Carter", {})
    await house.teams.press("Hannah Weber", form, "John Smith")
    await house.settled(PlanState.ASKING)
    again = await house.teams.act("Hannah Weber", form, *other)
    await house.teams.calm()
    words = again.said + " ".join(house.teams.reads(s) for s in house.teams.dms("Hannah Weber"))
    assert "no longer open" in words
    assert len(await house.plans()) == 1


async def test_a_value_that_was_never_offered_is_refused_and_the_form_stays(house: House) -> None:
    """A forger's value, past the client's own checks."""
    form = await pick_list(house)
    action, data = cardplay.press(house.teams.card(form), "John Smith", {})
    for wrong in ("nobody@evil.example", "", "x" * 5000, mail("Alice Brandt")):
        forged = {"bellhop": {**data["bellhop"], "values": {"q1": wrong}}}
        await house.teams.act("Hannah Weber", form, action, forged)
    await house.teams.calm()
    assert await house.plans() == []
    newest = await house.sees("Hannah Weber", PICK, button="John Smith")
    await house.teams.press("Hannah Weber", newest, "John Smith")
    await house.settled(PlanState.ASKING)


async def big_form(house: House) -> Any:
    """What an action needs that was picked from a button: several fields."""
    await house.teams.say("Hannah Weber", "grant access")
    return await house.teams.until(
        lambda: next((s for s in reversed(house.teams.dms("Hannah Weber")) if house.teams.buttons(s)), None), what="a form"
    )


async def test_dialogs_open_check_and_close(house: House) -> None:
    """Wherever a card offers a dialog, it opens, shows what is wrong beside the fields, and closes once it is right."""
    teams = house.teams
    form = await big_form(house)
    opener = next((f.action["title"] for f in cardplay.buttons(teams.card(form)) if _opens(f.action)), None)
    if opener is None:
        pytest.skip("this form stands in the chat as it is")
    dialog = await teams.open_dialog("Hannah Weber", form, opener)
    assert dialog.title
    known = cardplay.inputs((dialog.card,))
    good = {name: _some(element) for name, element in known.items()}
    answered = await teams.submit_dialog(dialog, good)
    assert answered.kind in ("closed", "message", "continue")


def _opens(action: dict[str, Any]) -> bool:
    data = action.get("data")
    return isinstance(data, dict) and data.get("msteams", {}).get("type") == "task/fetch"


def _some(element: dict[str, Any]) -> str:
    choices = element.get("choices") or []
    return str(choices[0]["value"]) if choices else {"Input.Date": "2027-01-01", "Input.Number": "3"}.get(element["type"], "Tom Becker")


async def test_every_invoke_is_answered_with_a_body_that_a_client_reads(house: House) -> None:
    """The SDK's own adapter serialises an invoke's body twice and fails with HTTP 500: not ours."""
    teams = house.teams
    await teams.say("Rosa Delgado", "How do I connect to the office Wi-Fi?")
    answer = await house.sees("Rosa Delgado", "Wi-Fi", button="This helped")
    for title in ("Not what I need", "Talk to a human"):
        answered = await teams.press("Rosa Delgado", answer, title)
        assert answered.status == 200 and answered.body["statusCode"] == 200, answered
        await teams.calm()


async def test_the_sdk_still_answers_invokes_wrongly() -> None:
    """If this fails, an upstream fix has arrived, and the detour in bot/channels/teams can go."""
    from botbuilder.core import InvokeResponse, serializer_helper

    once = serializer_helper({"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "ok"})
    assert json.loads(json.dumps(once)) and InvokeResponse(status=200, body=once)
    with pytest.raises(Exception):  # noqa: B017  # the kind is the SDK's own accident
        serializer_helper(serializer_helper(InvokeResponse(status=200, body=once).body))
        raise AssertionError


async def test_a_long_answer_is_cut_and_the_rest_is_a_press_away(house: House) -> None:
    teams = house.teams
    await teams.say("Rosa Delgado", "talk to a human. " + "My screen flickers when I open the door. " * 180)
    brief = await teams.sees(house.analysts, "My screen flickers")
    for shown in teams.messages(house.analysts, brief.root or brief.id):
        opener = next((f.action["title"] for f in cardplay.buttons(teams.card(shown)) if _opens(f.action)), None)
        if opener:
            dialog = await teams.open_dialog("Ivan Petrov", shown, opener)
            assert "My screen flickers" in cardplay.read(dialog.card)
            return
    assert any(teams.reads(s).count("My screen flickers") == 180 for s in teams.messages(house.analysts)), "nothing of it was lost"


async def test_a_ticket_from_a_message(house: House) -> None:
    """The message action "Create a ticket": a dialog with the message's words, then a ticket."""
    teams = house.teams
    said = await teams.say("Lucy Chen", "the monitor in room 4 flickers", house.chat, mention=False)
    payload = {"id": said.id, "body": {"contentType": "html", "content": "<p>the monitor in room 4 <b>flickers</b></p>"}}
    lucy = teams.user("Lucy Chen")
    value = {"commandId": "ticket", "commandContext": "message", "messagePayload": payload, "context": {"theme": "default"}}
    activity = teams.activity(lucy, house.chat, "invoke", name="composeExtension/fetchTask", value=value, id="f:fetch")
    answered = await teams.deliver(activity)
    assert answered.status == 200 and answered.kind == "continue" and answered.card, answered
    assert "the monitor in room 4 flickers" in cardplay.read(answered.card)
    title = next(str(f.action["title"]) for f in cardplay.buttons(answered.card) if cardplay.sends(f.action))
    _, data = cardplay.press(answered.card, title, {})
    submit = {**value, "data": data}
    sent = teams.activity(lucy, house.chat, "invoke", name="composeExtension/submitAction", value=submit, id="f:submit")
    for _ in range(2):
        assert (await teams.deliver(sent)).status == 200
    await teams.sees(house.analysts, "the monitor in room 4 flickers", button="Take it")
    await teams.calm()
    (ticket,) = await house.tickets()
    assert ticket.requester == mail("Lucy Chen")
    assert teams.messages(house.chat) == [], "a ticket for one is not news for all"
    await house.sees("Lucy Chen", ticket.id)
