"""What Teams tells the bot: messages in each scope, threads and the lack of them, edits, deletions, files, installations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.plans import PlanState
from bot.domain.tickets import TicketStatus
from tests.teams.conftest import House
from tests.teams.standin.refusals import Limits, Refusal
from tests.teams.standin.teams import Teams
from tests.teams.standin.world import Shown, mail

WIFI = "How do I connect to the office Wi-Fi?"
MICROPHONE = "Why isn't my Microsoft Teams microphone working?"


async def test_a_direct_message_shows_a_sign_of_life_and_is_answered(house: House) -> None:
    teams = house.teams
    said = await teams.say("Rosa Delgado", WIFI)
    await house.sees("Rosa Delgado", "Wi-Fi", button="This helped")
    assert teams.typing(said.chat) >= 1
    (ticket,) = await house.tickets()
    assert ticket.requester == mail("Rosa Delgado")


async def test_a_mention_in_a_channel_is_answered_in_its_own_thread(house: House) -> None:
    teams = house.teams
    first = await teams.say("Rosa Delgado", WIFI, house.help)
    second = await teams.say("Tom Becker", MICROPHONE, house.help)
    await teams.sees(house.help, "Wi-Fi", thread=first.id, button="This helped")
    await teams.sees(house.help, "icrophone", thread=second.id, button="This helped")
    tickets = {ticket.requester: ticket for ticket in await house.tickets()}
    assert set(tickets) == {mail("Rosa Delgado"), mail("Tom Becker")}, "two threads are heard side by side, in no order"
    assert tickets[mail("Rosa Delgado")].summary.startswith("How do I"), "the bot's name is no part of what was asked"
    assert all(s.root for s in teams.messages(house.help)), "nothing was posted beside the threads"


async def test_a_follow_up_in_the_thread_needs_no_mention(house: House) -> None:
    teams = house.teams
    root = await teams.say("Hannah Weber", "Remove John Smith's access to Slack.", house.help)
    await house.settled(PlanState.ASKING)
    await teams.say("Hannah Weber", "cancel that", house.help, thread=root.id, mention=False)
    await teams.sees(house.help, "Cancelled", thread=root.id)
    assert len(await house.tickets()) == 1


async def test_two_needs_in_a_direct_conversation_are_two_tickets_and_a_follow_up_belongs_to_its_own(house: House) -> None:
    teams = house.teams
    await teams.say("Hannah Weber", WIFI)
    await house.sees("Hannah Weber", "Wi-Fi", button="This helped")
    await teams.say("Hannah Weber", "Remove John's access to Slack.")
    form = await house.sees("Hannah Weber", "Which “John” do you mean?")
    await teams.say("Hannah Weber", "John Smith")
    await house.settled(PlanState.ASKING)
    tickets = await house.tickets()
    assert len(tickets) == 2, [t.summary for t in tickets]
    assert await house.heard(tickets[1]) == ["Remove John's access to Slack.", "John Smith"]
    await teams.until(lambda: not teams.buttons(form))


async def test_a_group_chat_is_answered_when_the_bot_is_named(house: House) -> None:
    teams = house.teams
    await teams.say("Tom Becker", "What about lunch?", house.chat, mention=False)
    await teams.say("Rosa Delgado", MICROPHONE, house.chat)
    await teams.sees(house.chat, "icrophone", button="This helped")
    (ticket,) = await house.tickets()
    assert ticket.requester == mail("Rosa Delgado")
    assert teams.dms("Tom Becker") == []


async def test_mentions_of_others_stay_in_the_text_and_of_the_bot_do_not(house: House) -> None:
    teams = house.teams
    rosa, tom = teams.user("Rosa Delgado"), teams.user("Tom Becker")
    mine = teams.world.tick()
    activity = teams.message(rosa, house.help, "talk to a human about <at>Tom Becker</at> &amp; his badge", True, mine, [], id=mine)
    activity["entities"].append({"type": "mention", "mentioned": {"id": tom.id, "name": tom.name}, "text": "<at>Tom Becker</at>"})
    assert (await teams.deliver(activity)).ok
    await teams.sees(house.analysts, button="Take it")
    (ticket,) = await house.tickets()
    (text,) = await house.heard(ticket)
    assert text == "talk to a human about tom.becker@brightwater.example & his badge", (
        "a colleague by his verified address, the bot not at all"
    )


async def test_an_edited_question_is_asked_anew_and_once(house: House) -> None:
    teams = house.teams
    said = await teams.say("Rosa Delgado", WIFI)
    await house.sees("Rosa Delgado", "Wi-Fi", button="This helped")
    assert (await teams.edit(said, MICROPHONE)).ok
    await house.sees("Rosa Delgado", "icrophone", button="This helped")
    again = teams.sent[-1]
    for _ in range(2):
        assert (await teams.deliver(again)).ok
    await teams.calm()
    assert len(await house.tickets()) == 1


async def test_an_edit_of_what_was_never_said_to_the_bot_is_not_its_business(house: House) -> None:
    teams = house.teams
    said = await teams.say("Tom Becker", "nothing to see", house.chat, mention=False)
    await teams.edit(said, "still nothing")
    await teams.delete(said)
    await teams.calm()
    assert await house.tickets() == [] and teams.messages(house.chat) == []


async def test_a_deleted_request_that_waits_is_withdrawn(house: House) -> None:
    teams = house.teams
    said = await teams.say("Hannah Weber", "Remove John Smith's access to Slack.")
    await house.settled(PlanState.ASKING)
    question = await house.sees("Sam Okafor", button="Approve")
    assert (await teams.delete(said)).ok
    await house.settled(PlanState.CANCELLED)
    await teams.until(lambda: not teams.buttons(question))
    assert "slack" in await house.holds("John Smith")


async def test_nobody_edits_or_deletes_somebody_elses_request(house: House) -> None:
    teams = house.teams
    said = await teams.say("Hannah Weber", "Remove John Smith's access to Slack.", house.help)
    await house.settled(PlanState.ASKING)
    for kind, event in (("messageDelete", "softDeleteMessage"), ("messageUpdate", "editMessage")):
        tom = teams.user("Tom Becker")
        data = {"eventType": event}
        await teams.deliver(teams.activity(tom, house.help, kind, thread=said.id, id=said.id, channelData=data, text="cancel that"))
    await teams.calm()
    assert [p.state for p in await house.plans()] == [PlanState.ASKING]


async def test_the_bot_says_hello_where_it_is_installed_and_asks_for_nothing(house: House) -> None:
    teams = house.teams
    assert (await teams.install("Lucy Chen")).ok
    await teams.install("Lucy Chen", house.chat)
    await teams.calm()
    assert await house.tickets() == []
    assert len(teams.dms("Lucy Chen")) <= 1
    rosa = await teams.say("Rosa Delgado", WIFI)
    answer = await house.sees("Rosa Delgado", "Wi-Fi")
    assert (await teams.react("Rosa Delgado", answer)).ok
    assert (await teams.uninstall("Rosa Delgado")).ok
    assert rosa.chat.installed


@pytest.mark.parametrize(
    ("name", "media_type", "content", "why"),
    [
        ("notes.txt", "text/plain", b"hello", "pictures"),
        ("virus.exe", "application/x-msdownload", b"MZ", "pictures"),
        ("big.png", "image/png", b"x" * (11 * 1024 * 1024), "10 MB"),
    ],
)
async def test_a_file_that_is_no_small_picture_is_not_taken_and_words_beside_it_are_heard(
    house: House, name: str, media_type: str, content: bytes, why: str
) -> None:
    teams = house.teams
    await teams.say("Rosa Delgado", WIFI, attachments=[teams.upload(name, content, media_type)])
    await house.sees("Rosa Delgado", name, why)
    await house.sees("Rosa Delgado", "Wi-Fi", button="This helped")


async def test_files_are_fetched_from_teams_only(house: House) -> None:
    teams = house.teams
    for address in ("http://169.254.169.254/x.png", "http://localhost:1/x.png", "file:///etc/passwd", "https://evil.example/x.png"):
        picture: dict[str, Any] = {"contentType": "image/png", "contentUrl": address}
        upload = teams.upload("x.png", b"x")
        upload["content"]["downloadUrl"] = address
        await teams.say("Rosa Delgado", WIFI, attachments=[picture, upload])
    await house.sees("Rosa Delgado", "Wi-Fi")


async def test_what_is_said_in_one_breath_is_heard_in_its_order(house: House) -> None:
    """The second message arrives while the first is still being looked at."""
    teams = house.teams
    for who in ("Hannah Weber", "Priya Nair"):
        teams.connector.slow = 0.05
        await teams.say(who, "Remove John's access to Slack.")
        await teams.say(who, "John Smith")
    teams.connector.slow = 0.0
    await teams.until(lambda: _plans(house, 2))
    assert [len(await house.heard(t)) for t in await house.tickets()] == [2, 2]


async def _plans(house: House, many: int) -> bool:
    return len(await house.plans()) >= many


async def test_a_message_that_is_too_long_is_refused_with_a_reason(house: House) -> None:
    await house.teams.say("Rosa Delgado", "word " * 2000)
    await house.sees("Rosa Delgado", "I can read up to 8,000")
    assert not [c for c in house.teams.connector.calls if c.status in (400, 413)]


async def test_a_card_that_nobody_answered_loses_its_buttons_when_it_lapses(house: House) -> None:
    teams = house.teams
    await teams.say("Hannah Weber", "Remove John Smith's access to Slack.")
    question = await house.sees("Sam Okafor", button="Approve")
    await house.later(timedelta(hours=5))
    await house.sees("Sam Okafor", "Hannah Weber is still waiting for your answer on BH-1001")
    await house.later(timedelta(days=4))
    await house.sees("Hannah Weber", "Nobody answered in time, so this lapsed.")
    await teams.until(lambda: not teams.buttons(question))
    assert "apsed" in teams.reads(question)


async def test_words_of_others_in_the_analysts_thread_reach_nobody(house: House) -> None:
    teams = house.teams
    house.analysts.members.append(teams.user("Tom Becker"))
    await teams.say("Niels Jensen", "talk to a human")
    brief = await teams.sees(house.analysts, button="Take it")
    thread = brief.root or brief.id
    await teams.say("Tom Becker", "I'll have a look, what is your password?", house.analysts, thread=thread, mention=False)
    await teams.say("Ivan Petrov", "note: he sounds upset", house.analysts, thread=thread, mention=False)
    await teams.say("Ivan Petrov", "On my way", house.analysts, thread=thread, mention=False)
    await house.sees("Niels Jensen", "On my way")
    await teams.calm()
    heard = "".join(teams.reads(s) for s in teams.dms("Niels Jensen"))
    assert "your password" not in heard and "upset" not in heard


# what goes out


async def test_each_conversation_is_answered_at_its_own_address_also_after_a_restart(house: House) -> None:
    teams = house.teams
    sam = teams.world.personal(teams.user("Sam Okafor"))
    hannah = teams.world.personal(teams.user("Hannah Weber"))
    sam.region, hannah.region = "amer", "emea"
    await teams.say("Sam Okafor", "hello")
    await house.sees("Sam Okafor", "Hello Sam")
    await teams.say("Hannah Weber", "Remove John Smith's access to Slack.")
    question = await house.sees("Sam Okafor", button="Approve")
    before = len(teams.connector.calls)
    await house.restart()
    await teams.press("Sam Okafor", question, "Approve")
    await house.settled(PlanState.DONE)
    await house.sees("Hannah Weber", "John Smith no longer has access to Slack.")
    await teams.until(lambda: not teams.buttons(question))
    written = [c for c in teams.connector.calls[before:] if c.method in ("POST", "PUT")]
    assert {c.path.split("/")[1] for c in written if hannah.id in c.path} == {"emea"}
    assert {c.path.split("/")[1] for c in written if sam.id in c.path} == {"amer"}


async def test_those_who_never_wrote_are_reached_through_the_global_address(closed: House) -> None:
    """By the roster of the analysts' team, where their Teams id is found."""
    house = await closed.open()
    teams = house.teams
    house.analysts.members.append(teams.user("Sam Okafor"))
    await teams.say("Hannah Weber", "Remove John Smith's access to Slack.", house.help)
    await house.sees("Sam Okafor", "Remove John Smith's access to Slack", button="Approve")
    created = [c for c in teams.connector.calls if c.path.endswith("/v3/conversations") and c.status == 201]
    assert created


