"""A small company for the engine's tests: a record and a vendor in one SQLite file, and a program that can be killed anywhere in it.

    python tests/workflows/world.py FOLDER [--database URL] [--die POINT …] [--plan ID] [--undo] [--stay] [--leave S]
        [--retries N] [--retry-seconds S]

It starts the plan (and, with --undo, its undoing), prints what it does, and ends when nothing is under way (with --stay: never; with
--leave: after so many seconds, without closing the engine).
Each POINT is passed alive once killed at: a file notes the death beforehand, so that the next process lives past it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.desk.ports import Wait
from bot.errors import Refused, TryLater
from bot.workflows.engine import open_engine

STEPS = (1, 2, 3)


class World:
    """A Fulfilment whose record and vendor live in `folder/world.db`. The vendor does a thing once per key, however often it is asked."""

    def __init__(self, folder: Path, die: Sequence[str] = ()) -> None:
        self.folder = folder
        self.die = set(die)
        self.db = sqlite3.connect(folder / "world.db", isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.executescript(
            """
            CREATE TABLE IF NOT EXISTS effects (key TEXT PRIMARY KEY, number INTEGER);
            CREATE TABLE IF NOT EXISTS requests (key TEXT);
            CREATE TABLE IF NOT EXISTS plans (plan TEXT PRIMARY KEY, state TEXT);
            CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
            CREATE TABLE IF NOT EXISTS told (plan TEXT, what TEXT);
            """
        )

    def point(self, name: str) -> None:
        """Dies here, by SIGKILL, if asked to and not yet done."""
        scar = self.folder / f"died.{name.replace(':', '-')}"
        if name in self.die and not scar.exists():
            scar.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def fact(self, name: str) -> str:
        row = self.db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def set_fact(self, name: str, value: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def state(self, plan: str) -> str:
        row = self.db.execute("SELECT state FROM plans WHERE plan = ?", (plan,)).fetchone()
        return row[0] if row else ""

    def set_state(self, plan: str, state: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO plans VALUES (?, ?)", (plan, state))

    def requests(self, key: str) -> int:
        return int(self.db.execute("SELECT count(*) FROM requests WHERE key = ?", (key,)).fetchone()[0])

    def effects(self) -> list[str]:
        return [row[0] for row in self.db.execute("SELECT key FROM effects ORDER BY rowid")]

    def told(self) -> list[str]:
        return [row[0] for row in self.db.execute("SELECT what FROM told ORDER BY rowid")]

    def tell(self, plan: str, what: str) -> None:
        if not self.db.execute("SELECT 1 FROM told WHERE plan = ? AND what = ?", (plan, what)).fetchone():
            self.db.execute("INSERT INTO told VALUES (?, ?)", (plan, what))

    async def advance(self, plan_id: str) -> Wait:
        self.point("advance")
        print("advance", flush=True)
        if self.state(plan_id) in ("done", "stopped", "cancelled"):
            return Wait(settled=True)
        return Wait(ready=self.fact("approval") != "wanted", seconds=3600)

    async def steps(self, plan_id: str) -> Sequence[int]:
        self.point("steps")
        return STEPS

    async def run_step(self, plan_id: str, number: int, key: str) -> Wait:
        return await self._carry_out("run", number, key)

    async def _carry_out(self, doing: str, number: int, key: str) -> Wait:
        self.point(f"{doing}:{number}:before")
        print(doing, number, flush=True)
        self.db.execute("INSERT INTO requests VALUES (?)", (key,))
        mood = self.fact(f"{doing}:{number}")
        if mood == "refuse":
            raise Refused("The vendor says no.")
        if mood == "break":
            raise KeyError("a bug")
        if mood.startswith("later") and self.requests(key) <= int(mood.partition(":")[2] or 99):
            raise TryLater("The vendor is busy.")
        if mood == "slow":
            await asyncio.sleep(30)
        if mood == "human":
            return Wait(seconds=3600)
        self.db.execute("INSERT OR IGNORE INTO effects VALUES (?, ?)", (key, number))
        self.point(f"{doing}:{number}:after")
        return Wait(ready=True)

    async def give_up(self, plan_id: str, number: int, why: str) -> None:
        self.point("give_up")
        self.set_state(plan_id, "stopped")
        self.tell(plan_id, f"stopped at {number}: {why}")

    async def finish(self, plan_id: str) -> None:
        self.point("finish:before")
        self.set_state(plan_id, "done")
        self.tell(plan_id, "done")
        self.point("finish:after")

    async def undo_steps(self, plan_id: str) -> Sequence[int]:
        self.point("undo_steps")
        return tuple(reversed(STEPS))

    async def undo_step(self, plan_id: str, number: int, key: str) -> Wait:
        return await self._carry_out("undo", number, key)

    async def finish_undo(self, plan_id: str) -> None:
        self.point("finish_undo")
        self.set_state(plan_id, "undone")
        self.tell(plan_id, "undone")

    async def expire(self) -> None:
        self.set_fact("expired", str(int(self.fact("expired") or 0) + 1))


async def main(args: argparse.Namespace) -> None:
    world = World(args.folder, args.die)
    database = args.database or args.folder / "workflows.db"
    engine = open_engine(world, database, retries=args.retries, retry_seconds=args.retry_seconds)
    await engine.launch()
    print("launched", flush=True)
    await engine.fulfil(args.plan)
    world.point("started")
    if args.leave:
        await asyncio.sleep(args.leave)
        return
    while args.stay:
        await asyncio.sleep(1)
    await engine.wait(args.plan)
    if args.undo:
        await engine.undo(args.plan, "someone")
        await engine.wait(args.plan)
    await engine.close()


def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--database", default="")
    parser.add_argument("--die", nargs="*", default=[])
    parser.add_argument("--plan", default="P-1")
    parser.add_argument("--undo", action="store_true")
    parser.add_argument("--stay", action="store_true")
    parser.add_argument("--leave", type=float, default=0.0)
    parser.add_argument("--retries", type=int, default=3)
    parser.add_argument("--retry-seconds", type=float, default=0.05)
    return parser.parse_args(given)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job begins with it ignored
    asyncio.run(main(arguments(sys.argv[1:])))
