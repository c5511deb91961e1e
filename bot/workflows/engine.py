"""The durable engine: start, signal, wait, cancel, list.

DBOS (3.4) behind one thin module. Its SQLite file is its own; with PostgreSQL it keeps a schema `dbos` in the ledger's database. Nothing
of it listens or calls out: no conductor, no telemetry, no console. It runs on a thread of its own (see `bridge`), and the fulfilment's
coroutines run on the loop that `launch` was awaited on.

One engine per process, one process per executor id (see `lock`); the application version is pinned, because DBOS recovers only
workflows of its own version and executor.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SendMessage, SetWorkflowID, WorkflowStatus
from dbos import error as dbos_errors

from bot.desk.ports import Fulfilment
from bot.errors import Busy, Unknown
from bot.workflows.bridge import Ferry, LoopThread
from bot.workflows.expire import repeat
from bot.workflows.fulfil import WAKE, Patience, Workflows
from bot.workflows.lock import DatabaseLock, FileLock, Lock

VERSION = "1"
"""Of the workflows, for DBOS. Never change it: workflows of another version are not recovered. Use DBOS.patch, see `fulfil`."""

ACTIVE = ["PENDING", "ENQUEUED", "DELAYED"]
THREADS = 8
"""For DBOS's database calls. Waiting workflows hold none, so this bounds bursts, such as many plans recovered at once."""

UNDO_TURNS = 20
"""How often undoing one plan may be begun anew after it stopped."""

KEEP = timedelta(days=30)
HOUR = 3600.0

_one = threading.Lock()


@dataclass(frozen=True)
class Running:
    """A workflow of a plan. `doing` is "fulfil" or "undo", `status` DBOS's word (PENDING, SUCCESS, CANCELLED …), `result` what it
    came to: "done", "stopped" or "settled"; "" while it runs. `started` is seconds since the epoch."""

    id: str
    plan: str
    doing: str
    status: str
    result: str
    started: float

    @property
    def active(self) -> bool:
        return self.status in ACTIVE


class DurableEngine:
    """The desk's `Engine` port. Made by `open_engine`; `launch` before use, `close` after."""

    def __init__(
        self, fulfilment: Fulfilment, database: str | Path, *, patience: Patience, executor_id: str, name: str, poll_seconds: float
    ) -> None:
        self._fulfilment = fulfilment
        self._database = database
        self._patience = patience
        self._executor_id = executor_id
        self._name = name
        self._poll_seconds = poll_seconds
        self._lock: Lock | None = None

    async def launch(self) -> None:
        """Opens the database and takes up what an earlier process left. Busy if another process has it."""
        if not _one.acquire(blocking=False):
            raise Busy("This process already runs an engine; close that one first.")
        try:
            self._lock = await asyncio.to_thread(_lock, self._database, self._executor_id)
        except BaseException:
            _one.release()
            raise
        self._ferry = Ferry(asyncio.get_running_loop())
        self._thread = LoopThread("bellhop-workflows")
        try:
            await self._thread.call(self._open())
            # An earlier process may have died between noting a click and waking the plan that waits for it.
            await self._wake(await self.list())
        except BaseException:
            await asyncio.to_thread(self._stop)
            raise
        self._rounds = [asyncio.create_task(repeat(self._fulfilment.expire)), asyncio.create_task(repeat(self._forget, HOUR))]

    async def close(self, grace: float = 5.0) -> None:
        """Starts nothing more, gives the step under way `grace` seconds to finish, and lets go. What is unfinished stays so."""
        if self._lock is None:
            return
        for task in self._rounds:
            task.cancel()
        await asyncio.wait(self._rounds)
        await self._ferry.drain(grace)
        await self._thread.call(self._thread.cancel_all())
        await asyncio.to_thread(self._stop)

    async def fulfil(self, plan_id: str) -> None:
        """Starts the plan's workflow; starting it again is harmless."""
        await self._thread.call(self._start(plan_id, self._run_fulfil, plan_id, self._patience))

    async def undo(self, plan_id: str, by: str) -> None:
        """Starts undoing what the plan did. Starting it again is harmless while that is under way or done; one that stopped begins anew."""
        runs = [r for r in await self.list(plan_id) if r.doing == "undo"]
        if not any(r.active or r.result == "done" for r in runs):
            turn = _ids(plan_id)[1:][min(len(runs), UNDO_TURNS - 1)]
            await self._thread.call(self._start(turn, self._run_undo, plan_id, by, self._patience))

    async def signal(self, plan_id: str, what: Mapping[str, Any] | None = None) -> None:
        """Wakes whatever of the plan waits, here or in another process. Nothing of `what` is passed on: who wakes reads the record.
        Without a waiting workflow it is not needed: whatever starts later reads the record too."""
        await self._wake([run for run in await self.list(plan_id) if run.active])

    async def cancel(self, plan_id: str) -> None:
        """Stops fulfilling the plan: no further step begins. One that is being carried out at this moment still comes to its end."""
        await self._thread.call(DBOS.cancel_workflow_async(plan_id))
        self._poke(plan_id)

    async def list(self, plan_id: str | None = None) -> Sequence[Running]:
        """The workflows of one plan, or all that are under way; oldest first."""
        if plan_id is None:
            found = await self._thread.call(DBOS.list_workflows_async(status=ACTIVE, load_input=False))
        else:
            found = await self._thread.call(DBOS.list_workflows_async(workflow_ids=_ids(plan_id), load_input=False))
        return [_running(status) for status in found]

    async def wait(self, plan_id: str, within: float = 60.0) -> Running:
        """Waits until nothing of the plan is under way, and returns its last workflow; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            pause = 0.01
            while True:
                runs = await self.list(plan_id)
                if not runs:
                    raise Unknown(f"No workflow was ever started for plan {plan_id}.")
                if not any(r.active for r in runs):
                    return runs[-1]
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, 0.25)

    async def _open(self) -> None:
        """On the engine's thread: DBOS takes the running loop for its own."""
        self._dbos = DBOS(config=_config(self._name, self._database, self._executor_id, self._poll_seconds))
        moves = Workflows(self._fulfilment, self._ferry.carry)

        # A restart counts as an attempt, so a plan that waits for days would run out of any number of them.
        @DBOS.workflow(name="fulfil", max_recovery_attempts=None)
        async def fulfil(plan: str, patience: Patience) -> str:
            return await moves.fulfil(plan, patience)

        @DBOS.workflow(name="undo", max_recovery_attempts=None)
        async def undo(plan: str, by: str, patience: Patience) -> str:
            return await moves.undo(plan, by, patience)

        self._run_fulfil, self._run_undo = fulfil, undo
        DBOS.launch()

    async def _wake(self, runs: Sequence[Running]) -> None:
        if runs:
            await self._thread.call(DBOS.send_bulk_async([SendMessage(run.id, True, WAKE) for run in runs]))
        for run in runs:
            self._poke(run.id)

    async def _forget(self) -> None:
        """Deletes what DBOS remembers of workflows that ended long ago; what they did stands in the record."""
        before = (datetime.now(UTC) - KEEP).isoformat()
        old = await self._thread.call(DBOS.list_workflows_async(completed_before=before, limit=500, load_input=False, load_output=False))
        if old:
            await self._thread.call(DBOS.delete_workflows_async([status.workflow_id for status in old]))

    async def _start(self, workflow_id: str, workflow: Any, *args: Any) -> None:
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(workflow, *args)

    def _poke(self, workflow_id: str) -> None:
        """Wakes a waiting workflow of this process at once, rather than when DBOS next looks for messages."""
        signal = self._dbos._sys_db.notifications_map.get(f"{workflow_id}::{WAKE}")
        if signal is not None:
            signal.set()

    def _stop(self) -> None:
        # The workflows are closures over this engine, so the next engine of this process has to register its own.
        DBOS.destroy(destroy_registry=True)
        self._thread.stop()
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        _one.release()