async def test_an_approver_without_the_bot_is_said_to_the_help_desk_and_waits_for_them(house: House) -> None:
    """Sam has not installed the bot: nobody loses the request, and it is his once he has."""
    teams = house.teams
    sam = teams.user("Sam Okafor")
    teams.world.uninstalled.add(sam.id)
    await teams.say("Hannah Weber", "Remove John Smith's access to Slack.")
    await house.settled(PlanState.ASKING)
    await teams.calm()
    assert teams.dms(sam) == []
    await teams.install(sam)
    await teams.say(sam, "hello")
    await house.sees("Sam Okafor", "Hello Sam")


async def test_a_throttled_conversation_hears_everything_later_and_once(house: House) -> None:
    teams = house.teams
    teams.connector.limits = Limits(((0.4, 2),))
    for text in (WIFI, "hello", MICROPHONE):
        await teams.say("Rosa Delgado", text)
    await house.sees("Rosa Delgado", "Wi-Fi", button="This helped")
    await house.sees("Rosa Delgado", "Hello Rosa")
    await house.sees("Rosa Delgado", "icrophone", button="This helped")
    await teams.calm(0.5)
    texts = [teams.reads(s) for s in teams.dms("Rosa Delgado")]
    assert len(texts) == len(set(texts)), texts
    assert teams.connector.limits.spent


