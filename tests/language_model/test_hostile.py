"""An endpoint that attacks: whatever it sends, nothing leaves for elsewhere, no time or memory is spent on it, and phrases read the
message instead."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import time
import zlib
from typing import Any

import pytest
from aiohttp import web
from conftest import Ask, Clock, mail
from endpoint import Endpoint, called, completion, raw, spoken, start, status

from bot.domain.understanding import Understanding
from bot.language.model import Endpoint as Where
from bot.language.model import Line
from bot.language.model.reading import CONFIDENCE

TEXT = "give Anna Lund access to Slack for two weeks"
SAID: dict[str, Any] = {"quote": TEXT, "person": "Anna Lund", "system": "Slack"}
EXPECTED = {"person": mail("anna.lund"), "system": "slack", "duration": "P14D"}
KEY = "sk-of-the-tests"


def is_offline(found: Understanding) -> bool:
    return found.confidence != CONFIDENCE and [c.arguments for c in found.calls] == [EXPECTED]


@pytest.fixture(autouse=True)
async def warm(line: Line) -> None:
    await line.warm()


# ── where things go ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", [301, 302, 307, 308])
async def test_nothing_is_sent_where_the_endpoint_points(ask: Ask, endpoint: Endpoint, code: int) -> None:
    thief = Endpoint()
    runner = await start(thief)
    thief.says(called(("access-grant", SAID)))
    try:

        async def elsewhere(_: web.Request) -> web.Response:
            return web.Response(status=code, headers={"Location": f"{thief.url}/chat/completions"})

        endpoint.says(elsewhere)
        assert is_offline(await ask(TEXT))
        assert not thief.asked and not thief.headers
    finally:
        await runner.cleanup()


async def test_the_key_is_in_no_log_error_or_repr(
    ask: Ask, endpoint: Endpoint, line: Line, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even where the endpoint sends it back in its own error, and with every logger at its loudest."""
    caplog.set_level(logging.DEBUG)

    async def parrot(request: web.Request) -> web.Response:
        return web.json_response({"error": {"message": f"bad key {request.headers['Authorization']}"}}, status=401)

    for trouble in (parrot, raw(f'{{"{KEY}": 1}}'), spoken(KEY), called(("access-grant", {**SAID, KEY: KEY}))):
        endpoint.says(trouble)
        assert is_offline(await ask(TEXT))
    ours = "\n".join(r.getMessage() + str(r.exc_info or "") for r in caplog.records if r.name.startswith("bot"))
    wire = "\n".join(r.getMessage() for r in caplog.records if "Authorization" in r.getMessage())
    assert "model" in ours and KEY not in ours and KEY not in wire
    assert KEY not in repr(line.endpoint) + repr(line) + str(vars(line.endpoint).keys()) + capsys.readouterr().err


# ── too much, too long ───────────────────────────────────────────────────────────────────────────────────────────────


def bomb() -> bytes:
    """Three hundred megabytes in a third of one."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([*(packer.compress(b" " * 1_000_000) for _ in range(300)), packer.flush()])


async def packed(_: web.Request) -> web.Response:
    return web.Response(body=bomb(), headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})


async def flood(request: web.Request) -> web.StreamResponse:
    """As fast as it goes, without an end."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(5000):
        await response.write(b" " * 100_000)
    return response


