"""What the durable engine costs, on SQLite: python tests/workflows/bench.py"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from bot.desk.ports import Wait
from bot.workflows.engine import open_engine


class Instant:
    """A fulfilment that takes no time; it notes when each thing was called."""

    def __init__(self) -> None:
        self.waiting = False
        self.first: dict[str, float] = {}
        self.count = 20

    async def advance(self, plan_id: str) -> Wait:
        return Wait(ready=not self.waiting)

    async def steps(self, plan_id: str) -> Sequence[int]:
        return range(1, self.count + 1)

    async def run_step(self, plan_id: str, number: int, key: str) -> Wait:
        self.first.setdefault(plan_id, time.perf_counter())
        return Wait(ready=True)

    async def give_up(self, plan_id: str, number: int, why: str) -> None: ...
    async def finish(self, plan_id: str) -> None: ...
    async def undo_steps(self, plan_id: str) -> Sequence[int]:
        return ()

    async def undo_step(self, plan_id: str, number: int, key: str) -> Wait:
        return Wait(ready=True)

    async def finish_undo(self, plan_id: str) -> None: ...
    async def expire(self) -> None: ...


def said(what: str, seconds: Sequence[float]) -> None:
    """Median and spread in milliseconds."""
    ms = sorted(s * 1000 for s in seconds)
    low, high = ms[0], statistics.quantiles(ms, n=20)[-1] if len(ms) > 1 else ms[-1]
    print(f"{what:<44} median {statistics.median(ms):8.2f} ms   least {low:8.2f}   95 % {high:8.2f}   n {len(ms)}")


async def main(folder: Path) -> None:
    work = Instant()
    launches = []
    for _ in range(5):
        began = time.perf_counter()
        engine = open_engine(work, folder / "workflows.db", retries=0, retry_seconds=1)
        await engine.launch()
        launches.append(time.perf_counter() - began)
        await engine.close()
    said("launch", launches)
    engine = open_engine(work, folder / "workflows.db", retries=0, retry_seconds=1)
    await engine.launch()

    starts, steps = [], []
    for n in range(30):
        began = time.perf_counter()
        await engine.fulfil(f"P-{n}")
        await engine.wait(f"P-{n}")
        starts.append(work.first[f"P-{n}"] - began)
        steps.append((time.perf_counter() - work.first[f"P-{n}"]) / work.count)
    said("from start to first step", starts)
    said("a step, stored", steps)

    work.waiting = True
    wakes = []
    for n in range(30):
        await engine.fulfil(f"W-{n}")
    await asyncio.sleep(1)
    work.waiting = False
    for n in range(30):
        began = time.perf_counter()
        await engine.signal(f"W-{n}", {})
        await engine.wait(f"W-{n}")
        wakes.append(work.first[f"W-{n}"] - began)
    said("from click to first step of a waiting plan", wakes)

    work.waiting = True
    before = threading.active_count()
    await asyncio.gather(*(engine.fulfil(f"L-{n}") for n in range(100)))
    await asyncio.sleep(1)
    began = time.process_time()
    await asyncio.sleep(3)
    idle = (time.process_time() - began) / 3
    print(f"{'100 waiting plans':<44} {threading.active_count() - before} more threads, {idle:.1%} of a core")
    await engine.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(main(Path(made)))
