"""Sockets that die, with a word or without, are replaced; several may be open; a start that cannot work says why."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import Misconfigured
from tests.slack.conftest import HELP, House, mail
from tests.slack.standin.driver import Slack
from tests.slack.standin.replica import Replica
from tests.slack.standin.state import Fault
from tests.slack.test_scenes import HANNAH, SAM

ROSA, TOM, LUCY, EMILY = "Rosa Delgado", "Tom Becker", "Lucy Chen", "Emily Clarke"
QUESTION = "Why isn't my Microsoft Teams microphone working?"


async def answered(slack: Slack, who: str) -> None:
    said = await slack.mention(who, HELP, QUESTION)
    await slack.seen(HELP, "icrophone not working", said["ts"])


async def test_a_socket_that_dies_silently_is_replaced(closed_house: House, slack: Slack) -> None:
    """It takes what it is sent and answers nothing, not even pings; it never closes. What was told meanwhile is told again, and heard."""
    closed_house.patience, closed_house.careless = 1.0, True
    house = await closed_house.open()
    slack.echoes = False
    slack.state.ack_within, slack.state.retry_after = 0.4, (0.2, 0.4, 0.8, 1.6, 1.6, 1.6)
    slack.sockets.live[0].dead = True
    said = await slack.mention(ROSA, HELP, QUESTION)
    await slack.seen(HELP, "icrophone not working", said["ts"])
    assert slack.sockets.opened >= 2
    assert any(len(d.attempts) > 1 for d in slack.office.all)
    await house.quiet()
    assert len(await house.tickets()) == 1 and len(slack.messages(HELP, said["ts"])) == 1


async def test_a_quiet_socket_that_answers_pings_is_left_alone(closed_house: House, slack: Slack) -> None:
    closed_house.patience = 0.8
    await closed_house.open()
    await asyncio.sleep(2.0)
    assert slack.sockets.opened == 1
    await answered(slack, ROSA)


async def test_asked_to_connect_anew_it_does(house: House, slack: Slack) -> None:
    """Slack does so every few hours, and whenever it moves."""
    for count, who in enumerate((ROSA, TOM), 2):
        await slack.sockets.refresh(slack.sockets.live[0], "warning" if count == 2 else "refresh_requested")
        await slack.until(lambda count=count: slack.sockets.opened >= count and slack.sockets.live)
        await answered(slack, who)


async def test_closed_without_a_word_it_comes_back_even_when_slack_is_out_of_order(closed_house: House, slack: Slack) -> None:
    closed_house.patience, closed_house.careless = 1.0, True
    closed_house.expected |= {"fatal_error", "ratelimited", "internal_error"}
    await closed_house.open()
    slack.echoes = False
    slack.state.faults += [
        Fault("apps.connections.open", status=500),
        Fault("apps.connections.open", status=429, after=1),
        Fault("apps.connections.open", error="internal_error"),
    ]
    await slack.sockets.live[0].ws.close()
    await slack.until(lambda: slack.sockets.opened >= 2 and slack.sockets.live, 20)
    await answered(slack, ROSA)


async def test_a_start_that_cannot_work_says_why(closed_house: House, slack: Slack) -> None:
    closed_house.expected |= {"invalid_auth", "missing_scope", "account_inactive"}
    slack.state.app_token = "xapp-1-another"
    with pytest.raises(Misconfigured, match="does not accept this token"):
        await closed_house.open()
    await closed_house.close()
    slack.state.app_token, slack.state.app_scopes = "xapp-1-stand-in", set()
    with pytest.raises(Misconfigured, match="connections:write"):
        await closed_house.open()
    await closed_house.close()
    slack.state.app_scopes = {"connections:write"}
    slack.state.faults.append(Fault("auth.test", error="account_inactive"))
    with pytest.raises(Misconfigured, match="removed"):
        await closed_house.open()
    await closed_house.close()
    await closed_house.open()
    await answered(slack, ROSA)


@pytest.mark.postgres
async def test_two_replicas_share_the_work(closed_house: House, slack: Slack, postgres_url: str, tmp_path: Path) -> None:
    """Two processes on one record: Slack tells either, and everything of it both; everything is done and said once. One is killed."""
    closed_house.careless = True
    closed_house.expected |= {"already_reacted", "no_reaction"}
    url = SecretStr(postgres_url)
    house = await closed_house.open(database_url=url, replica="one")
    other = Replica(house.settings().model_copy(update={"replica": "two", "data_dir": tmp_path / "two"}))
    await other.open()
    try:
        await slack.until(lambda: len(slack.sockets.live) == 2)
        slack.office.times = 2
        said = [await slack.mention(who, HELP, QUESTION) for who in (ROSA, TOM, LUCY)]
        for message in said:
            await slack.seen(HELP, "icrophone not working", message["ts"])
        await slack.say(HANNAH, HANNAH, "Remove John Smith's access to Slack.")
        asked = await slack.seen(SAM, "Approval: ")
        pressed = await slack.press(SAM, asked, "Approve")
        await slack.office.again(pressed)
        await slack.seen(HANNAH, "All done|no longer has access")
        await house.quiet()
        assert min(len(c.got) for c in slack.sockets.live) > 0
        assert sorted(t.requester for t in await house.tickets()) == sorted(mail(w) for w in (ROSA, TOM, LUCY, HANNAH))
        assert all(len(slack.messages(HELP, m["ts"])) == 1 for m in said)
        assert len([m for m in slack.messages(SAM) if not m.get("thread_ts")]) == 1
        (plan,) = await house.plans()
        assert len([v for a in await house.ledger.approvals(plan.id) for v in a.votes]) == 1
        other.kill()
        slack.state.ack_within = 0.5
        await answered(slack, EMILY)
    finally:
        await other.close()
