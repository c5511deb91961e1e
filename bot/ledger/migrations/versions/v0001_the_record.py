"""The record: company, conversations, plans, and the audit ledger with the triggers that keep it append-only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None

FIRST_TICKET = 1001
GENESIS = "0" * 64
ENDED = sa.text("ended IS NULL")


def upgrade() -> None:
    """Makes every table, the counters' first values and the triggers."""
    _company()
    _holdings()
    _conversations()
    _plans()
    _approvals()
    _audit()
    _first_rows()
    _guard_sqlite() if op.get_bind().dialect.name == "sqlite" else _guard_postgresql()


def _text(*names: str, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(n, sa.Text(), nullable=null) for n in names]


def _json(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(n, sa.JSON(), nullable=False) for n in names]


def _whole(*names: str, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(n, sa.Integer(), nullable=null) for n in names]


def _moments(*names: str, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(n, sa.DateTime(timezone=True), nullable=null) for n in names]


def _serial(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _given(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _table(name: str, *columns: SchemaItem, key: str, unique: tuple[str, ...] = (), **points: str) -> None:
    """`points` gives the table.column that a column refers to; `unique` lists comma-joined sets of columns."""
    rules: list[SchemaItem] = [sa.PrimaryKeyConstraint(*key.split(","), name=f"pk_{name}")]
    rules += [sa.ForeignKeyConstraint([column], [to], name=f"fk_{name}_{column}") for column, to in points.items()]
    rules += [sa.UniqueConstraint(*u.split(","), name=f"uq_{name}_{u.replace(',', '_')}") for u in unique]
    op.create_table(name, *columns, *rules)


def _index(table: str, *sets: str) -> None:
    for columns in sets:
        op.create_index(f"ix_{table}_{columns.replace(',', '_')}", table, columns.split(","))


def _company() -> None:
    _table(
        "people",
        *_text("email", "id", "name", "title", "department"),
        *_text("manager", null=True),
        *_text("location", "type", "status"),
        sa.Column("start_date", sa.Date()),
        sa.Column("end_date", sa.Date()),
        *_json("flags", "attributes"),
        *_whole("changed"),
        key="email",
        unique=("id",),
    )
    _index("people", "changed", "manager", "status")
    _table(
        "systems",
        *_text("id", "name"),
        *_json("aliases"),
        *_text("category"),
        *_text("owner", null=True),
        *_whole("seats", "seats_used", null=True),
        *_text("sensitivity"),
        *_json("approval"),
        *_text("vendor", null=True),
        *_json("attributes"),
        *_whole("changed"),
        key="id",
    )
    _index("systems", "changed")
    _table(
        "groups",
        *_text("id", "description"),
        *_text("owner", null=True),
        *_text("join_policy"),
        *_json("attributes"),
        *_whole("changed"),
        key="id",
    )
    _index("groups", "changed")


def _holdings() -> None:
    _table(
        "devices",
        *_text("key", "serial", "kind", "model"),
        *_text("person", null=True),
        *_whole("position"),
        key="key",
        person="people.email",
    )
    _index("devices", "person")
    members = {"group_id": "groups.id", "person": "people.email"}
    _table("memberships", *_text("group_id", "person"), key="group_id,person", unique=(), **members)
    _index("memberships", "person")
    _table(
        "grants",
        _serial("id"),
        *_text("person", "system", "level"),
        *_moments("since", "until", "ended", null=True),
        *_whole("changed"),
        key="id",
        person="people.email",
        system="systems.id",
    )
    _index("grants", "changed", "person", "system", "until")
    op.create_index("uq_grants_current", "grants", ["person", "system"], unique=True, sqlite_where=ENDED, postgresql_where=ENDED)


def _conversations() -> None:
    _table(
        "tickets",
        _given("number"),
        *_text("id", "requester", "channel", "conversation", "thread", "summary", "status"),
        *_text("assignee", null=True),
        *_json("draft"),
        *_moments("created", "updated"),
        key="number",
        unique=("id",),
    )
    _index("tickets", "requester", "status", "conversation,thread,channel")
    _table(
        "messages",
        _serial("seq"),
        *_text("channel", "id", "ticket", "person", "conversation", "thread", "text"),
        sa.Column("click", sa.JSON()),
        *_moments("at"),
        key="seq",
        unique=("channel,id",),
        ticket="tickets.id",
    )
    _index("messages", "ticket")
    _table(
        "posts",
        _serial("id"),
        *_text("ticket", "audience", "key", "channel", "conversation", "thread"),
        *_json("reply"),
        *_whole("version"),
        *_text("ref"),
        *_moments("at"),
        key="id",
        unique=("ticket,channel,conversation,thread,key",),
        ticket="tickets.id",
    )
    _index("posts", "conversation,thread,channel")


def _plans() -> None:
    _table(
        "plans",
        _serial("seq"),
        *_text("id", "ticket", "requester", "state", "note", "fingerprint"),
        *_moments("created"),
        *_json("document"),
        key="seq",
        unique=("id",),
        ticket="tickets.id",
    )
    _index("plans", "ticket", "state")
    _table(
        "steps",
        *_text("plan"),
        _given("number"),
        *_text("action", "state"),
        *_json("document"),
        key="plan,number",
        plan="plans.id",
    )
    _index("steps", "action")


def _approvals() -> None:
    _table(
        "approvals",
        _serial("seq"),
        *_text("id", "plan", "ticket", "kind", "state"),
        *_moments("expires"),
        *_json("document"),
        key="seq",
        unique=("id",),
        plan="plans.id",
    )
    _index("approvals", "plan", "ticket", "state")
    _table(
        "votes",
        *_text("approval", "person"),
        *_whole("position"),
        sa.Column("approve", sa.Boolean(), nullable=False),
        *_text("reason"),
        *_moments("at"),
        key="approval,person",
        approval="approvals.id",
    )


def _audit() -> None:
    _table("entries", _given("number"), *_text("at", "kind", "actor", "ticket", "data", "previous", "hash"), key="number")
    _index("entries", "ticket")
    _table("head", _given("id"), *_whole("number"), *_text("hash"), key="id")
    _table(
        "feedback",
        _serial("id"),
        *_text("ticket", "person", "paths"),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        *_moments("at"),
        key="id",
        unique=("ticket,person,paths",),
        ticket="tickets.id",
    )
    _table("counters", *_text("name"), *_whole("value"), key="name")


def _first_rows() -> None:
    op.execute(sa.text("INSERT INTO head (id, number, hash) VALUES (1, 0, :genesis)").bindparams(genesis=GENESIS))
    for name, value in (("ticket", FIRST_TICKET - 1), ("company", 1), ("company.whole", 1)):
        op.execute(sa.text("INSERT INTO counters (name, value) VALUES (:name, :value)").bindparams(name=name, value=value))


def _guard_sqlite() -> None:
    """The guard on INSERT is for INSERT OR REPLACE, which deletes without asking the guard on DELETE."""
    refuse = "SELECT RAISE(ABORT, 'the audit ledger is append-only')"
    op.execute(f"CREATE TRIGGER entries_update BEFORE UPDATE ON entries BEGIN {refuse}; END")
    op.execute(f"CREATE TRIGGER entries_delete BEFORE DELETE ON entries BEGIN {refuse}; END")
    there = "EXISTS (SELECT 1 FROM entries WHERE number = NEW.number)"
    op.execute(f"CREATE TRIGGER entries_insert BEFORE INSERT ON entries WHEN {there} BEGIN {refuse}; END")
    op.execute(f"CREATE TRIGGER head_delete BEFORE DELETE ON head BEGIN {refuse}; END")


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION entries_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit ledger is append-only'; END $$"
    )
    for table, what, each in (
        ("entries", "UPDATE OR DELETE", "ROW"),
        ("entries", "TRUNCATE", "STATEMENT"),
        ("head", "DELETE", "ROW"),
        ("head", "TRUNCATE", "STATEMENT"),
    ):
        name = f"{table}_{what.split()[0].lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH {each} EXECUTE FUNCTION entries_append_only()")
