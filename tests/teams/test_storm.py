"""Everything at once, everything three times, in the wrong order, and the power goes out in between."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from pydantic import SecretStr

from bot.domain.plans import PlanState
from bot.settings import Settings
from tests.teams.conftest import House, free_port
from tests.teams.standin.cardplay import Json
from tests.teams.standin.world import mail

WIFI = "How do I connect to the office Wi-Fi?"
MICROPHONE = "Why isn't my Microsoft Teams microphone working?"


async def batter(house: House, activities: list[Json], seed: int) -> None:
    """Each activity three times, shuffled, a few at a time."""
    storm = activities * 3
    random.Random(seed).shuffle(storm)
    for n in range(0, len(storm), 5):
        answers = await asyncio.gather(*(house.teams.deliver(a) for a in storm[n : n + 5]))
        assert all(a.status < 500 for a in answers), answers


async def test_duplicates_out_of_order_with_a_restart_in_between(house: House) -> None:
    teams = house.teams
    teams.holding = True
    root = await teams.say("Hannah Weber", "Remove John Smith's access to Slack.", house.help)
    await teams.say("Rosa Delgado", WIFI)
    await teams.say("Tom Becker", MICROPHONE, house.chat)
    await teams.say("Niels Jensen", "talk to a human", house.help)
    batch, teams.sent = list(teams.sent), []
    teams.holding = False

    await batter(house, batch, 1)
    question = await house.sees("Sam Okafor", button="Approve")
    await house.restart()
    await batter(house, batch, 2)
    teams.holding = True
    await teams.press("Sam Okafor", question, "Approve")
    clicks, teams.sent, teams.holding = list(teams.sent), [], False
    await batter(house, clicks + batch, 3)
    await house.settled(PlanState.DONE)
    await house.restart()
    await batter(house, clicks + batch, 4)
    await teams.calm()

    tickets = await house.tickets()
    assert sorted(t.requester for t in tickets) == sorted(mail(n) for n in ("Hannah Weber", "Rosa Delgado", "Tom Becker", "Niels Jensen"))
    (plan,) = await house.plans()
    votes = [v for a in await house.ledger.approvals(plan.id) for v in a.votes]
    assert [v.person for v in votes] == [mail("Sam Okafor")]
    assert all([await house.heard(t) == [t.summary] for t in tickets]), "each was heard once"
    for place, thread in ((house.help, root.id), (teams.world.personal(teams.user("Rosa Delgado")), None), (house.chat, None)):
        said = [teams.reads(s) for s in teams.messages(place, thread)]
        assert said and len(said) == len(set(said)), said
    assert len([s for s in teams.dms("Sam Okafor") if "Asked by" in teams.reads(s)]) == 1
    assert len([s for s in teams.messages(house.analysts) if "talk to a human" in teams.reads(s) and "Resolve" in teams.buttons(s)]) == 1


async def test_a_message_and_its_edit_and_deletion_in_the_wrong_order(house: House) -> None:
    """The deletion arrives before the message it deletes, the edit before the original."""
    teams = house.teams
    teams.holding = True
    said = await teams.say("Hannah Weber", "Remove John Smith's access to Slack.")
    await teams.delete(said)
    other = await teams.say("Rosa Delgado", WIFI)
    await teams.edit(other, MICROPHONE)
    created, deleted, asked, edited = teams.sent
    teams.holding = False
    for activity in (deleted, created, edited, asked):
        assert (await teams.deliver(activity)).status < 500
    await house.sees("Rosa Delgado", "icrophone", button="This helped")
    await teams.calm()
    assert not [p for p in await house.plans() if p.state in (PlanState.RUNNING, PlanState.DONE)]
    assert "slack" in await house.holds("John Smith")


async def test_a_crash_between_hearing_and_answering_loses_nothing(house: House) -> None:
    """The process stops while the connector does not take anything: what was to be said is said by the next one."""
    teams = house.teams
    from tests.teams.standin.refusals import Refusal

    teams.connector.fail.extend([Refusal(502, "BadGateway", "x")] * 40)
    await teams.say("Rosa Delgado", WIFI)
    await teams.until(house.tickets)
    await house.close()
    teams.connector.fail.clear()
    assert not [s for s in teams.dms("Rosa Delgado") if "This helped" in teams.buttons(s)]
    await house.open()
    await house.sees("Rosa Delgado", "Wi-Fi", button="This helped")
    await teams.calm()
    assert len([s for s in teams.dms("Rosa Delgado") if "This helped" in teams.buttons(s)]) == 1


@pytest.mark.parametrize("after", [0.01, 0.03, 0.05, 0.1])
async def test_what_is_being_said_while_the_process_ends_is_said_once(house: House, after: float, caplog: pytest.LogCaptureFixture) -> None:
    """Cut off in the middle, a message would stand in Teams without the record knowing, and be said again by the next process."""
    teams = house.teams
    teams.connector.slow = 0.05
    await teams.say("Rosa Delgado", WIFI)
    await teams.say("Tom Becker", MICROPHONE)
    await asyncio.sleep(after)
    await house.restart()
    await house.sees("Rosa Delgado", "Wi-Fi", button="This helped")
    await house.sees("Tom Becker", "icrophone", button="This helped")
    await teams.calm()
    for who in ("Rosa Delgado", "Tom Becker"):
        assert len([s for s in teams.dms(who) if "This helped" in teams.buttons(s)]) == 1
    assert not [r for r in caplog.records if r.levelname == "ERROR"]


async def test_fifty_threads_at_once(house: House) -> None:
    teams = house.teams
    people = house.help.members
    texts = [WIFI, MICROPHONE, "hello", "my laptop is very slow", "I'm locked out"]
    asked = await asyncio.gather(*(teams.say(people[n % len(people)], texts[n % len(texts)], house.help) for n in range(50)))
    await teams.until(lambda: all(teams.messages(house.help, a.id) for a in asked), seconds=40, what="fifty answers")
    tickets = await house.tickets()
    assert len(tickets) == 50
    for a in asked:
        ticket = next(t for t in tickets if t.place.thread == a.id)
        assert ticket.requester == next(u.email for u in people if u.id == a.by)
        assert await house.heard(ticket) == [texts[asked.index(a) % len(texts)]]


async def test_real_limits_with_the_real_pace(closed: House) -> None:
    """One conversation, Teams' own limits, the pace that the channel really keeps: not one request is turned away."""
    from tests.teams.standin.refusals import TEAMS_LIMITS, Limits

    closed.pace = 1.0
    house = await closed.open()
    house.teams.connector.limits = Limits(TEAMS_LIMITS)
    for text in (WIFI, "hello", MICROPHONE):
        await house.teams.say("Rosa Delgado", text)
    await house.sees("Rosa Delgado", "icrophone", button="This helped")
    assert not [c for c in house.teams.connector.calls if c.status == 429]


