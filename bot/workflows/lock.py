"""One process at a time: two that ran the same workflows would carry out a step twice at once.

On SQLite a lock on a file beside the database, on PostgreSQL an advisory lock named after the executor: both end with the process
that holds them, however it ends.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Protocol

import psycopg

from bot.errors import BadSettings, Busy


class Lock(Protocol):
    """Held from its making until `release`."""

    def release(self) -> None: ...


class FileLock:
    """Holds `path`; Busy names the process that has it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            who = f"Another Bellhop process ({holder})" if holder else "Another Bellhop process"
            where = path.parent.resolve()
            raise Busy(f"{who} is using {where}. Stop it first, or give this one a folder of its own with BELLHOP_DATA_DIR.") from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}".encode(), 0)

    def release(self) -> None:
        os.close(self._file)


class DatabaseLock:
    """Holds the executor's name in a PostgreSQL database, on a connection of its own."""

    def __init__(self, url: str, executor: str) -> None:
        try:
            self._connection = psycopg.connect(url, autocommit=True, application_name="bellhop-lock")
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            raise BadSettings(f"BELLHOP_DATABASE_URL: the database cannot be reached: {reason}") from None
        row = self._connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (f"bellhop:{executor}",)).fetchone()
        if row is None or not row[0]:
            self.release()
            raise Busy(f'Another Bellhop process runs the workflows of this database as "{executor}". Stop it first.')

    def release(self) -> None:
        self._connection.close()
