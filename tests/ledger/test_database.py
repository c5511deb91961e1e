"""Opening: made, brought up to date, opened again, refused where it is something else."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import bot.ledger
from bot.domain.tickets import Place
from bot.errors import BadInput, BadSettings, BellhopError, Busy
from bot.ledger.database import IDLE_SECONDS, NEWEST, glance, locate, open_database
from bot.ledger.importer import import_rows
from bot.ledger.store import SqlLedger, open_ledger, read_company
from bot.ledger.tables import Row
from tests.ledger.world import ANN, BOB, CAT, COMPANY, NOW, PLACE


def test_the_migrations_make_exactly_the_tables_that_the_code_expects(nowhere: str) -> None:
    database = open_database(nowhere)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Row.metadata) == []
    database.close()


def test_the_newest_migration_is_the_one_that_is_named() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(bot.ledger.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]


_BEFORE = """
INSERT INTO tickets (number, id, requester, channel, conversation, thread, summary, status, draft, created, updated)
  VALUES (1001, 'BH-1001', 'ann@corp.example', 'web', 'ann@corp.example', 't1', 's', 'new', '{}', '2026-11-01', '2026-11-01');
INSERT INTO posts (ticket, audience, key, channel, conversation, thread, reply, version, ref, at)
  VALUES ('BH-1001', 'requester', 'k', 'web', 'ann@corp.example', 't1', '{"kind": "text", "text": "hi"}', 4, 'r', '2026-11-01');
INSERT INTO messages (channel, id, ticket, person, conversation, thread, text, at, handled)
  VALUES ('web', 'E1', 'BH-1001', 'ann@corp.example', 'ann@corp.example', 't1', 'x', '2026-11-01', false)
