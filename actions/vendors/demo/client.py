"""The demo vendor's client: one SQLite file, safe from several threads and processes, whole after a SIGKILL.

Every write is one transaction that also notes its idempotency key and the reads that led to it. Repeated under the same key, a write
returns its first result and changes nothing, and those reads answer as they did then: a step that was interrupted after its write
comes to the same outcome, undo and all.
"""

from __future__ import annotations

import asyncio
import functools
import sqlite3
import threading
import typing
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic import TypeAdapter

from actions.vendors.demo.schema import SCHEMA
from bot.sdk import BadInput, Capability, Misconfigured, NotFound, Refused, TryLater

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=Capability)

BOOKKEEPING = ("done", "seen", "trouble", "sqlite_sequence")
MISSING = "not found: "
TROUBLES = ("try later", "reply lost", "refused", "misconfigured", "slow")


class Client:
    """The demo services' data. Its connection is shared by all threads, one at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        with _translated():
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self, write: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing."""
        with self._lock, _translated():
            self._db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def trouble(self, capability: str, kind: str, method: str = "*", times: int = 1, seconds: float = 0) -> None:
        """Rehearses an outage: the next `times` calls of a method ("*": any) of a capability ("*": any) go wrong.

        "try later", "refused" and "misconfigured" raise that error before anything is done; "reply lost" does it and then raises
        TryLater; "slow" takes `seconds` longer. For "try later" `seconds` is how long to wait, as the vendor would say.
        """
        if kind not in TROUBLES:
            raise BadInput(f"There is no trouble {kind!r}; choose one of: {', '.join(TROUBLES)}.")
        with self.transaction() as db:
            db.execute(
                "INSERT INTO trouble (capability, method, kind, times, seconds) VALUES (?, ?, ?, ?, ?)",
                (capability, method, kind, times, seconds),
            )

    def peace(self) -> None:
        """Ends all trouble."""
        with self.transaction() as db:
            db.execute("DELETE FROM trouble")

    def next_trouble(self, capability: str, method: str) -> tuple[str, float]:
        """What goes wrong with this call, and the seconds that belong to it; ("", 0) mostly."""
        wanted = "capability IN (?, '*') AND method IN (?, '*') AND times > 0"
        with self.transaction(write=False) as db:
            row = db.execute(f"SELECT id, kind, seconds FROM trouble WHERE {wanted} ORDER BY id", (capability, method)).fetchone()
        if row is None:
            return "", 0.0
        with self.transaction() as db:
            db.execute("UPDATE trouble SET times = times - 1 WHERE id = ?", (row["id"],))
        return row["kind"], row["seconds"]

    def snapshot(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything the services know, by table, without the bookkeeping: equal before and after means that nothing changed."""
        hidden = {"holding": "WHERE enabled = 1", "shipment": "WHERE status <> 'cancelled'"}
        with self.transaction(write=False) as db:
            tables = [r["name"] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            return {
                t: sorted((tuple(r) for r in db.execute(f'SELECT * FROM "{t}" {hidden.get(t, "")}')), key=repr)
                for t in tables
                if t not in BOOKKEEPING
            }


def connect(settings: Mapping[str, str]) -> Client:
    """The client for these settings; Misconfigured where the folder cannot be used."""
    folder = Path(settings["data_dir"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"The demo vendor cannot use the folder {folder}: {error.strerror}.") from None
    return Client(folder / "demo.db")


@contextmanager
def _translated() -> Iterator[None]:
    """SQLite's errors as the desk knows them."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise TryLater("The demo services are busy.", after=1) from None
        raise Misconfigured(f"The demo vendor's file cannot be used: {error}.") from None
    except sqlite3.DatabaseError as error:
        raise Misconfigured(f"The demo vendor's file is damaged: {error}.") from None


def reading(function: Callable[Concatenate[S, sqlite3.Connection, P], T]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Makes a capability's reading method of a function over the database."""
    adapter = TypeAdapter(_returned(function))

    async def read(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        await rehearse(self, function.__name__)
        spoken = _spoken(args, kwargs)
        with self.client.transaction(write=False) as db:
            before = _noted(db, "seen", self.key, function.__name__, spoken)
            if before is None:
                before = _answer(lambda: adapter.dump_json(function(self, db, *args, **kwargs)).decode())
        if self.key:
            _reads(self).setdefault((function.__name__, spoken), before)
        if before.startswith(MISSING):
            raise NotFound(before.removeprefix(MISSING))
        found: T = adapter.validate_json(before)
        return found

    functools.update_wrapper(read, function)
    return read


def writing(function: Callable[Concatenate[S, sqlite3.Connection, P], T]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Makes a capability's writing method of a function over the database, repeatable under its key."""
    adapter = TypeAdapter(_returned(function))

    async def write(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        lost = await rehearse(self, function.__name__)
        name, spoken = f"{self.name}.{function.__name__}", _spoken(args, kwargs)
        with self.client.transaction() as db:
            before = _noted(db, "done", self.key, name, spoken)
            result: T = adapter.validate_json(before) if before is not None else function(self, db, *args, **kwargs)
            if before is None and self.key:
                db.execute("INSERT INTO done VALUES (?, ?, ?, ?)", (self.key, name, spoken, adapter.dump_json(result).decode()))
                rows = [(self.key, method, asked, answer) for (method, asked), answer in _reads(self).items()]
                db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)", rows)
        if lost:
            raise TryLater("The demo service's reply was lost.", after=0)
        return result

    functools.update_wrapper(write, function)
    return write


def _answer(read: Callable[[], str]) -> str:
    """What was read, as JSON; that there is no such thing is an answer, too."""
    try:
        return read()
    except NotFound as error:
        return MISSING + str(error)


def _returned(function: Callable[..., Any]) -> Any:
    return typing.get_type_hints(function)["return"]


def _spoken(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    return repr((args, sorted(kwargs.items())))


def _reads(capability: Capability) -> dict[tuple[str, str], str]:
    """What this use of the capability has read so far."""
    found: dict[tuple[str, str], str] = capability.__dict__.setdefault("_seen", {})
    return found


def _noted(db: sqlite3.Connection, table: str, key: str, method: str, spoken: str) -> str | None:
    if not key:
        return None
    asked = f"SELECT result FROM {table} WHERE key = ? AND method = ? AND arguments = ?"
    row = db.execute(asked, (key, method, spoken)).fetchone()
    return row["result"] if row else None


async def rehearse(capability: Capability, method: str) -> bool:
    """Goes wrong as asked; True where the reply is to be lost."""
    kind, seconds = capability.client.next_trouble(capability.name, method)
    if kind == "slow":
        await asyncio.sleep(seconds)
    if kind == "try later":
        raise TryLater(f"The demo {capability.name} service is not answering.", after=seconds or None)
    if kind == "refused":
        raise Refused(f"The demo {capability.name} service refuses {method}.")
    if kind == "misconfigured":
        raise Misconfigured(f"The demo {capability.name} service does not accept our credentials.")
    return bool(kind == "reply lost")


def row(db: sqlite3.Connection, query: str, *values: Any, missing: str) -> sqlite3.Row:
    """The one row; NotFound with the sentence `missing` where there is none."""
    found: sqlite3.Row | None = db.execute(query, values).fetchone()
    if found is None:
        raise NotFound(missing)
    return found


def person(db: sqlite3.Connection, email: str) -> sqlite3.Row:
    """The account row of a person; NotFound where the demo services know nobody by that address."""
    return row(db, "SELECT * FROM account WHERE email = ?", email, missing=f"The demo services know nobody with the address {email}.")


def changed(db: sqlite3.Connection, statement: str, *values: Any) -> bool:
    """Whether the statement changed a row."""
    return db.execute(statement, values).rowcount > 0
