"""Column types that mean the same in SQLite and PostgreSQL."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel
from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

LOST = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """`text` as both databases can keep it: half characters and NUL, which neither takes, become U+FFFD."""
    if text.isascii():
        return text.replace("\0", LOST)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", LOST)


def plain(data: Any) -> Any:
    """`data` in plain JSON values: moments and dates as ISO text, values as objects, sets as sorted lists, anything else as its text."""
    if isinstance(data, dict):
        return {clean(str(k)): plain(v) for k, v in data.items()}
    if isinstance(data, list | tuple):
        return [plain(v) for v in data]
    if isinstance(data, set | frozenset):
        return sorted((plain(v) for v in data), key=str)
    if isinstance(data, BaseModel):
        return plain(data.model_dump(mode="json", by_alias=True))
    return _scalar(data.value if isinstance(data, Enum) else data)


def _scalar(data: Any) -> Any:
    if data is None or isinstance(data, bool | int) or (isinstance(data, float) and math.isfinite(data)):
        return data
    if isinstance(data, date):
        return data.isoformat()
    if isinstance(data, bytes | bytearray):
        return f"{len(data)} bytes, not kept"
    return clean(str(data))


class Words(TypeDecorator[str]):
    """Text of any length, cleaned of what a database cannot keep."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean(value)


class Instant(TypeDecorator[datetime]):
    """An aware moment. SQLite has no time zones, so it is kept there in UTC without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value.isoformat()}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
