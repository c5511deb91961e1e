"""The audit ledger: every way of tampering is noticed and named."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from bot.domain.tickets import Entry
from bot.ledger.audit import append_all, head, lines
from bot.ledger.chain import GENESIS, Verified, body_of, check, link, say, verify
from bot.ledger.store import SqlLedger, open_ledger
from tests.ledger.databases import BOTH, postgres_database
from tests.ledger.world import ANN, NOW

COUNT = 12


async def fill(ledger: SqlLedger) -> None:
    """Writes twelve entries."""
    for n in range(1, COUNT + 1):
        await ledger.append("step.done", ANN, f"BH-{1000 + n % 3}", at=NOW, n=n, nested={"b": [1.5, None], "a": "é"})


@pytest.fixture(scope="module", params=BOTH)
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlLedger]:
    """A ledger with twelve entries, which every test must leave as it is."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            place = str(tmp_path_factory.mktemp("chain"))
        else:
            server, template = (request.getfixturevalue(f"postgres_{name}") for name in ("server", "template"))
            place = stack.enter_context(postgres_database(server, template))
        ledger = open_ledger(place)
        stack.callback(ledger.close)
        asyncio.run(fill(ledger))
        yield ledger
        assert asyncio.run(ledger.verify()).count == COUNT


def unguard(connection: Connection) -> None:
    """Takes the guards away, as somebody could who may do everything in the database."""
    if connection.dialect.name == "sqlite":
        for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        connection.execute(text("ALTER TABLE entries DISABLE TRIGGER ALL"))
        connection.execute(text("ALTER TABLE head DISABLE TRIGGER ALL"))


def attacked(ledger: SqlLedger, *attacks: str | Callable[[Connection], None], kept: tuple[int, str] | None = None) -> Verified:
    """What proving the ledger finds after these attacks, which are then taken back so that the next test finds it whole."""
    with ledger.db.engine.execution_options(writes=True).connect() as connection, connection.begin() as transaction:
        unguard(connection)
        for one in attacks:
            connection.execute(text(one)) if isinstance(one, str) else one(connection)
        found = check(lines(connection), head(connection), kept)
        transaction.rollback()
    return found


def forged(first: int, data: str, *, until: int = COUNT, note: bool = True) -> Callable[[Connection], None]:
    """What a careful forger does: changes an entry and every hash from there on."""
    some = text("SELECT * FROM entries WHERE number BETWEEN :a AND :b ORDER BY number").bindparams(a=first, b=until)
    change = text("UPDATE entries SET data = :d, previous = :p, hash = :h WHERE number = :n")

    def work(connection: Connection) -> None:
        rows = connection.execute(some).all()
        last = rows[0].previous
        for row in rows:
            says = data if row.number == first else row.data
            hash_ = link(last, body_of(row.number, row.at, row.kind, row.actor, row.ticket, says))
            connection.execute(change, {"n": row.number, "d": says, "p": last, "h": hash_})
            last = hash_
        if note:
            connection.execute(text("UPDATE head SET hash = :h"), {"h": last})

    return work


async def test_an_untouched_ledger_is_whole(full: SqlLedger) -> None:
    found = await verify(full)
    entries = await full.entries()
    assert (found.whole, found.count, found.head) == (True, COUNT, entries[-1].hash)
    assert str(found) == f"12 entries, unbroken. Head: 12:{found.head}"
    assert [e.previous for e in entries] == [GENESIS, *(e.hash for e in entries[:-1])]


async def test_the_hash_is_what_the_documentation_says(full: SqlLedger) -> None:
    """Computed here with nothing but the standard library."""
    for entry in await full.entries():
        fields = {n: v for n, v in entry.model_dump(mode="json").items() if n not in {"hash", "previous"}} | {"at": entry.at.isoformat()}
        body = hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
        assert hashlib.sha256((entry.previous + body).encode()).hexdigest() == entry.hash


async def test_entries_by_ticket_after_a_number(full: SqlLedger) -> None:
    assert [e.number for e in await full.entries("BH-1001")] == [1, 4, 7, 10]
    assert [e.number for e in await full.entries("BH-1001", after=4, limit=1)] == [7]
    entry = (await full.entries(after=11))[0]
    assert entry == Entry(
        number=12, at=NOW, kind="step.done", actor=ANN, ticket="BH-1000", data={"n": 12, "nested": {"b": [1.5, None], "a": "é"}},
        previous=entry.previous, hash=entry.hash,
    )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET actor = 'x' WHERE number = 3",
        "DELETE FROM entries WHERE number = 3",
        "DELETE FROM entries",
        "DELETE FROM head",
    ],
)
async def test_the_database_itself_refuses_changes(full: SqlLedger, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), full.db.engine.begin() as connection:
        connection.execute(text(statement))
    assert (await full.verify()).whole


async def test_not_even_replacing_or_truncating_gets_past_the_guard(full: SqlLedger) -> None:
    columns = "(number, at, kind, actor, ticket, data, previous, hash) VALUES (3, '', '', '', '', '{}', '', '')"
    lite = ["INSERT OR REPLACE INTO entries " + columns, "UPDATE OR REPLACE entries SET number = 2 WHERE number = 3"]
    for statement in lite if full.db.lite else ["TRUNCATE entries", "TRUNCATE head"]:
        with pytest.raises(DatabaseError, match="append-only"), full.db.engine.begin() as connection:
            connection.execute(text(statement))
    assert (await full.verify()).count == COUNT


