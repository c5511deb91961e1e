"""The whole desk with a model that writes answers: what people see, what is kept, and that nothing changes where it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import open_app
from bot.domain.messages import Answer, Post
from bot.domain.tickets import Place, TicketStatus
from bot.settings import Settings
from tests.desk.conftest import Clock, Desk, Room, mail
from tests.language_model.endpoint import Endpoint, babbles, called, rambles, stalls, start, status, streams

QUESTION = "vpn wont connect"
PAGE = "vpn/vpn-problems.md"
ONE = "1. Select the **GlobalProtect** icon, then the menu, **Refresh Connection**. [1]\n"
TWO = "2. Turn off other VPNs and ad blockers of your own. [1]\n"
LIE = "3. Turn off the firewall. [1]\n"
SHORT = "1. Select the **GlobalProtect** icon, then the menu, **Refresh Connection**."
BOTH = f"{SHORT}\n2. Turn off other VPNs and ad blockers of your own."

Opened = Callable[..., Any]


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    one = Endpoint(aside=called(("answer_question", {})))
    runner = await start(one)
    yield one
    await runner.cleanup()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock, endpoint: Endpoint) -> Opened:
    @asynccontextmanager
    async def desk(**settings: Any) -> AsyncIterator[Desk]:
        room = Room()
        model = {"language_model_url": endpoint.url, "language_model_name": "scripted", "answers_by_model_seconds": 2}
        model |= {"data_dir": tmp_path}
        app = await open_app(Settings(**(model | settings)), [room], clock=clock)
        try:
            yield Desk(app, room, clock)
        finally:
            await app.close()

    return desk


async def asked(desk: Desk, text: str = QUESTION, who: str = "Rosa Delgado") -> tuple[Answer, list[Post], dict[str, Any]]:
    """What stands in the thread, the versions of it that were shown, and what the record says of it."""
    place = await desk.say(who, text)
    ticket = await desk.ticket(place)
    (entry,) = [e for e in await desk.ledger.entries(ticket.id) if e.kind == "answer"]
    shown = [p for p in desk.room.shown if p.ticket == ticket.id and p.reply.kind == "answer"]
    return await desk.last(place, "answer"), shown, entry.data


async def quoted(opened: Opened, folder: Path) -> Answer:
    """What the library says by itself."""
    async with opened(answers_by_model=False, data_dir=folder) as desk:
        return (await asked(desk))[0]


async def test_an_answer_is_written_cited_and_has_its_buttons(opened: Opened, endpoint: Endpoint) -> None:
    endpoint.says(streams(ONE, TWO))
    async with opened() as desk:
        answer, _, told = await asked(desk)
        assert desk.app.meter and desk.app.meter.total.calls == len(endpoint.asked) == 2
    assert answer.text == BOTH
    assert [(c.path, c.section) for c in answer.citations] == [(PAGE, "It does not connect")]
    assert {"act", "helpful", "unhelpful", "human"} <= {b.verb for b in answer.buttons}
    assert told["written"] is True and told["why"] == "" and told["spent"]["output_tokens"] == 100


@pytest.mark.parametrize(
    "trouble",
    [status(401), streams(ONE, TWO, LIE), streams(ONE, then=stalls), streams(ONE, then=rambles), streams(ONE, TWO, then=babbles),
     streams("Mail your password to x@evil.example. [1]"), streams("NOTHING"), streams("")],
)  # fmt: skip
async def test_whatever_the_model_does_the_library_answers(tmp_path: Path, opened: Opened, endpoint: Endpoint, trouble: Any) -> None:
    expected = await quoted(opened, tmp_path / "quoted")
    assert endpoint.asked == [a for a in endpoint.asked if "tools" in a]
    endpoint.says(trouble)
    async with opened() as desk:
        answer, shown, told = await asked(desk)
    assert (answer.text, answer.citations) == (expected.text, expected.citations)
    assert [b.verb for b in answer.buttons] == [b.verb for b in expected.buttons]
    assert told["written"] is False and told["why"]
    assert len({p.id for p in shown}) == 1 and shown[-1].reply == answer
    assert all(isinstance(p.reply, Answer) and p.reply.text in (SHORT, BOTH) and not p.reply.buttons for p in shown[:-1])


async def test_lines_are_shown_as_they_come_at_most_once_a_second(opened: Opened, endpoint: Endpoint) -> None:
    endpoint.says(streams(ONE, TWO, "3. Restart the router once.", " [2]\n", pause=0.4))
    async with opened() as desk:
        answer, shown, _ = await asked(desk)
    assert shown[0].reply.text == SHORT and not shown[0].reply.buttons  # type: ignore[union-attr]
    assert len(shown) <= 3 and [p.version for p in shown] == list(range(1, len(shown) + 1))
    assert answer.text.startswith(BOTH.splitlines()[0]) and shown[-1].reply == answer


async def test_a_lie_after_good_lines_is_taken_back(opened: Opened, endpoint: Endpoint) -> None:
    endpoint.says(streams(ONE, LIE, pause=0.1))
    async with opened() as desk:
        answer, shown, _ = await asked(desk)
    assert [p.reply.text for p in shown] == [SHORT, answer.text]  # type: ignore[union-attr]
    assert "firewall" not in answer.text and answer.buttons


async def test_without_a_model_nothing_changes(tmp_path: Path, clock: Clock, opened: Opened, endpoint: Endpoint) -> None:
    expected = await quoted(opened, tmp_path / "quoted")
    async with opened(language_model_url="", language_model_name="", data_dir=tmp_path / "bare") as desk:
        assert desk.app.desk.parts.composer is None
        answer, shown, told = await asked(desk)
    assert (answer.text, answer.citations) == (expected.text, expected.citations) and len(shown) == 1
    assert set(told) == {"score", "articles", "commit"} and not [a for a in endpoint.asked if "tools" not in a]


async def test_what_is_not_found_is_not_written(opened: Opened, endpoint: Endpoint) -> None:
    endpoint.says(streams(ONE))
    async with opened() as desk:
        place = await desk.say("Rosa Delgado", "what is the best recipe for lentil soup with cumin?")
        assert "I don't know" in (await desk.last(place, "text")).text
    assert not [a for a in endpoint.asked if "tools" not in a]


async def test_somebody_who_takes_over_meanwhile_keeps_the_ticket(opened: Opened, endpoint: Endpoint) -> None:
    async with opened() as desk:
        place = await desk.say("Rosa Delgado", "hello")

        async def meanwhile(_: Any, __: Any) -> None:
            await desk.app.desk.hearing._use.humans.escalate((await desk.ticket(place)).id, "Asked for a human.")  # type: ignore[attr-defined]

        endpoint.says(streams(ONE, then=meanwhile))
        await desk.say("Rosa Delgado", QUESTION, thread=place.thread)
        assert (await desk.ticket(place)).status is TicketStatus.ESCALATED


async def test_a_restricted_answer_is_written_where_only_the_asker_reads(opened: Opened, endpoint: Endpoint) -> None:
    async with opened() as desk:
        room = Place(channel="room", conversation="#general", thread="t1")

        async def ask(text: str) -> None:
            await desk.hear("Priya Nair", room, text=text, begins=True, named=True)

        endpoint.says(status(401))
        await ask("how do i verify a caller before resetting mfa")
        private = desk.room.direct(mail("Priya Nair"), (await desk.ticket(room)).id)
        first = (await desk.last(private, "answer")).text.splitlines()
        line = next(found.lstrip("0123456789.- ") for found in first if found and not found.startswith("**"))
        endpoint.says(streams(f"{line.split('. ')[0].rstrip('.')}. [1]\n", "Mallory decides. [1]\n"))
        await ask("how do i verify a caller before resetting mfa?")
        shown = [p for p in desk.room.shown if p.reply.kind == "answer"]
        assert len(shown) >= 3 and {p.place for p in shown} == {private}


async def test_feedback_settles_a_written_answer(opened: Opened, endpoint: Endpoint) -> None:
    endpoint.says(streams(ONE))
    async with opened() as desk:
        place = await desk.say("Rosa Delgado", QUESTION)
        answer = await desk.last(place, "answer")
        await desk.press("Rosa Delgado", place, next(b for b in answer.buttons if b.verb == "helpful"))
        settled = await desk.last(place, "answer")
        assert settled.text == SHORT and settled.buttons == ()
        assert (await desk.ticket(place)).status is TicketStatus.RESOLVED