def open_engine(
    fulfilment: Fulfilment,
    database: str | Path,
    *,
    retries: int,
    retry_seconds: float,
    executor_id: str = "bellhop",
    name: str = "bellhop",
    poll_seconds: float = 0.5,
) -> DurableEngine:
    """An engine over `database`: a PostgreSQL address (postgresql://…) or the path of DBOS's own SQLite file, which is made if missing.

    A step that is to be tried later is tried again `retries` times, first after `retry_seconds`, doubling. `executor_id` names this
    process among those that share a database; only a process of the same name takes up what it left. `poll_seconds` is how often DBOS
    looks on SQLite for messages, one query per waiting plan (100 plans at 0.5 s: 4 % of a core). Our own signals do not wait for it, but
    `close` may.
    """
    return DurableEngine(
        fulfilment,
        database,
        patience={"retries": retries, "seconds": retry_seconds},
        executor_id=executor_id,
        name=name,
        poll_seconds=poll_seconds,
    )


def _is_url(database: str | Path) -> bool:
    return "://" in str(database)


def _lock(database: str | Path, executor_id: str) -> Lock:
    if _is_url(database):
        return DatabaseLock(_libpq(str(database)), executor_id)
    path = Path(database)
    lock = FileLock(path.with_suffix(".lock"))
    # WAL is remembered in the file: readers (the look for messages) and the writer stop waiting for each other.
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return lock


def _libpq(url: str) -> str:
    """The address without SQLAlchemy's driver: postgresql+psycopg://… → postgresql://…"""
    scheme, _, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


def _config(name: str, database: str | Path, executor_id: str, poll_seconds: float) -> DBOSConfig:
    _quiet()
    return {
        "name": name,
        "system_database_url": _libpq(str(database)) if _is_url(database) else f"sqlite:///{Path(database).resolve()}",
        "application_version": VERSION,
        "executor_id": executor_id,
        "serializer": DBOSPortableJSONSerializer(),
        "enable_otlp": False,
        "log_level": "ERROR",
        "max_executor_threads": THREADS,
        "notification_listener_polling_interval_sec": poll_seconds,
    }


def _quiet() -> None:
    """DBOS's complaints go where all of ours go, and a plan that was cancelled is none."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.addFilter(_worth_reading)
    logger.propagate = True


def _worth_reading(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, dbos_errors.DBOSAwaitedWorkflowCancelledError | dbos_errors.DBOSWorkflowCancelledError)


def _ids(plan: str) -> list[str]:
    """Every id that a workflow of this plan may have: fulfilling it first, then its undoing, turn by turn."""
    return [plan, f"{plan}:undo", *(f"{plan}:undo:{turn}" for turn in range(2, UNDO_TURNS + 1))]


def _running(status: WorkflowStatus) -> Running:
    return Running(
        id=status.workflow_id,
        plan=status.workflow_id.partition(":undo")[0],
        doing=status.name,
        status=status.status,
        result=status.output if isinstance(status.output, str) else "",
        started=(status.created_at or 0) / 1000,
    )