"""


async def test_a_record_from_before_delivery_counts_what_it_said_as_shown(nowhere: str) -> None:
    engine = create_engine(locate(nowhere))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(bot.ledger.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for statement in _BEFORE.split(";"):
            connection.exec_driver_sql(statement.replace("2026-11-01", "2026-11-01 09:00:00.000000"))
    engine.dispose()
    ledger = open_ledger(nowhere)
    assert await ledger.undrawn("web") == []
    assert [(p.version, p.drawn, p.ref) for p in await ledger.posts(ticket="BH-1001")] == [(4, 4, "r")]
    (message,) = await ledger.unhandled()
    assert await ledger.claim(message)
    ledger.close()


async def test_opening_again_keeps_what_is_there(nowhere: str) -> None:
    for who in (ANN, BOB, CAT):
        ledger = open_ledger(nowhere)
        await ledger.open_ticket(who, PLACE, "again", NOW)
        ledger.close()
    ledger = open_ledger(nowhere)
    assert [t.id for t in await ledger.tickets()] == ["BH-1003", "BH-1002", "BH-1001"]
    ledger.close()


def test_several_processes_may_make_the_same_database_at_once(nowhere: str) -> None:
    def open_and_close(_: int) -> None:
        open_database(nowhere).close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(open_and_close, range(4)))
    database = open_database(nowhere)
    assert database.read_now(lambda c: c.execute(text("SELECT value FROM counters WHERE name = 'ticket'")).scalar()) == 1000
    database.close()


def test_a_folder_gets_a_file_that_only_its_owner_may_read(tmp_path: Path) -> None:
    open_ledger(tmp_path / "new folder").close()
    assert stat.S_IMODE((tmp_path / "new folder" / "bellhop.db").stat().st_mode) == 0o600


def test_what_is_no_record_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(b"not a database at all, but long enough to look at" * 30)
    before = other.read_bytes()
    with pytest.raises(BadInput, match=r"other\.db is not a Bellhop record"):
        open_ledger(other)
    assert other.read_bytes() == before
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(BadInput, match="neither a folder nor a database file"):
        open_ledger(tmp_path / "notes.txt")
    with pytest.raises(BadSettings, match="'mysql' is not supported"):
        open_ledger("mysql://u:p@h/d")


def test_a_record_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    open_ledger(tmp_path / "a.db").close()
    with sqlite3.connect(tmp_path / "a.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadInput, match="another version of Bellhop"):
        open_ledger(tmp_path / "a.db")
    with pytest.raises(BadInput, match="this version of Bellhop"):
        read_company(tmp_path / "a.db")


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(BadSettings) as caught:
        open_ledger("postgresql://someone:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


async def test_sqlite_is_opened_as_it_must_be(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    for pragma, value in (("journal_mode", "wal"), ("synchronous", 1), ("foreign_keys", 1)):
        assert ledger.db.read_now(lambda c, p=pragma: c.exec_driver_sql(f"PRAGMA {p}").scalar()) == value
    ledger.close()


async def test_reading_a_company_leaves_no_trace(company: SqlLedger, where: str, tmp_path: Path) -> None:
    expected = await company.directory()
    assert read_company(where).people == expected.people  # while somebody else has it open
    company.close()
    before = sorted(p.name for p in tmp_path.rglob("*"))
    found = read_company(where)
    assert (found.people, found.systems, found.groups) == (expected.people, expected.systems, expected.groups)
    assert found.grants_of("bob@corp.example") == expected.grants_of("bob@corp.example")
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


async def test_a_glance_cannot_write(company: SqlLedger, where: str) -> None:
    for _ in range(2):  # while somebody has it open, and when nobody has
        with pytest.raises(BellhopError, match=r"read-?only"), glance(where) as connection:
            connection.execute(text("DELETE FROM grants"))
        company.close()


def test_reading_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no record"):
        read_company(tmp_path / "none.db")
    with pytest.raises(BadInput, match=r"neither bellhop\.db nor people\.json"):
        read_company(tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_words_that_no_database_takes_are_kept_as_far_as_they_can_be(ledger: SqlLedger) -> None:
    broken = "caf\u00e9 \U0001f600 \ud83d lone \x00 nul"
    place = Place(channel="web", conversation=broken, thread=broken)
    ticket = await ledger.open_ticket(broken, place, broken * 1000, NOW)
    found = await ledger.ticket_at(place)
    assert found is not None
    assert found.id == ticket.id
    assert found.summary == "caf\u00e9 \U0001f600 \ufffd lone \ufffd nul" * 1000
    await ledger.append("said", "x", ticket.id, at=NOW, text=broken, nested=[{broken: float("nan")}], raw=b"secret")
    entry = (await ledger.entries(ticket.id))[0]
    assert entry.data["text"] == "caf\u00e9 \U0001f600 \ufffd lone \ufffd nul"
    assert entry.data["raw"] == "6 bytes, not kept"
    assert (await ledger.verify()).whole


async def test_a_draft_survives_as_it_was(ledger: SqlLedger) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    draft = {"understanding": {"a": [1, None, "é"], "b": {"deep": True}}}
    await ledger.save_ticket(ticket.model_copy(update={"draft": draft}))
    assert (await ledger.ticket(ticket.id)).draft == draft


async def test_the_company_may_be_loaded_by_another_process(where: str, ledger: SqlLedger) -> None:
    assert (await ledger.directory()).people == {}
    other = open_ledger(where)
    await import_rows(other, COMPANY, now=NOW)
    other.close()
    assert ANN in (await ledger.directory()).people


@pytest.mark.postgres
async def test_a_server_that_was_restarted_meanwhile_is_not_noticed(postgres_made: str) -> None:
    ledger = open_ledger(postgres_made)
    await ledger.open_ticket(ANN, PLACE, "x", NOW)
    with psycopg.connect(postgres_made, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await asyncio.sleep(IDLE_SECONDS + 0.1)
    assert (await ledger.open_ticket(BOB, PLACE, "y", NOW)).id == "BH-1002"
    ledger.close()


async def test_a_database_that_fails_tells_everyone_who_waits(ledger: SqlLedger, where: str) -> None:
    with ledger.db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE head RENAME TO gone"))
    results = await asyncio.gather(*(ledger.append("x", ANN, at=NOW) for _ in range(8)), return_exceptions=True)
    assert all(isinstance(r, Exception) for r in results)
    with ledger.db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO head"))
    assert (await ledger.append("x", ANN, at=NOW)).number == 1


async def test_sqlite_held_by_another_process_says_so(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    with ledger.db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(tmp_path / "bellhop.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy, match="Another Bellhop process"):
        await ledger.open_ticket(ANN, PLACE, "x", NOW)
    assert await ledger.tickets() == []  # reading goes on
    other.execute("ROLLBACK")
    assert (await ledger.open_ticket(ANN, PLACE, "x", NOW)).id == "BH-1001"
    other.close()
    ledger.close()
