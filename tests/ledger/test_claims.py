"""Who is at a message: one process hears it, and another takes it over only from one that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from bot.domain.messages import Message
from bot.ledger.store import SqlLedger, open_ledger
from tests.ledger.world import ANN, NOW, PLACE

MESSAGE = Message(id="E1", person=ANN, place=PLACE, text="help", at=NOW)


@pytest.fixture
def process(where: str) -> Iterator[Callable[[], SqlLedger]]:
    """Starts processes over one record, as far as the record can tell."""
    started: list[SqlLedger] = []

    def start() -> SqlLedger:
        started.append(open_ledger(where))
        return started[-1]

    yield start
    for one in started:
        one.close()


async def hear(ledger: SqlLedger) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    assert await ledger.heard(MESSAGE, ticket.id, "help")


async def test_what_is_unknown_or_handled_cannot_be_taken_over(process: Callable[[], SqlLedger]) -> None:
    one, other = process(), process()
    assert not await one.claim(MESSAGE)
    await hear(one)
    await one.handled(MESSAGE)
    assert not await one.claim(MESSAGE)
    assert not await other.claim(MESSAGE)
    assert await one.unhandled() == []


async def test_a_process_takes_up_again_what_it_did_not_finish_itself(process: Callable[[], SqlLedger]) -> None:
    one = process()
    await hear(one)
    assert await one.claim(MESSAGE)
    assert await one.claim(MESSAGE), "its hearing may fail twice"
    slack = MESSAGE.model_copy(update={"place": PLACE.model_copy(update={"channel": "slack"})})
    assert not await one.claim(slack), "another channel may have the same id"


async def test_on_sqlite_any_other_process_is_gone(tmp_path: Path) -> None:
    one, other = open_ledger(tmp_path), open_ledger(tmp_path)
    await hear(one)
    assert await other.claim(MESSAGE)
    one.close()
    other.close()


def aged(where: str, seconds: int) -> None:
    """Makes every claim this old, by the server's clock."""
    with psycopg.connect(where, autocommit=True) as server:
        server.execute("UPDATE messages SET claimed = now() - make_interval(secs => %s)", (seconds,))


@pytest.mark.postgres
async def test_a_message_is_left_to_the_live_process_that_has_it(postgres_made: str) -> None:
    one, other = open_ledger(postgres_made), open_ledger(postgres_made)
    await hear(one)
    assert not await other.claim(MESSAGE)
    aged(postgres_made, 110)
    assert not await other.claim(MESSAGE), "hearing may take its time"
    assert await one.claim(MESSAGE)
    aged(postgres_made, 130)
    assert await other.claim(MESSAGE), "it must be gone"
    assert not await one.claim(MESSAGE), "who was thought gone does not take back what somebody else is at"
    one.close()
    other.close()


@pytest.mark.postgres
async def test_of_many_that_race_for_what_a_dead_process_left_one_wins(postgres_made: str) -> None:
    dead = open_ledger(postgres_made)
    await hear(dead)
    dead.close()
    heirs = [open_ledger(postgres_made) for _ in range(4)]
    for _ in range(10):
        aged(postgres_made, 600)
        won = await asyncio.gather(*(heir.claim(MESSAGE) for heir in heirs))
        assert sum(won) == 1
    for heir in heirs:
        heir.close()


@pytest.mark.postgres
async def test_what_two_processes_race_to_hear_belongs_to_the_one_that_heard(postgres_made: str) -> None:
    processes = [open_ledger(postgres_made) for _ in range(4)]
    ticket = await processes[0].open_ticket(ANN, PLACE, "x", NOW)

    async def hear_or_claim(ledger: SqlLedger, message: Message) -> bool:
        return await ledger.heard(message, ticket.id, "x") or await ledger.claim(message)

    for n in range(10):
        message = MESSAGE.model_copy(update={"id": f"E{n}"})
        got = await asyncio.gather(*(hear_or_claim(p, message) for p in processes))
        assert sum(got) == 1
    for one in processes:
        one.close()


async def test_what_was_heard_before_there_were_claims_is_anybodys(where: str, process: Callable[[], SqlLedger]) -> None:
    one, other = process(), process()
    await hear(one)
    with one.db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE messages SET claimed_by = NULL, claimed = NULL")
    won = [await ledger.claim(MESSAGE) for ledger in (other, one)]
    assert won[0]
    assert won[1] is one.db.lite
