"""Where something is said, as columns; and an INSERT that can say what to do on conflict."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.tickets import Place


def upsert(connection: Connection, table: Table) -> Any:
    """An INSERT that can say what to do on conflict: both databases can, by a construct of their own."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def at(table: Table, place: Place) -> tuple[ColumnElement[bool], ...]:
    """The rows of a table at a place: conversation, channel and thread, in this order."""
    return table.c.conversation == place.conversation, table.c.channel == place.channel, table.c.thread == place.thread


def place_columns(place: Place) -> dict[str, str]:
    """A place as the columns that hold it."""
    return {"channel": place.channel, "conversation": place.conversation, "thread": place.thread}


def place_of(row: Row[Any]) -> Place:
    """The place that a row's columns hold."""
    return Place(channel=row.channel, conversation=row.conversation, thread=row.thread)