async def drip(request: web.Request) -> web.StreamResponse:
    """A good answer, a byte at a time: no read times out, and it never ends."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for byte in json.dumps(called(("access-grant", SAID))).encode():
        await response.write(bytes([byte]))
        await asyncio.sleep(0.1)
    return response


@pytest.mark.parametrize("trouble", [packed, flood])
async def test_what_is_packed_or_huge_is_not_taken_in(ask: Ask, endpoint: Endpoint, trouble: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    endpoint.says(trouble)
    assert is_offline(await ask(TEXT))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes
    assert len(endpoint.asked) == 1, "it is not asked for again"


async def test_a_slow_drip_ends_at_the_deadline_and_the_connection_is_freed(ask: Ask, endpoint: Endpoint, line: Line) -> None:
    gone = asyncio.Event()

    async def watched(request: web.Request) -> web.StreamResponse:
        try:
            return await drip(request)
        finally:
            gone.set()

    endpoint.says(watched)
    began = time.monotonic()
    assert is_offline(await ask(TEXT))
    assert time.monotonic() - began < line.endpoint.timeout + 2
    async with asyncio.timeout(5):
        await gone.wait()


async def test_who_gives_up_waiting_frees_the_connection(ask: Ask, endpoint: Endpoint) -> None:
    gone = asyncio.Event()

    async def watched(request: web.Request) -> web.StreamResponse:
        while request.transport and not request.transport.is_closing():
            await asyncio.sleep(0.02)
        gone.set()
        return web.Response()

    endpoint.says(watched)
    waiting = asyncio.create_task(ask(TEXT))
    while not endpoint.asked:
        await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(5):
        await gone.wait()


# ── answers that are hardly answers ──────────────────────────────────────────────────────────────────────────────────


def ids(*names: str) -> dict[str, Any]:
    """The same call again and again, under these ids."""
    function = {"name": "access-grant", "arguments": json.dumps(SAID)}
    calls = [{"id": name, "type": "function", "function": function} for name in names]
    return completion({"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls", (10, 10))


@pytest.mark.parametrize(
    "nonsense",
    [
        called(("access-grant", json.dumps({**SAID, "reason": "x" * 1_000_000}))),
        called(("access-grant", '{"quote": "' + "y" * 1_000_000)),
        called(("access-grant", "[" * 50_000)),
        called(("access-grant", '{"quote":' * 5_000 + "1" + "}" * 5_000)),
        called(("access-grant", {**SAID, "person": {"email": "anna.lund@fjord.example"}})),
        called(("access-grant", {**SAID, "person": True})),
        called(("access-grant", "NaN")),
        called(("access-grant", "null")),
        called(("", {})),
        called(("a" * 100_000, {})),
        completion({"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function"}]}, "tool_calls", (1, 1)),
        completion({"role": "assistant", "content": None, "tool_calls": "access-grant"}, "tool_calls", (1, 1)),
        completion({"role": "assistant", "content": None, "function_call": {"name": "access-grant", "arguments": "{}"}}, "stop", (1, 1)),
        {**called(("access-grant", SAID)), "choices": []},
        {**called(("access-grant", SAID)), "usage": {"prompt_tokens": "many"}},
        raw(json.dumps(called(("access-grant", SAID)))[:-20]),
        raw("\x00\x01\x02"),
    ],
)  # fmt: skip
async def test_no_answer_however_malformed_is_half_used(ask: Ask, endpoint: Endpoint, nonsense: Any) -> None:
    endpoint.says(nonsense)
    assert is_offline(await ask(TEXT))
    assert len(endpoint.asked) <= 2 or not isinstance(nonsense, dict)


@pytest.mark.parametrize("names", [("call_0", "call_0"), ("", ""), ("\u202e", "call_1")])
async def test_the_same_call_twice_is_one_whatever_its_ids(ask: Ask, endpoint: Endpoint, names: tuple[str, str]) -> None:
    endpoint.says(ids(*names))
    found = await ask(TEXT)
    assert [c.arguments for c in found.calls] == [EXPECTED]


async def test_of_words_and_calls_together_only_the_calls_count(ask: Ask, endpoint: Endpoint) -> None:
    answer = called(("access-grant", SAID))
    answer["choices"][0]["message"]["content"] = "Done! I also made Anna an owner, and the CEO approved it."
    endpoint.says(answer)
    assert [c.arguments for c in (await ask(TEXT)).calls] == [EXPECTED]


async def test_a_key_given_twice_is_checked_like_one(ask: Ask, endpoint: Endpoint) -> None:
    double = f'{{"quote": "{TEXT}", "system": "Slack", "person": "Anna Lund", "person": "Ida Berg"}}'
    endpoint.says(called(("access-grant", double)))
    for call in (await ask(TEXT)).calls:
        assert call.arguments.get("person") in (None, mail("anna.lund"))


async def test_what_it_writes_is_in_no_log(ask: Ask, endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="bot")
    endpoint.says(called(("access-grant", {**SAID, "system": "x" * 300, "reason": "\n2026 ERROR forged line"})))
    await ask(TEXT)
    assert caplog.text and "forged" not in caplog.text and "xxx" not in caplog.text


# ── the breaker ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_outage_is_said_once_and_so_is_its_end(
    ask: Ask, endpoint: Endpoint, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", logger="bot")
    endpoint.says(status(401))
    for _ in range(12):
        await ask(TEXT)
    said = [r.getMessage() for r in caplog.records]
    assert len(endpoint.asked) == 3
    assert [s for s in said if "in a row" in s] == ["model: failed 3 times in a row, is tried again every 30 s"] and len(said) == 4
    caplog.clear()
    clock.seconds = 31
    endpoint.says(called(("access-grant", SAID)))
    for _ in range(3):
        await ask(TEXT)
    assert [r.getMessage() for r in caplog.records] == ["model: answers again"]


async def test_what_many_ask_at_once_opens_it_once_and_one_good_answer_closes_it(
    ask: Ask, endpoint: Endpoint, line: Line, clock: Clock
) -> None:
    endpoint.says(status(401))
    await asyncio.gather(*(ask(TEXT) for _ in range(6)))
    assert line.breaker.state == "open"
    clock.seconds = 31
    endpoint.says(called(("access-grant", SAID)))
    found = await asyncio.gather(*(ask(TEXT) for _ in range(6)))
    assert all([c.arguments for c in f.calls] == [EXPECTED] for f in found), "those who may not ask are not kept waiting"
    assert line.breaker.state == "closed"


async def test_one_endpoints_outage_is_not_anothers(line: Line, endpoint: Endpoint, ask: Ask) -> None:
    endpoint.says(status(401))
    for _ in range(3):
        await ask(TEXT)
    other = Line(Where(endpoint.url, "scripted"))
    assert line.breaker.state == "open" and other.breaker.state == "closed"
