"""When the bot speaks, and when it keeps out: a setting per channel, and manners among people."""

from __future__ import annotations

import pytest

from tests.teams.conftest import House
from tests.teams.standin.world import Chat

WIFI = "How do I connect to the office Wi-Fi?"
MICROPHONE = "Why isn't my Microsoft Teams microphone working?"


async def keeps_out(house: House, place: Chat, tickets: int = 0) -> None:
    """Nothing was said, shown or written down."""
    await house.teams.calm()
    assert house.teams.messages(place) == [], house.teams.transcript()
    assert house.teams.typing(place) == 0
    assert len(await house.tickets()) == tickets


async def test_by_default_a_channel_is_answered_on_mention(house: House) -> None:
    await house.teams.say("Rosa Delgado", WIFI, house.help, mention=False)
    await keeps_out(house, house.help)
    await house.teams.say("Rosa Delgado", WIFI, house.help)
    await house.teams.sees(house.help, "Wi-Fi")


async def test_always(closed: House) -> None:
    house = await closed.open(etiquette={f"teams:{closed.help.id}": "always"})
    said = await house.teams.say("Rosa Delgado", WIFI, house.help, mention=False)
    await house.teams.sees(house.help, "Wi-Fi", thread=said.id)
    await house.teams.say("Rosa Delgado", WIFI, house.chat, mention=False)
    await keeps_out(house, house.chat, tickets=1)


async def test_silent(closed: House) -> None:
    house = await closed.open(etiquette={f"teams:{closed.help.id}": "silent"})
    await house.teams.say("Rosa Delgado", WIFI, house.help, mention=False)
    await keeps_out(house, house.help)
    await house.teams.say("Rosa Delgado", WIFI, house.help)
    await house.sees("Rosa Delgado", f"About “{WIFI}”: I don't answer in this channel. Please write to me directly.")
    await house.teams.calm()
    assert house.teams.messages(house.help) == []
    await house.teams.say("Rosa Delgado", WIFI)
    await house.sees("Rosa Delgado", "Wi-Fi")


async def test_staff_only(closed: House) -> None:
    house = await closed.open(etiquette={f"teams:{closed.help.id}": "staff only"})
    await house.teams.say("Rosa Delgado", WIFI, house.help, mention=False)
    await keeps_out(house, house.help)
    said = await house.teams.say("Ivan Petrov", MICROPHONE, house.help)
    await house.teams.sees(house.help, "icrophone", thread=said.id)


async def test_a_default_for_all_of_teams(closed: House) -> None:
    house = await closed.open(etiquette={"teams:*": "always", f"teams:{closed.chat.id}": "on mention"})
    said = await house.teams.say("Rosa Delgado", WIFI, house.help, mention=False)
    await house.teams.sees(house.help, "Wi-Fi", thread=said.id)
    await house.teams.say("Tom Becker", MICROPHONE, house.chat, mention=False)
    await keeps_out(house, house.chat, tickets=1)


async def test_among_several_humans_the_bot_is_silent_unless_addressed(house: House) -> None:
    teams = house.teams
    root = await teams.say("Rosa Delgado", MICROPHONE, house.help)
    await teams.sees(house.help, "icrophone", thread=root.id)
    await teams.calm()
    before = len(teams.messages(house.help, root.id))
    await teams.say("Tom Becker", "I had the same yesterday", house.help, thread=root.id, mention=False)
    await teams.say("Rosa Delgado", "really? what did you do?", house.help, thread=root.id, mention=False)
    await teams.calm()
    assert len(teams.messages(house.help, root.id)) == before, teams.transcript()
    await teams.say("Rosa Delgado", WIFI, house.help, thread=root.id, mention=True)
    await teams.sees(house.help, "Wi-Fi", thread=root.id)


async def test_once_a_human_has_it_the_bot_answers_only_when_asked(house: House) -> None:
    teams = house.teams
    root = await teams.say("Niels Jensen", "talk to a human", house.help)
    brief = await teams.sees(house.analysts, button="Take it")
    await teams.press("Ivan Petrov", brief, "Take it")
    await teams.sees(house.help, "looking after this", thread=root.id)
    await teams.say("Niels Jensen", WIFI, house.help, thread=root.id, mention=False)
    await teams.sees(house.analysts, WIFI)
    await teams.calm()
    assert teams.find(house.help, "Source", thread=root.id, button="This helped") is None


async def test_a_thread_among_people_is_none_of_its_business_until_it_is_called(house: House) -> None:
    teams = house.teams
    root = await teams.say("Tom Becker", "Has anyone seen my charger?", house.help, mention=False)
    await teams.say("Rosa Delgado", "No, sorry", house.help, thread=root.id, mention=False)
    await keeps_out(house, house.help)
    await teams.say("Tom Becker", WIFI, house.help, thread=root.id, mention=True)
    await teams.sees(house.help, "Wi-Fi", thread=root.id)


@pytest.mark.parametrize("who", ["Rosa Delgado", "Ivan Petrov"])
async def test_the_analysts_channel_is_no_help_channel(house: House, who: str) -> None:
    """Small talk at the top of the analysts' channel opens no ticket."""
    await house.teams.say(who, "lunch?", house.analysts, mention=False)
    await keeps_out(house, house.analysts)


async def test_an_answer_that_not_everybody_may_read_goes_to_the_one_who_asked(house: House) -> None:
    """Ivan asks in front of everyone what only the help desk may read (knowledge/hr-it/prove-identity.md)."""
    teams = house.teams
    said = await teams.say("Ivan Petrov", "How do we prove the identity of somebody who calls?", house.help)
    private = await teams.told("Ivan Petrov", "Checking who somebody is", "Call back")
    public = await teams.sees(house.help, "answered you in a direct message", thread=said.id)
    assert len(teams.messages(house.help, said.id)) == 1
    assert not set(teams.reads(private).splitlines()) & set(teams.reads(public).splitlines()) - {""}
    await teams.say("Ivan Petrov", WIFI, house.help)
    await teams.sees(house.help, "Wi-Fi", button="This helped")


async def test_a_private_answer_that_cannot_be_given_is_not_given_in_public(house: House) -> None:
    """Ivan has blocked the bot in his own chat."""
    teams = house.teams
    teams.world.blocked.add(teams.user("Ivan Petrov").id)
    said = await teams.say("Ivan Petrov", "How do we prove the identity of somebody who calls?", house.help)
    await teams.sees(house.help, "I could not write to you privately", thread=said.id)
    await teams.calm()
    assert teams.dms("Ivan Petrov") == []
    assert not any("Call back" in teams.reads(s) for s in teams.messages(house.help))


async def test_an_approver_who_has_blocked_the_bot_is_no_secret_to_the_help_desk(house: House) -> None:
    teams = house.teams
    teams.world.blocked.add(teams.user("Sam Okafor").id)
    await teams.say("Hannah Weber", "Remove John Smith's access to Slack.")
    await teams.sees(house.analysts, "I could not reach Sam Okafor in Teams", "blocked")
    assert "slack" in await house.holds("John Smith")
