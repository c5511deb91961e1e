"""Opens SQLite or PostgreSQL, brings the tables up to date, and runs units of work off the event loop.

A unit of work is a function of a Connection; it is one transaction, and it may be asked for from any event loop. SQLite has one thread,
so that writers queue here instead of colliding there; PostgreSQL a few. Reads see one snapshot.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DatabaseError, DisconnectionError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import BadInput, BadSettings, BellhopError, Busy, Unknown

T = TypeVar("T")

FILE = "bellhop.db"
SUFFIXES = {".db", ".sqlite", ".sqlite3"}
NEWEST = "0003"
"""Revision of the newest migration."""
BUSY_MS = 10_000
THREADS = 6
IDLE_SECONDS = 1.0
_LOCK = 0x42656C6C


class Database:
    """A database that is open and up to date. Close it when done."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.lite = engine.dialect.name == "sqlite"
        self._reading = engine if self.lite else engine.execution_options(isolation_level="REPEATABLE READ")
        self._writing = engine.execution_options(writes=True)
        self._threads = ThreadPoolExecutor(1 if self.lite else THREADS, thread_name_prefix="ledger")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, reading one snapshot."""
        return await self.run(lambda: self.read_now(work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, its changes kept all together or not at all."""
        return await self.run(lambda: self.write_now(work))

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, on one of the database's threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def stream(self, work: Callable[[Connection], T]) -> T:
        """As `read`, on a thread of its own: for what takes seconds, while others go on."""
        return await asyncio.to_thread(self.read_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """As `read`, in this thread."""
        with _translated(), self._reading.connect() as connection, connection.begin():
            return work(connection)

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """As `write`, in this thread."""
        with _translated(), self._writing.begin() as connection:
            return work(connection)

    def close(self) -> None:
        """Waits for the units of work under way and lets go of the database."""
        self._threads.shutdown()
        self.engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        reason = str(error.orig)
        if "foreign key" in reason.lower():
            raise Unknown(f"This refers to something that is not in the record ({reason.splitlines()[0]}).") from error
        raise BellhopError(f"The record does not take this: {reason.splitlines()[0]}") from error
    except OperationalError as error:
        if "locked" in str(error.orig) or "busy" in str(error.orig):
            raise Busy from error
        raise BellhopError(f"The database could not do this: {str(error.orig).splitlines()[0]}") from error


def open_database(where: str | Path) -> Database:
    """Opens, and makes where there is none, the database at a PostgreSQL address, in a .db file, or in a folder as bellhop.db.

    BadSettings where nothing can be opened there, BadInput where what is there is not a record that this version understands.
    """
    url = locate(where)
    if url.drivername.startswith("sqlite") and url.database:
        _prepare_file(Path(url.database))
    engine = _engine(url)
    try:
        migrate(engine)
    except BellhopError:
        engine.dispose()
        raise
    except SQLAlchemyError as error:
        engine.dispose()
        raise _cannot_open(url, error) from error
    return Database(engine)


def _cannot_open(url: URL, error: SQLAlchemyError) -> BellhopError:
    shown = url.database if url.drivername.startswith("sqlite") else url.render_as_string(hide_password=True)
    reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
    if "not a database" in reason or "malformed" in reason:
        return BadInput(f"{shown} is not a Bellhop record: {reason}.")
    if "locked" in reason:
        return Busy(f"{shown} is in use by another process.")
    return BadSettings(f"The record at {shown} cannot be opened: {reason}.")


def locate(where: str | Path) -> URL:
    """The SQLAlchemy address of a record; BadSettings where the address is of no kind that we know."""
    if "://" in str(where):
        return _server(str(where))
    path = Path(where).expanduser()
    file = path if path.suffix.lower() in SUFFIXES and not path.is_dir() else path / FILE
    if path.is_file() and file != path:
        raise BadInput(f"{path} is neither a folder nor a database file (.db).")
    return URL.create("sqlite+pysqlite", database=str(file.absolute()))


def _server(address: str) -> URL:
    try:
        url = make_url(address)
    except SQLAlchemyError:
        raise BadSettings("The database address is not a valid URL; it should read postgresql://user:password@host/name.") from None
    kind = url.drivername.split("+")[0]
    if kind in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and url.database:
        return url.set(drivername="sqlite+pysqlite", database=str(Path(url.database).absolute()))
    raise BadSettings(f"A database of kind {kind!r} is not supported: use postgresql://… or the path of a file.")


def _prepare_file(path: Path) -> None:
    """The folder exists, and a new file is readable by its owner alone: it holds what people said."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise BadSettings(f"The record at {path} cannot be opened: {error.strerror}.") from error


def _engine(url: URL) -> Engine:
    if url.drivername.startswith("sqlite"):
        engine = create_engine(url, json_serializer=to_json, connect_args={"timeout": BUSY_MS / 1000})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(url, json_serializer=to_json, pool_size=THREADS, max_overflow=2)
    event.listen(engine, "checkin", _note_time)
    event.listen(engine, "checkout", _check_idle)
    return engine


def _note_time(_: object, record: ConnectionPoolEntry) -> None:
    record.info["used"] = monotonic()


def _check_idle(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
    """A connection that rested may have died with its server; asking every time would cost each unit of work a round trip."""
    if monotonic() - record.info.get("used", monotonic()) > IDLE_SECONDS:
        from psycopg import Error

        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except Error as error:
            raise DisconnectionError from error


def to_json(data: Any) -> str:
    """JSON text of a document, in ASCII: half characters survive as escapes in either database."""
    return json.dumps(data, separators=(",", ":"), default=str)


def _set_up_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions are begun below: the driver's own begin is too late to hold a snapshot
    for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrate(engine: Engine) -> None:
    """Brings the tables up to date, once, whoever else is opening the database at the same moment."""
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if revision(connection) != NEWEST:
            _upgrade(connection)


def revision(connection: Connection) -> str | None:
    """The migration that the database is at; None where it holds nothing of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise BadInput(f"The record was made by another version of Bellhop: {error}.") from error


_ONLY_READING: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@contextmanager
def glance(where: str | Path) -> Iterator[Connection]:
    """A connection that can only read, and leaves no trace, not even SQLite's helper files; BadInput where there is no record."""
    url = locate(where)
    served = url.drivername.startswith("postgresql")
    engine = _engine(url).execution_options(**_ONLY_READING) if served else _read_only(Path(url.database or ""))
    try:
        with _translated(), engine.connect() as connection:
            if revision(connection) != NEWEST:
                raise BadInput(
                    f"{where} is not a record of this version of Bellhop; open it once with `bellhop import` or `bellhop serve`."
                )
            yield connection
    except DatabaseError as error:
        raise _cannot_open(url, error) from error
    finally:
        engine.dispose()


def _read_only(path: Path) -> Engine:
    if not path.is_file():
        raise BadInput(f"There is no record at {path}.")
    log = path.with_name(path.name + "-wal")
    busy = log.exists() and log.stat().st_size > 0
    address = f"file:{quote(str(path))}?" + ("mode=ro" if busy else "mode=ro&immutable=1")
    return create_engine("sqlite+pysqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool)