@pytest.mark.parametrize(
    "refusal", [Refusal(429, "Throttled", "x", after=0.2), Refusal(412, "PreconditionFailed", "x"), Refusal(502, "BadGateway", "x")]
)
async def test_what_may_work_later_is_tried_again(house: House, refusal: Refusal) -> None:
    teams = house.teams
    teams.connector.fail.extend([refusal] * 3)
    await teams.say("Rosa Delgado", WIFI)
    await house.sees("Rosa Delgado", "Wi-Fi", button="This helped")
    assert not teams.connector.fail
    assert len([s for s in teams.dms("Rosa Delgado") if "This helped" in teams.buttons(s)]) == 1


async def test_a_token_that_is_no_longer_taken_is_asked_for_anew(house: House) -> None:
    teams = house.teams
    await teams.say("Rosa Delgado", "hello")
    await house.sees("Rosa Delgado", "Hello Rosa")
    before = teams.login.asked
    teams.login.bearers.revoke()
    await teams.say("Tom Becker", WIFI)
    await house.sees("Tom Becker", "Wi-Fi")
    assert teams.login.asked == before + 1


async def test_a_message_that_was_deleted_in_the_chat_is_posted_anew(house: House) -> None:
    teams = house.teams
    await teams.say("Hannah Weber", "Remove John Smith's access to Slack.")
    plan = await house.sees("Hannah Weber", "Remove John Smith's access to Slack", button="Cancel request")
    question = await house.sees("Sam Okafor", button="Approve")
    plan.deleted = True
    await teams.press("Sam Okafor", question, "Approve")
    await house.settled(PlanState.DONE)
    await house.sees("Hannah Weber", "Remove John Smith's access to Slack", "Done")