@pytest.mark.parametrize(
    "change",
    [
        "at = '2026-11-23T09:30:00.123457+00:00'",
        "kind = 'step.failed'",
        "actor = 'someone.else@corp.example'",
        "ticket = 'BH-9999'",
        "ticket = ''",
        "data = replace(data, '1.5', '1.6')",
        "data = replace(data, ',', ', ')",
        "data = '{}'",
        "data = 'not json'",
        "previous = '" + "0" * 63 + "1'",
        "hash = '" + "f" * 64 + "'",
    ],
)
def test_a_change_of_any_column_is_named(full: SqlLedger, change: str) -> None:
    found = attacked(full, f"UPDATE entries SET {change} WHERE number = 5")
    assert (found.whole, found.bad, found.count) == (False, 5, 4)
    assert "Entry 5 is bad: it was changed or moved" in str(found)


SWAP = (
    "UPDATE entries SET number = -1 WHERE number = 4",
    "UPDATE entries SET number = 4 WHERE number = 8",
    "UPDATE entries SET number = 8 WHERE number = -1",
)
ADD = "INSERT INTO entries SELECT {number}, at, kind, actor, ticket, data, previous, hash FROM entries WHERE number = 12"


@pytest.mark.parametrize(
    ("statements", "bad", "words"),
    [
        (("DELETE FROM entries WHERE number = 6",), 6, "missing; the next one is 7"),
        (("DELETE FROM entries WHERE number = 1",), 1, "missing; the next one is 2"),
        (("DELETE FROM entries WHERE number BETWEEN 3 AND 9",), 3, "missing; the next one is 10"),
        (SWAP, 4, "changed or moved"),
        ((ADD.format(number=0),), 1, "numbered 0 was put before the beginning"),
        ((ADD.format(number=13),), 13, "changed or moved"),
        (("DELETE FROM entries WHERE number = 12",), 12, "its end was cut off"),
        (("DELETE FROM entries WHERE number > 7",), 8, "once reached entry 12"),
        (("DELETE FROM entries",), 1, "cut off"),
        (("DELETE FROM entries WHERE number = 12", "UPDATE head SET number = 11"), 11, "not the entry that the record noted"),
        (("UPDATE head SET number = 10",), 11, "put in past the ledger"),
        (("DELETE FROM head",), 12, "note of its last entry was taken away"),
    ],
)
def test_what_is_missing_moved_or_put_in_is_named(full: SqlLedger, statements: tuple[str, ...], bad: int, words: str) -> None:
    found = attacked(full, *statements)
    assert (found.whole, found.bad) == (False, bad)
    assert words in found.problem


def test_a_forger_who_recomputes_one_hash_is_named_by_the_entry_after(full: SqlLedger) -> None:
    found = attacked(full, forged(5, '{"n":500}', until=5, note=False))
    assert (found.bad, found.count) == (5, 4)
    assert "replaced" in found.problem


async def test_a_forger_who_recomputes_everything_is_caught_by_a_hash_noted_elsewhere(full: SqlLedger) -> None:
    entry = (await full.entries(after=8, limit=1))[0]
    kept = entry.number, entry.hash
    assert (await full.verify(kept)).whole
    assert attacked(full, forged(5, '{"n":500}')).whole  # nothing inside the database can tell
    found = attacked(full, forged(5, '{"n":500}'), kept=kept)
    assert (found.whole, found.bad) == (False, 9)
    assert "noted elsewhere" in found.problem


async def test_a_cut_that_takes_the_head_along_is_caught_by_a_hash_noted_elsewhere(full: SqlLedger) -> None:
    last = (await full.entries(after=11))[0]
    before = (await full.entries(after=6, limit=1))[0]
    cut = "DELETE FROM entries WHERE number > 7", f"UPDATE head SET number = 7, hash = '{before.hash}'"
    assert attacked(full, *cut).whole
    assert attacked(full, *cut, kept=(last.number, last.hash)).bad == 8


async def test_appending_from_many_tasks_and_two_processes_makes_one_chain(ledger: SqlLedger, where: str) -> None:
    other = open_ledger(where)
    await asyncio.gather(*((ledger, other)[n % 2].append("x", ANN, at=NOW, n=n) for n in range(60)))
    other.close()
    found = await ledger.verify()
    assert (found.whole, found.count) == (True, 60)
    assert sorted(e.data["n"] for e in await ledger.entries()) == list(range(60))


async def test_an_append_that_fails_leaves_no_gap(ledger: SqlLedger) -> None:
    def fails(connection: Connection) -> None:
        append_all(connection, [say("x", ANN, "", NOW, {})])
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        await ledger.db.write(fails)
    await ledger.append("y", ANN, at=NOW)
    assert [(e.number, e.kind) for e in await ledger.entries()] == [(1, "y")]


def test_an_empty_ledger_is_whole() -> None:
    assert check([], (0, GENESIS)).whole


def test_no_two_different_entries_share_a_text() -> None:
    """Fields that try to run over into their neighbours are hashed as what they are."""
    tricky: list[tuple[str, str, str]] = [
        ('a","ticket":"b', "", "{}"),
        ("a", 'b","x":"', "{}"),
        ("a", "b", '{"k":1},"kind":"z"'),
        ("a", "b", "{}"),
    ]
    bodies: set[str] = {body_of(1, "t", kind, "actor", ticket, data) for kind, ticket, data in tricky}
    assert len(bodies) == len(tricky)
