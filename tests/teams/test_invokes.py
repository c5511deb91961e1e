"""Buttons, forms and dialogs: what a client sends, and what it can read of the answer."""

from __future__ import annotations

import pytest

from bot.domain.plans import PlanState
from tests.teams.conftest import House
from tests.teams.standin import cardplay
from tests.teams.standin.cardplay import NotSent
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
    """Neither in the open, where anybody can press it, nor from afar, where only a forger could."""
    form = await pick_list(house)
    assert (await house.teams.press("Tom Becker", form, "John Smith")).said
    await house.teams.say("Hannah Weber", "Remove John's access to Slack.", house.help)
    public = await house.teams.sees(house.help, PICK)
    answered = await house.teams.press("Tom Becker", public, "John Smith")
    assert "Only the person who asked" in answered.said
    await house.teams.calm()
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


async def test_a_form_in_the_chat_says_what_is_wrong_and_takes_what_is_right(house: House) -> None:
    teams = house.teams
    await teams.say("Hannah Weber", "grant somebody access")
    form = await house.sees("Hannah Weber", "Who is it about?", button="Continue")
    with pytest.raises(NotSent):
        await teams.fill("Hannah Weber", form, {"Which system?": "figma"})
    await teams.fill("Hannah Weber", form, {"Who is it about?": "Nobody Nowhere", "Which system?": "figma"})
    await teams.until(lambda: "Nobody Nowhere" in teams.reads(form) and "✗" in teams.reads(form), what="the error, and what was typed")
    assert await house.plans() == []
    assert cardplay.inputs((teams.card(form),))["one.q2"]["value"] == "figma", "what was right stays filled in"
    await teams.fill("Hannah Weber", form, {"Who is it about?": "tom.becker@brightwater.example"})
    await teams.until(lambda: not teams.buttons(form))
    (plan,) = await teams.until(house.plans)
    assert "Tom Becker" in plan.title and "Figma" in plan.title


MANY = (
    "Grant somebody access, remove somebody's access, add somebody to a group, remove somebody from a group "
    "and forward an email to somebody"
)


def some(card: cardplay.Json, person: str) -> dict[str, str]:
    """A value for every input of a card: the first of a list, a person where one is typed."""
    return {n: str(e["choices"][0]["value"]) if e.get("choices") else person for n, e in cardplay.inputs((card,)).items()}


async def test_a_dialog_shows_what_is_wrong_beside_the_fields_and_closes_once_it_is_right(house: House) -> None:
    teams = house.teams
    await teams.say("Hannah Weber", MANY)
    form = await house.sees("Hannah Weber", "questions to answer", button="Fill in")
    dialog = await teams.open_dialog("Hannah Weber", form, "Fill in")
    assert dialog.title == "A few details first" and len(cardplay.inputs((dialog.card,))) > 8
    with pytest.raises(NotSent):
        await teams.submit_dialog(dialog, {})
    answered = await teams.submit_dialog(dialog, some(dialog.card, "Nobody Nowhere"))
    assert answered.kind == "continue", answered.body
    assert cardplay.read(dialog.card).count("✗") >= 3 and "Nobody Nowhere" in cardplay.read(dialog.card)
    assert await house.plans() == []
    answered = await teams.submit_dialog(dialog, some(dialog.card, mail("Tom Becker")))
    assert answered.kind == "closed", answered.body
    await teams.until(lambda: not teams.buttons(form), what="a settled form")
    assert "Tom Becker" in teams.reads(form)


async def test_a_dialog_opened_twice_is_sent_once(house: House) -> None:
    teams = house.teams
    await teams.say("Hannah Weber", MANY)
    form = await house.sees("Hannah Weber", button="Fill in")
    one, two = [await teams.open_dialog("Hannah Weber", form, "Fill in") for _ in range(2)]
    await teams.submit_dialog(one, some(one.card, mail("Tom Becker")))
    await teams.until(lambda: not teams.buttons(form))
    before = [p.id for p in await house.plans()]
    late = await teams.submit_dialog(two, some(two.card, mail("Lucy Chen")))
    assert late.kind == "message" and late.said
    await teams.calm()
    assert [p.id for p in await house.plans()] == before


async def test_a_dialog_is_not_sent_in_anothers_name(house: House) -> None:
    teams = house.teams
    await teams.say("Hannah Weber", MANY, house.help)
    form = await teams.sees(house.help, "questions to answer", button="Fill in")
    dialog = await teams.open_dialog("Hannah Weber", form, "Fill in")
    answered = await teams.submit_dialog(dialog, some(dialog.card, mail("Tom Becker")), who="Tom Becker")
    await teams.calm()
    assert "Only the person who asked" in answered.said + "".join(teams.reads(s) for s in teams.dms("Tom Becker"))
    assert await house.plans() == [] and "Fill in" in teams.buttons(form)


async def test_a_dialog_outlives_a_restart(house: House) -> None:
    teams = house.teams
    await teams.say("Hannah Weber", MANY)
    form = await house.sees("Hannah Weber", button="Fill in")
    dialog = await teams.open_dialog("Hannah Weber", form, "Fill in")
    await house.restart()
    assert (await teams.submit_dialog(dialog, some(dialog.card, mail("Tom Becker")))).kind == "closed"
    await teams.until(lambda: not teams.buttons(form))


async def test_every_invoke_is_answered_with_a_body_that_a_client_reads(house: House) -> None:
    """The SDK's own adapter serialises an invoke's body twice and fails with HTTP 500: not ours."""
    teams = house.teams
    await teams.say("Rosa Delgado", "How do I connect to the office Wi-Fi?")
    answer = await house.sees("Rosa Delgado", "Wi-Fi", button="This helped")
    for title in ("Not what I need", "Talk to a human"):
        answered = await teams.press("Rosa Delgado", answer, title)
        assert answered.status == 200 and answered.body["statusCode"] == 200, answered
        await teams.calm()


async def test_what_is_too_long_for_a_message_is_cut_and_the_rest_is_a_press_away(house: House) -> None:
    """Doors, each four bytes long: what Rosa writes is allowed, and more than a message of Teams holds."""
    teams = house.teams
    await teams.say("Rosa Delgado", "talk to a human. " + "🚪🚪 " * 2600 + "the end")
    said = await teams.sees(house.analysts, "Rosa Delgado wrote", button="Show everything")
    assert "the end" not in teams.reads(said)
    dialog = await teams.open_dialog("Ivan Petrov", said, "Show everything")
    doors = 0
    for _ in range(20):
        doors += cardplay.read(dialog.card).count("🚪")
        if "Next page" not in cardplay.titles(dialog.card):
            break
        await teams.submit_dialog(dialog, {}, "Next page")
    assert doors == 5200 and "the end" in cardplay.read(dialog.card)
    house.analysts.members.append(teams.user("Ivan Petrov"))
    answered = await teams.press("Tom Becker", said, "Show everything")
    assert answered.card is None and "🚪" not in answered.said, "Tom is not in this channel"


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
