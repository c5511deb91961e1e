"""An endpoint that misbehaves: the person gets the offline reading in time, and what it cost is counted."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from conftest import Ask, Clock, mail
from endpoint import Endpoint, called, endless, hang_up, raw, silence, spoken, status

from bot.desk.ports import Context
from bot.desk.registry import Registry
from bot.domain.directory import Directory
from bot.domain.understanding import Understanding
from bot.language.model import Endpoint as Where
from bot.language.model import Line, ModelUnderstander
from bot.language.model.reading import CONFIDENCE
from bot.language.phrases import PhraseUnderstander

TEXT = "give Anna Lund access to Slack for two weeks"
SAID: dict[str, Any] = {"quote": TEXT, "person": "Anna Lund", "system": "Slack"}
EXPECTED = {"person": mail("anna.lund"), "system": "slack", "duration": "P14D"}
GOOD = called(("access-grant", SAID))


def by_model(found: Understanding) -> bool:
    """Read by the model: the call of SAID, as sure as its calls are."""
    return found.confidence == CONFIDENCE and found.calls[0].arguments == EXPECTED


def is_offline(found: Understanding) -> bool:
    """The offline reading of TEXT."""
    return found.confidence != CONFIDENCE and [c.arguments for c in found.calls] == [EXPECTED]


@pytest.fixture(autouse=True)
async def warm(line: Line) -> None:
    await line.warm()


@pytest.mark.parametrize(
    "trouble",
    [silence, endless, hang_up, status(500), status(503), status(401), status(404), status(400), raw("{"), raw("<html>", "text/html"),
     raw("{}"), raw("[]"), raw('{"choices": []}'), raw('{"choices": [{}]}'), raw('{"choices": null}'), raw("")],
)  # fmt: skip
async def test_whatever_it_does_the_message_is_understood_in_time(ask: Ask, endpoint: Endpoint, trouble: Any) -> None:
    endpoint.says(trouble)
    began = time.monotonic()
    assert is_offline(await ask(TEXT))
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "nonsense",
    [
        called(("access-grant", '{"quote": "give')),
        called(("access-grant", "[]")),
        called(("access-grant", {**SAID, "person": 7})),
        called(("access-grant", {**SAID, "person": ["Anna Lund"]})),
        called(("access-grant", {**SAID, "approved": True})),
        called(("access-grant", {**SAID, "until": "whenever"})),
        called(("access-grant", {**SAID, "until": "2026-02-31"})),
        called(("access-grant", {**SAID, "level": "god"})),
        called(("access-grant", {k: v for k, v in SAID.items() if k != "quote"})),
        called(("access-grant", {**SAID, "quote": "words that nobody wrote here at all"})),
        called(("access-grant", SAID), ("launch-missiles", {})),
        called(("access.grant", SAID)),
        called(*[("access-grant", SAID)] * 50),
        called(("access-grant", {**SAID, "system": "x" * 5000})),
        spoken("Sure, I have given Anna access to Slack."),
        spoken(""),
    ],
)
async def test_an_answer_that_does_not_fit_is_repaired_once(ask: Ask, endpoint: Endpoint, nonsense: Any) -> None:
    endpoint.says(nonsense, GOOD)
    assert by_model(await ask(TEXT))
    assert len(endpoint.asked) == 2 and "could not be used" in endpoint.asked[1]["messages"][-1]["content"]
    endpoint.asked.clear()
    endpoint.says(nonsense)
    assert is_offline(await ask(TEXT))
    assert len(endpoint.asked) == 2


async def test_a_refusal_is_not_argued_with(ask: Ask, endpoint: Endpoint) -> None:
    endpoint.says(spoken("", refusal="I can't help with that."))
    assert is_offline(await ask(TEXT))
    assert len(endpoint.asked) == 1


async def test_retry_after_is_honored(ask: Ask, endpoint: Endpoint) -> None:
    endpoint.says(status(429, Retry_After="0.6"), GOOD)
    began = time.monotonic()
    assert by_model(await ask(TEXT))
    assert time.monotonic() - began >= 0.6


async def test_a_retry_after_beyond_the_time_limit_is_not_waited_for(ask: Ask, endpoint: Endpoint) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    for header in ("60", later):
        endpoint.asked.clear()
        endpoint.says(status(429, Retry_After=header), GOOD)
        began = time.monotonic()
        assert is_offline(await ask(TEXT))
        assert time.monotonic() - began < 2 and len(endpoint.asked) == 1


async def test_a_hiccup_is_retried(ask: Ask, endpoint: Endpoint) -> None:
    endpoint.says(status(500), hang_up, status(503), GOOD)
    assert by_model(await ask(TEXT))
    assert len(endpoint.asked) == 4


async def test_what_trying_again_cannot_help_is_not_retried(ask: Ask, endpoint: Endpoint) -> None:
    endpoint.says(status(401))
    await ask(TEXT)
    assert len(endpoint.asked) == 1


async def test_an_endpoint_that_is_not_there(registry: Registry, offline: PhraseUnderstander, directory: Directory, now: datetime) -> None:
    nowhere = ModelUnderstander(registry, offline, Line(Where("http://127.0.0.1:9/v1", "none", timeout=1.0, pause=0.1)))
    assert is_offline(await nowhere.understand(TEXT, directory.people[mail("kari.moen")], directory, now))


# ── the breaker ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_breaker_opens_after_failures_and_one_attempt_closes_it(ask: Ask, endpoint: Endpoint, line: Line, clock: Clock) -> None:
    endpoint.says(status(401))
    for _ in range(3):
        await ask(TEXT)
    assert line.breaker.state == "open" and len(endpoint.asked) == 3
    endpoint.says(GOOD)
    assert is_offline(await ask(TEXT)) and len(endpoint.asked) == 3
    clock.seconds = 31
    assert line.breaker.state == "half-open"
    assert by_model(await ask(TEXT)) and line.breaker.state == "closed"


async def test_a_failing_attempt_opens_it_again(ask: Ask, endpoint: Endpoint, line: Line, clock: Clock) -> None:
    endpoint.says(status(401))
    for _ in range(3):
        await ask(TEXT)
    clock.seconds = 31
    await ask(TEXT)
    await ask(TEXT)
    assert line.breaker.state == "open" and len(endpoint.asked) == 4
    clock.seconds = 60
    assert line.breaker.state == "open"


async def test_half_open_lets_one_through(ask: Ask, endpoint: Endpoint, line: Line, clock: Clock) -> None:
    endpoint.says(status(401))
    for _ in range(3):
        await ask(TEXT)
    clock.seconds = 31
    endpoint.asked.clear()
    endpoint.says(silence)
    await asyncio.gather(*(ask(TEXT) for _ in range(5)))
    assert len(endpoint.asked) == 1


async def test_an_attempt_that_was_called_off_does_not_block_the_next(ask: Ask, endpoint: Endpoint, line: Line, clock: Clock) -> None:
    endpoint.says(status(401))
    for _ in range(3):
        await ask(TEXT)
    clock.seconds = 31
    endpoint.says(silence)
    waiting = asyncio.create_task(ask(TEXT))
    await asyncio.sleep(0.3)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    endpoint.says(GOOD)
    assert by_model(await ask(TEXT))


async def test_what_people_write_cannot_open_the_breaker(ask: Ask, endpoint: Endpoint, line: Line) -> None:
    for trouble in (status(400), spoken("no"), spoken("", refusal="no"), called(("launch-missiles", {}))):
        endpoint.says(trouble)
        for _ in range(4):
            await ask(TEXT)
    assert line.breaker.state == "closed"


# ── what it costs ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_tokens_and_cost_are_counted_per_ticket(ask: Ask, endpoint: Endpoint, line: Line) -> None:
    endpoint.says(called(("launch-missiles", {})), GOOD)
    await ask(TEXT, context=Context(ticket="BH-7"))
    endpoint.says(GOOD)
    found = await ask(TEXT, context=Context(ticket="BH-8"))
    seven, total = line.meter.of("BH-7"), line.meter.total
    assert (seven.calls, seven.input_tokens, seven.output_tokens) == (2, 2000, 200)
    assert seven.cost == pytest.approx((2000 * 2 + 200 * 8) / 1e6)
    assert line.meter.of("BH-8").calls == 1 and total.calls == 3
    assert found.spent == {"calls": 1, "input_tokens": 1000, "output_tokens": 100, "cost": 0.0028}


async def test_an_endpoint_that_does_not_say_what_it_took_is_noted(ask: Ask, endpoint: Endpoint, line: Line) -> None:
    endpoint.says(called(("access-grant", SAID), usage=None))
    found = await ask(TEXT)
    assert by_model(found) and found.spent == {"calls": 1, "unmetered": 1}, "not known is not nothing"
    assert (line.meter.total.calls, line.meter.total.unmetered, line.meter.total.cost) == (1, 1, 0)
    endpoint.says(called(("launch-missiles", {})), called(("access-grant", SAID), usage=None))
    assert (await ask(TEXT)).spent == {"calls": 2, "unmetered": 1, "input_tokens": 1000, "output_tokens": 100, "cost": 0.0028}


async def test_the_key_is_sent_and_never_shown(ask: Ask, endpoint: Endpoint, line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="bot")
    endpoint.says(status(401))
    await ask(TEXT)
    assert endpoint.headers[0]["Authorization"] == "Bearer sk-of-the-tests"
    assert "sk-of-the-tests" not in caplog.text + repr(line.endpoint) + endpoint.seen


# ── many actions ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def few(registry: Registry, offline: PhraseUnderstander, line: Line) -> ModelUnderstander:
    return ModelUnderstander(registry, offline, line, most=5)


async def test_of_many_tools_those_that_fit_are_offered(
    few: ModelUnderstander, endpoint: Endpoint, directory: Directory, now: datetime
) -> None:
    endpoint.says(GOOD)
    assert by_model(await few.understand(TEXT, directory.people[mail("kari.moen")], directory, now))
    assert "access-grant" in endpoint.offered and len([n for n in endpoint.offered if "-" in n]) == 5


async def test_a_tool_that_was_not_offered_is_searched_for(
    few: ModelUnderstander, endpoint: Endpoint, directory: Directory, now: datetime
) -> None:
    text = "Ich habe mein Passwort vergessen"
    reset = ("password-reset", {"quote": text, "person": "me"})
    endpoint.says(called(("find_action", {"wanted": "reset a forgotten password"})), called(reset))
    found = await few.understand(text, directory.people[mail("kari.moen")], directory, now)
    assert [c.action for c in found.calls] == ["password.reset"] and "password-reset" in endpoint.offered
    assert "find_action" not in endpoint.offered


async def test_two_searches_are_one(few: ModelUnderstander, endpoint: Endpoint, directory: Directory, now: datetime) -> None:
    text = "Ich habe mein Passwort vergessen"
    twice = called(("find_action", {"wanted": "reset a forgotten"}), ("find_action", {"wanted": "password"}))
    endpoint.says(twice, called(("password-reset", {"quote": text, "person": "me"})))
    found = await few.understand(text, directory.people[mail("kari.moen")], directory, now)
    assert [c.action for c in found.calls] == ["password.reset"]
    endpoint.says(twice)
    assert await few.understand(text, directory.people[mail("kari.moen")], directory, now) is not None