@asynccontextmanager
async def replica(house: House, port: int) -> AsyncIterator[str]:
    """Another process of the same desk, as `bellhop serve` runs it; where it listens for Teams."""
    given = house.settings().model_dump(mode="python", include={k for k in Settings.model_fields if k.startswith("teams_")})
    told = {k: v.get_secret_value() if isinstance(v, SecretStr) else v for k, v in given.items()}
    own = {**told, "teams_port": port, "home": "teams", "port": 0, "replica": "two", "data_dir": house.folder / "two"}
    own["database_url"] = house.extra["database_url"]
    env = {f"BELLHOP_{k.upper()}": json.dumps(v) if isinstance(v, list) else str(v) for k, v in own.items()}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "serve", env={**os.environ, **env}, stdout=DEVNULL)
    try:
        await house.teams.until(lambda: _listens(house, port), seconds=60, what="the other process")
        yield f"http://127.0.0.1:{port}/api/messages"
    finally:
        process.terminate()
        await process.wait()


async def _listens(house: House, port: int) -> bool:
    assert house.teams.session
    try:
        async with house.teams.session.get(f"http://127.0.0.1:{port}/healthz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


@pytest.mark.postgres
async def test_two_processes_on_one_record_both_hear_everything_and_it_is_done_once(closed: House, postgres_url: str) -> None:
    """A load balancer in front of two processes: every activity reaches both, twice, at the same moment."""
    house = await closed.open(database_url=postgres_url, replica="one")
    await house.adopt("Sam Okafor")
    teams = house.teams
    teams.holding = True
    root = await teams.say("Hannah Weber", "Remove John Smith's access to Slack.", house.help)
    await teams.say("Rosa Delgado", WIFI)
    await teams.say("Niels Jensen", "talk to a human")
    batch, teams.sent = list(teams.sent), []
    async with replica(house, free_port()) as other:
        await everywhere(house, [teams.endpoint, other], batch)
        question = await house.sees("Sam Okafor", button="Approve")
        await teams.press("Sam Okafor", question, "Approve")
        await everywhere(house, [teams.endpoint, other], [*teams.sent, *batch])
        await house.settled(PlanState.DONE)
        await teams.sees(house.help, "John Smith no longer has access to Slack.", thread=root.id)
        await house.sees("Rosa Delgado", "Wi-Fi", button="This helped")
        await teams.calm(1.2)
    assert len(await house.tickets()) == 3
    (plan,) = await house.plans()
    assert [v.person for a in await house.ledger.approvals(plan.id) for v in a.votes] == [mail("Sam Okafor")]
    for place in (house.help, *(teams.world.personal(teams.user(n)) for n in ("Rosa Delgado", "Niels Jensen", "Sam Okafor"))):
        said = [teams.reads(s) for s in teams.messages(place)]
        assert said and len(said) == len(set(said)), said
    briefs = [s for s in teams.messages(house.analysts) if "Resolve" in teams.buttons(s)]
    assert len([s for s in briefs if "talk to a human" in teams.reads(s)]) == 1, teams.transcript()


async def everywhere(house: House, endpoints: list[str], activities: list[Json]) -> None:
    """Each activity to each process twice, all at once."""
    house.teams.holding = False
    storm = [(endpoint, a) for endpoint in endpoints * 2 for a in activities]
    random.Random(5).shuffle(storm)

    async def hit(endpoint: str, activity: Json) -> None:
        answered = await house.teams.deliver(activity, endpoint=endpoint)
        assert answered.status < 500, answered

    await asyncio.gather(*(hit(*one) for one in storm))
    house.teams.holding = True
