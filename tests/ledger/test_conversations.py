"""Tickets, messages and feedback."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.messages import Click, File, Message
from bot.domain.tickets import TicketStatus
from bot.errors import Unknown
from bot.ledger.store import SqlLedger, open_ledger
from tests.ledger.world import ANALYSTS, ANN, BOB, DIRECT, NOW, PLACE, post, thread


async def test_tickets_are_numbered_without_gaps_even_when_opened_at_once(ledger: SqlLedger) -> None:
    tickets = await asyncio.gather(*(ledger.open_ticket(ANN, thread(n), f"need {n}", NOW) for n in range(10)))
    assert sorted(t.id for t in tickets) == [f"BH-{1001 + n}" for n in range(10)]


async def test_of_two_processes_that_hear_of_a_new_thread_at_once_one_opens_its_ticket(ledger: SqlLedger, where: str) -> None:
    other = open_ledger(where)
    tickets = await asyncio.gather(*((ledger, other)[n % 2].open_ticket(ANN, PLACE, f"need {n}", NOW) for n in range(10)))
    other.close()
    assert len({t.id for t in tickets}) == 1
    assert await ledger.tickets() == [tickets[0]]


async def test_a_ticket_is_found_by_every_place_that_is_its_own(ledger: SqlLedger) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "help", NOW)
    assert await ledger.ticket_at(ANALYSTS) is None
    await ledger.save_post(post(ticket.id, ANALYSTS))
    await ledger.save_post(post(ticket.id, DIRECT))
    for place in (PLACE, ANALYSTS, DIRECT):
        assert await ledger.ticket_at(place) == ticket
    for other in ({"thread": "other"}, {"channel": "slack"}, {"conversation": "x"}):
        assert await ledger.ticket_at(PLACE.model_copy(update=other)) is None


async def test_the_newest_ticket_at_a_place_is_found(ledger: SqlLedger) -> None:
    await ledger.open_ticket(ANN, PLACE, "first", NOW)
    second = await ledger.open_ticket(BOB, PLACE, "second", NOW)
    assert await ledger.ticket_at(PLACE) == second


async def test_tickets_by_requester_and_status_newest_first(ledger: SqlLedger) -> None:
    one, two, three = [await ledger.open_ticket(who, thread(n), "x", NOW) for n, who in enumerate((ANN, BOB, ANN))]
    done = two.model_copy(update={"status": TicketStatus.RESOLVED, "assignee": ANN, "updated": NOW + timedelta(days=1)})
    await ledger.save_ticket(done)
    assert await ledger.ticket(two.id) == done
    assert await ledger.tickets() == [three, done, one]
    assert await ledger.tickets(requester=ANN, limit=1) == [three]
    assert await ledger.tickets(status=[TicketStatus.RESOLVED, TicketStatus.CLOSED]) == [done]


async def test_what_does_not_exist_is_unknown(ledger: SqlLedger) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    with pytest.raises(Unknown, match="BH-7"):
        await ledger.ticket("BH-7")
    with pytest.raises(Unknown):
        await ledger.save_ticket(ticket.model_copy(update={"id": "BH-7"}))
    with pytest.raises(Unknown):
        await ledger.save_post(post("BH-7"))
    with pytest.raises(Unknown):
        await ledger.drawn(7, "r", 1)
    with pytest.raises(Unknown):
        await ledger.heard(Message(id="m", person=ANN, place=PLACE, at=NOW), "BH-7", "x")
    assert await ledger.tickets() == [ticket]


async def test_a_message_is_heard_once_however_often_it_comes(ledger: SqlLedger, where: str) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    other = open_ledger(where)
    message = Message(id="E1", person=ANN, place=PLACE, text="my password is hunter2", at=NOW)
    heard = await asyncio.gather(*((ledger, other)[n % 2].heard(message, ticket.id, "my password is ****") for n in range(20)))
    other.close()
    assert sum(heard) == 1
    slack = message.model_copy(update={"place": PLACE.model_copy(update={"channel": "slack"})})
    assert await ledger.heard(slack, ticket.id, "another channel may have the same id")
    assert [m["text"] for m in await ledger.messages(ticket.id)] == ["my password is ****", "another channel may have the same id"]


async def test_messages_come_in_the_order_in_which_they_were_said(ledger: SqlLedger) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    click = Click(verb="approve", ref="A1", values={"n": [1, "é"]})
    late = Message(id="2", person=BOB, place=DIRECT, click=click, at=NOW + timedelta(seconds=1))
    await ledger.heard(late, ticket.id, "")
    await ledger.heard(Message(id="1", person=ANN, place=PLACE, text="t", at=NOW), ticket.id, "t")
    assert list(await ledger.messages(ticket.id)) == [
        {"id": "1", "person": ANN, "place": PLACE, "text": "t", "click": None, "at": NOW},
        {"id": "2", "person": BOB, "place": DIRECT, "text": "", "click": click, "at": NOW + timedelta(seconds=1)},
    ]


async def test_files_and_unmasked_words_never_reach_the_disk(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    scan = File(name="licence-of-jane.png", media_type="image/png", content=b"SCANNED-LICENCE-BYTES")
    message = Message(id="1", person=ANN, place=PLACE, text="token xoxb-SECRET", files=(scan,), at=NOW)
    await ledger.heard(message, ticket.id, "token ****")
    ledger.close()
    kept = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    for secret in (b"SCANNED-LICENCE-BYTES", b"licence-of-jane", b"xoxb-SECRET"):
        assert secret not in kept
    assert b"token ****" in kept


async def test_feedback_counts_a_person_once_per_answer(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    for helpful, paths in ((True, ["a.md"]), (False, ["a.md"]), (True, ["b.md"])):
        await ledger.count_feedback(ticket.id, ANN, helpful, paths, NOW)
    ledger.close()
    with sqlite3.connect(tmp_path / "bellhop.db") as raw:
        assert raw.execute("SELECT paths, helpful FROM feedback ORDER BY paths").fetchall() == [('["a.md"]', 0), ('["b.md"]', 1)]


async def test_entries_of_some_kinds_alone(ledger: SqlLedger) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "", NOW)
    for kind in ("answer", "understood", "answer.none", "answer"):
        await ledger.append(kind, ANN, ticket.id, at=NOW)
    assert [e.kind for e in await ledger.entries(kinds=("answer", "answer.none"))] == ["answer", "answer.none", "answer"]
    first, second, _ = await ledger.entries(kinds=("answer", "answer.none"))
    assert list(await ledger.entries(ticket.id, after=first.number, limit=1, kinds=("answer", "answer.none"))) == [second]
