"""The ledger's speed: audit appends and verification, the directory of a company of 5,000, and analytics, on SQLite."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.desk.analytics import Analytics
from bot.ledger.chain import verify
from bot.ledger.importer import import_rows
from bot.ledger.store import open_ledger
from tests.ledger.past import write

PEOPLE = 5_000
TICKETS = 100_000


async def rates(name: str, count: int, runs: int, work: Callable[[], Awaitable[object]], unit: str) -> None:
    """Prints how many of `count` things a second `work` does, as a median with its spread."""
    found = []
    for _ in range(runs):
        began = time.perf_counter()
        await work()
        found.append(count / (time.perf_counter() - began))
    print(f"{name}: median {statistics.median(found):,.0f} {unit}, min {min(found):,.0f}, max {max(found):,.0f} (n={runs})")


async def main(folder: Path) -> None:
    ledger = open_ledger(folder)
    now = datetime.now(UTC)

    async def one_by_one() -> None:
        for n in range(1000):
            await ledger.append("bench", "nobody", "BH-1", at=now, n=n, text="what somebody said")

    async def at_once() -> None:
        await asyncio.gather(*(ledger.append("bench", "nobody", "BH-1", at=now, n=n) for n in range(3000)))

    await rates("audit append, one at a time", 1000, 5, one_by_one, "entries/s")
    await rates("audit append, 3,000 at once", 3000, 3, at_once, "entries/s")
    entries = (await verify(ledger)).count
    while entries < 50_000:
        await at_once()
        entries = (await verify(ledger)).count
    await rates(f"audit verify of {entries:,}", entries, 5, lambda: verify(ledger), "entries/s")

    people = [{"id": str(n), "name": f"Person {n}", "email": f"p{n}@bench.example", "department": "All"} for n in range(PEOPLE)]
    began = time.perf_counter()
    await import_rows(ledger, {"people": people})
    print(f"import of {PEOPLE:,} people: {time.perf_counter() - began:.2f} s")
    await ledger.directory()
    await rates("directory, unchanged", 1, 20, ledger.directory, "reads/s")
    ledger.close()
    await figures(folder / "past", now)


async def figures(folder: Path, now: datetime) -> None:
    """How long counting takes, over two years of questions."""
    ledger = open_ledger(folder)
    write(ledger, TICKETS, now, days=730, drawn=0.05)
    for days in (90, 365, 730):
        began = time.perf_counter()
        found = await Analytics(ledger, 7, lambda: now).figures(now - timedelta(days=days))
        print(f"figures of {days} days, {found.asked:,} questions among {TICKETS:,} tickets: {time.perf_counter() - began:.2f} s")
    ledger.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as where:
        asyncio.run(main(Path(where)))