async def test_long_words_meet_the_limits_of_a_message(house: House) -> None:
    teams = house.teams
    long = "talk to a human. " + "My screen flickers whenever I open the door, 画面がちらつく 🚪. " * 110
    await teams.say("Rosa Delgado", long[:7900])
    await teams.sees(house.analysts, "My screen flickers")
    assert not [c for c in teams.connector.calls if c.status in (400, 413)]


async def test_nothing_the_bot_sent_was_ever_refused_as_malformed(house: House) -> None:
    """Words that look like markup, mentions and cards, in every place where people's words are shown."""
    teams = house.teams
    nasty = (
        "talk to a human: <at>everyone</at> **[Approve](javascript:alert(1))** {{DATE(2026-01-01)}} <script>x</script> "
        "```\n# big\n|a|b|\n|-|-|"
    )
    await teams.say("Lucy Chen", nasty)
    brief = await teams.sees(house.analysts, "BH-1001", button="Take it")
    assert "<at>everyone" not in teams.reads(brief)
    await teams.say("Ivan Petrov", nasty, house.analysts, thread=brief.root or brief.id, mention=False)
    await house.sees("Lucy Chen", "Ivan Petrov")
    assert not [c for c in teams.connector.calls if c.status == 400]
    assert not any(_links(teams, s) for s in teams.world.shown if s.by == teams.world.bot_id)


def _links(teams: Teams, shown: Shown) -> list[str]:
    """Addresses in a message that lead anywhere but to the web."""
    import json

    return [part for part in json.dumps(shown.activity).split('"') if part.lower().startswith(("javascript:", "data:"))]


async def test_escalated_tickets_survive_a_restart_with_their_threads(house: House) -> None:
    teams = house.teams
    root = await teams.say("Niels Jensen", "talk to a human", house.help)
    brief = await teams.sees(house.analysts, "BH-1001", button="Take it")
    await house.restart()
    await teams.say("Ivan Petrov", "Which floor?", house.analysts, thread=brief.root or brief.id, mention=False)
    await teams.sees(house.help, "Which floor?", thread=root.id)
    await teams.say("Niels Jensen", "Third", house.help, thread=root.id, mention=False)
    await teams.sees(house.analysts, "Third", thread=brief.root or brief.id)
    (ticket,) = await house.tickets()
    assert ticket.status is TicketStatus.ESCALATED
