"""How people and conversations are reached, and what the log keeps to itself."""

from __future__ import annotations

import logging

import pytest

from bot.channels.teams.parse import CHANNEL
from tests.teams.conftest import House
from tests.teams.standin.world import mail

WIFI = "How do I connect to the office Wi-Fi?"


async def test_who_adds_the_bot_is_greeted_once_however_often_teams_says_so(house: House) -> None:
    teams = house.teams
    for _ in range(3):
        assert (await teams.install("Lucy Chen")).ok
    await house.sees("Lucy Chen", "Hello Lucy")
    await teams.calm()
    assert len(teams.dms("Lucy Chen")) == 1
    assert await house.tickets() == []


async def test_who_is_nobody_is_not_greeted(house: House) -> None:
    teams = house.teams
    guest = teams.user("Gus Guest", role="guest")
    assert (await teams.install(guest)).ok
    await teams.calm()
    assert teams.dms(guest) == []


async def test_who_removes_the_bot_is_forgotten_and_may_come_back(house: House) -> None:
    teams = house.teams
    await teams.install("Lucy Chen")
    await house.sees("Lucy Chen", "Hello Lucy")
    known = await house.ledger.reach(CHANNEL, mail("Lucy Chen"))
    assert known["conversation"] == teams.world.personal(teams.user("Lucy Chen")).id
    assert (await teams.uninstall("Lucy Chen")).ok

    async def forgotten() -> bool:
        return "conversation" not in await house.ledger.reach(CHANNEL, mail("Lucy Chen"))

    await teams.until(forgotten)
    await teams.install("Lucy Chen")
    await teams.until(lambda: len(teams.dms("Lucy Chen")) == 2)


async def test_a_conversation_that_moves_to_another_address_is_followed(house: House) -> None:
    teams = house.teams
    await teams.say("Rosa Delgado", "hello")
    await house.sees("Rosa Delgado", "Hello Rosa")
    chat = teams.world.personal(teams.user("Rosa Delgado"))
    chat.region = "amer"
    await teams.say("Rosa Delgado", WIFI)
    await house.sees("Rosa Delgado", "Wi-Fi")
    known = await house.ledger.reach(CHANNEL, chat.id)
    assert known["connector"].endswith("/amer/")


async def test_what_is_kept_of_people_holds_no_secret_and_no_name(house: House) -> None:
    await house.teams.say("Rosa Delgado", "hello")
    await house.sees("Rosa Delgado", "Hello Rosa")
    known = await house.ledger.reach(CHANNEL, mail("Rosa Delgado"))
    assert set(known) == {"connector", "tenant", "bot", "user", "aad", "conversation"}


async def test_the_log_keeps_words_and_tokens_to_itself(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    teams = house.teams
    teams.login.bearers.revoke()
    await teams.say("Rosa Delgado", "hello, my password is hunter2-the-great", house.help)
    await teams.deliver(
        teams.activity(teams.user("Rosa Delgado"), house.help, "invoke", name="adaptiveCard/action", value={"a": "hunter2-b"})
    )
    guest = teams.user("Gus Guest", role="guest")
    await teams.say(guest, "hunter2-of-the-guest")
    await teams.calm(0.5)
    ours = "\n".join(r.getMessage() + str(r.exc_text or "") for r in caplog.records)
    assert "hunter2" not in ours
    assert not any(token in ours for token in teams.login.bearers.issued)


async def test_a_message_menu_works_where_the_bot_is_not_for_those_who_know_it(house: House) -> None:
    """ "Create a ticket" is offered on messages everywhere: in a chat without the bot, the person's own chat with it says who they are."""
    teams = house.teams
    elsewhere = teams.world.group("elsewhere", [teams.user("Lucy Chen"), teams.user("Rosa Delgado")])
    elsewhere.installed = False
    payload = {"id": "1", "body": {"contentType": "html", "content": "<p>the monitor flickers</p>"}}
    asked = {"name": "composeExtension/fetchTask", "value": {"commandId": "ticket", "messagePayload": payload}}
    first = await teams.deliver(teams.activity(teams.user("Lucy Chen"), elsewhere, "invoke", **asked))
    assert first.kind == "message" and "say hello" in first.said
    await teams.install("Lucy Chen")
    await house.sees("Lucy Chen", "Hello Lucy")
    second = await teams.deliver(teams.activity(teams.user("Lucy Chen"), elsewhere, "invoke", **asked))
    assert second.kind == "continue" and second.card
    pressed = teams.activity(teams.user("Lucy Chen"), elsewhere, "invoke", name="adaptiveCard/action", value={"action": {"data": {}}})
    assert "not one of mine" in (await teams.deliver(pressed)).said
