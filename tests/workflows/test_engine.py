from __future__ import annotations

import asyncio
import sqlite3
import threading
import time

import psutil
import pytest

from bot.errors import BadSettings, Busy, Unknown
from bot.workflows.engine import DurableEngine, open_engine
from tests.workflows.conftest import Open
from tests.workflows.world import World

FULFILLED = ["P-1:1", "P-1:2", "P-1:3"]


async def eventually(what: object, within: float = 5.0) -> None:
    """Until `what()` is true."""
    assert callable(what)
    async with asyncio.timeout(within):
        while not what():
            await asyncio.sleep(0.01)


async def test_steps_run_in_order_and_the_plan_is_settled(engine: DurableEngine, world: World) -> None:
    await engine.fulfil("P-1")
    run = await engine.wait("P-1")
    assert (run.plan, run.doing, run.status, run.result) == ("P-1", "fulfil", "SUCCESS", "done")
    assert world.effects() == FULFILLED
    assert world.told() == ["done"]


async def test_starting_twice_is_harmless(engine: DurableEngine, world: World) -> None:
    await asyncio.gather(*(engine.fulfil("P-1") for _ in range(5)))
    await engine.wait("P-1")
    await engine.fulfil("P-1")
    await engine.wait("P-1")
    assert [world.requests(key) for key in FULFILLED] == [1, 1, 1]


async def test_a_settled_plan_runs_nothing(engine: DurableEngine, world: World) -> None:
    world.set_state("P-1", "cancelled")
    await engine.fulfil("P-1")
    assert (await engine.wait("P-1")).result == "settled"
    assert world.effects() == []


async def test_a_click_wakes_a_waiting_plan_at_once(world: World, opened: Open) -> None:
    engine = opened(poll_seconds=8)  # so that it is the signal which wakes it
    await engine.launch()
    world.set_fact("approval", "wanted")
    await engine.fulfil("P-1")
    await asyncio.sleep(0.2)
    world.set_fact("approval", "given")
    began = time.monotonic()
    await engine.signal("P-1", {})
    await eventually(world.effects)
    assert time.monotonic() - began < 6
    await engine.wait("P-1")


async def test_a_signal_carries_nothing_that_is_believed(engine: DurableEngine, world: World) -> None:
    world.set_fact("approval", "wanted")
    await engine.fulfil("P-1")
    for _ in range(3):
        await engine.signal("P-1", {"approved": True, "ready": True, "plan": "P-1"})
    await asyncio.sleep(0.3)
    assert world.effects() == []
    assert [r.active for r in await engine.list("P-1")] == [True]


async def test_a_signal_is_not_lost_when_nobody_waits_yet(engine: DurableEngine, world: World) -> None:
    world.set_fact("approval", "wanted")
    starting = asyncio.create_task(engine.fulfil("P-1"))
    world.set_fact("approval", "given")
    await engine.signal("P-1", {})
    await starting
    await engine.signal("P-1", {})
    assert (await engine.wait("P-1", within=5)).result == "done"


async def test_a_signal_before_start_or_after_the_end_is_harmless(engine: DurableEngine, world: World) -> None:
    await engine.signal("P-1", {})
    await engine.signal("P-9", {})
    await engine.fulfil("P-1")
    await engine.wait("P-1")
    await engine.signal("P-1", {})
    assert world.effects() == FULFILLED


async def test_cancelled_while_waiting(engine: DurableEngine, world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.set_fact("approval", "wanted")
    await engine.fulfil("P-1")
    await asyncio.sleep(0.1)
    await engine.cancel("P-1")
    assert (await engine.wait("P-1")).status == "CANCELLED"
    world.set_fact("approval", "given")
    await engine.signal("P-1", {})
    await engine.fulfil("P-1")
    await asyncio.sleep(0.3)
    assert world.effects() == []
    assert [r for r in caplog.records if r.levelname in ("WARNING", "ERROR", "CRITICAL")] == []


async def test_cancelled_while_a_retry_is_due(opened: Open, world: World) -> None:
    engine = opened(retry_seconds=0.3)
    await engine.launch()
    world.set_fact("run:2", "later:1")
    await engine.fulfil("P-1")
    await eventually(lambda: world.requests("P-1:2"))
    await engine.cancel("P-1")
    await asyncio.sleep(0.8)
    assert world.effects() == FULFILLED[:1]
    assert world.requests("P-1:2") == 1


async def test_cancelling_nothing_is_harmless(engine: DurableEngine) -> None:
    await engine.cancel("P-404")
    with pytest.raises(Unknown, match="P-404"):
        await engine.wait("P-404")


async def test_try_later_is_tried_again_with_growing_pauses(engine: DurableEngine, world: World) -> None:
    world.set_fact("run:2", "later:2")
    began = time.monotonic()
    await engine.fulfil("P-1")
    await engine.wait("P-1")
    assert time.monotonic() - began >= 0.05 + 0.1
    assert world.effects() == FULFILLED
    assert world.requests("P-1:2") == 3


async def test_try_later_for_ever_is_handed_over(engine: DurableEngine, world: World) -> None:
    world.set_fact("run:2", "later")
    await engine.fulfil("P-1")
    assert (await engine.wait("P-1")).result == "stopped"
    assert world.requests("P-1:2") == 4
    assert world.told() == ["stopped at 2: The vendor is busy. Tried 4 times."]
    assert world.effects() == FULFILLED[:1]


@pytest.mark.parametrize(
    ("mood", "said"),
    [("refuse", "The vendor says no."), ("break", "Something unexpected went wrong inside Bellhop (KeyError).")],
)
async def test_what_will_not_work_is_never_repeated(engine: DurableEngine, world: World, mood: str, said: str) -> None:
    world.set_fact("run:2", mood)
    await engine.fulfil("P-1")
    assert (await engine.wait("P-1")).result == "stopped"
    assert world.requests("P-1:2") == 1
    assert world.requests("P-1:3") == 0
    assert world.told() == [f"stopped at 2: {said}"]


async def test_a_human_step_waits_until_it_is_ticked_off(engine: DurableEngine, world: World) -> None:
    world.set_fact("run:2", "human")
    await engine.fulfil("P-1")
    await eventually(lambda: world.requests("P-1:2"))
    await engine.signal("P-1", {})
    await eventually(lambda: world.requests("P-1:2") == 2)
    assert world.effects() == FULFILLED[:1]
    world.set_fact("run:2", "")
    await engine.signal("P-1", {})
    assert (await engine.wait("P-1")).result == "done"


async def test_undo_goes_backwards_and_may_be_begun_anew_after_it_stopped(engine: DurableEngine, world: World) -> None:
    await engine.fulfil("P-1")
    await engine.wait("P-1")
    world.set_fact("undo:2", "refuse")
    await engine.undo("P-1", "priya")
    assert (await engine.wait("P-1")).result == "stopped"
    world.set_fact("undo:2", "")
    await engine.undo("P-1", "priya")
    assert (await engine.wait("P-1")).result == "done"
    await engine.undo("P-1", "priya")
    assert world.effects() == [*FULFILLED, "P-1:3:undo", "P-1:2:undo", "P-1:1:undo"]
    assert [r.id for r in await engine.list("P-1")] == ["P-1", "P-1:undo", "P-1:undo:2"]


async def test_an_undo_that_a_human_holds_is_woken_by_the_plan_s_signal(engine: DurableEngine, world: World) -> None:
    await engine.fulfil("P-1")
    await engine.wait("P-1")
    world.set_fact("undo:3", "human")
    await engine.undo("P-1", "priya")
    await engine.undo("P-1", "priya")
    await eventually(lambda: world.requests("P-1:3:undo"))
    world.set_fact("undo:3", "")
    await engine.signal("P-1", {})
    assert (await engine.wait("P-1")).result == "done"
    assert len(await engine.list("P-1")) == 2


class Flaky(World):
    """The record is out of order the first two times it is asked anything."""

    def __init__(self, world: World) -> None:
        super().__init__(world.folder)
        self.asked = 0

    def set_state(self, plan: str, state: str) -> None:
        self.asked += 1
        if self.asked <= 2:
            raise OSError("disk I/O error")
        super().set_state(plan, state)


async def test_settling_a_plan_is_not_given_up(world: World, tmp_path: object) -> None:
    flaky = Flaky(world)
    engine = open_engine(flaky, world.folder / "workflows.db", retries=0, retry_seconds=0.05, poll_seconds=0.05)
    await engine.launch()
    await engine.fulfil("P-1")
    assert (await engine.wait("P-1")).result == "done"
    assert (flaky.asked, world.told()) == (3, ["done"])
    await engine.close()


class Busybody(World):
    """Starts another plan from inside a step, as a companion or a grant's end does, and tells on which thread it runs."""

    engine: DurableEngine
    threads: set[str]

    async def run_step(self, plan_id, number, key):
        self.threads.add(threading.current_thread().name)
        if plan_id == "P-1":
            await self.engine.fulfil("P-2")
            await self.engine.signal("P-1", {})
        return await super().run_step(plan_id, number, key)


async def test_a_step_may_start_and_wake_plans_and_runs_on_the_app_s_loop(world: World) -> None:
    busybody = Busybody(world.folder)
    busybody.threads = set()
    busybody.engine = open_engine(busybody, world.folder / "workflows.db", retries=0, retry_seconds=0.05, poll_seconds=0.05)
    await busybody.engine.launch()
    await busybody.engine.fulfil("P-1")
    assert (await busybody.engine.wait("P-1")).result == "done"
    assert (await busybody.engine.wait("P-2")).result == "done"
    assert busybody.threads == {threading.current_thread().name}
    await busybody.engine.close()


async def test_thirty_restarts_while_a_plan_waits(world: World, opened: Open) -> None:
    world.set_fact("approval", "wanted")
    engine = opened()
    await engine.launch()
    await engine.fulfil("P-1")
    for _ in range(30):
        await engine.close()
        engine = opened()
        await engine.launch()
        assert [r.active for r in await engine.list("P-1")] == [True]
    assert world.effects() == []
    world.set_fact("approval", "given")
    await engine.signal("P-1", {})
    assert (await engine.wait("P-1", within=10)).result == "done"
    assert world.effects() == FULFILLED


async def test_settings_may_change_while_a_plan_is_under_way(world: World, opened: Open) -> None:
    world.set_fact("run:2", "human")
    world.set_fact("run:1", "later:2")
    engine = opened(retries=3)
    await engine.launch()
    await engine.fulfil("P-1")
    await eventually(lambda: world.requests("P-1:2"))
    await engine.close()
    world.set_fact("run:2", "")
    engine = opened(retries=0, retry_seconds=9)
    await engine.launch()
    assert (await engine.wait("P-1", within=10)).result == "done"
    assert world.effects() == FULFILLED


async def test_closing_lets_the_step_under_way_finish(world: World, opened: Open) -> None:
    class Slow(World):
        async def run_step(self, plan_id, number, key):
            await asyncio.sleep(0.4)
            return await super().run_step(plan_id, number, key)

    slow = Slow(world.folder)
    engine = open_engine(slow, world.folder / "workflows.db", retries=0, retry_seconds=0.05, poll_seconds=0.05)
    await engine.launch()
    await engine.fulfil("P-1")
    await asyncio.sleep(0.2)
    await engine.close()
    assert world.effects() == FULFILLED[:1]
    engine = opened()
    await engine.launch()
    assert (await engine.wait("P-1", within=10)).result == "done"
    assert world.effects() == FULFILLED


async def test_a_hundred_waiting_plans_hold_no_threads(engine: DurableEngine, world: World) -> None:
    world.set_fact("approval", "wanted")
    before = threading.active_count()
    await asyncio.gather(*(engine.fulfil(f"W-{n}") for n in range(100)))
    await asyncio.sleep(0.5)
    assert threading.active_count() <= before + 8
    world.set_fact("approval", "given")
    await asyncio.gather(*(engine.signal(f"W-{n}", {}) for n in range(100)))
    await asyncio.gather(*(engine.wait(f"W-{n}") for n in range(100)))
    assert len(world.effects()) == 300
    assert await engine.list() == []


async def test_nothing_listens_and_the_app_s_executor_stays_its_own(engine: DurableEngine) -> None:
    assert [c for c in psutil.Process().net_connections() if c.status == psutil.CONN_LISTEN] == []
    await engine.close()
    assert await asyncio.to_thread(lambda: "works") == "works"


async def test_one_engine_per_process(engine: DurableEngine, opened: Open, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(Busy, match="already runs an engine"):
        await opened(database=tmp_path_factory.mktemp("other") / "workflows.db").launch()
    await engine.close()
    await engine.close()


async def test_expire_is_called_at_launch(engine: DurableEngine, world: World) -> None:
    await eventually(lambda: world.fact("expired") == "1")


async def test_workflows_that_ended_long_ago_are_forgotten(world: World, opened: Open) -> None:
    engine = opened()
    await engine.launch()
    for plan in ("P-1", "P-2"):
        await engine.fulfil(plan)
        await engine.wait(plan)
    world.set_fact("approval", "wanted")
    await engine.fulfil("P-3")
    await engine.close()
    with sqlite3.connect(world.folder / "workflows.db") as db:
        db.execute("UPDATE workflow_status SET completed_at = completed_at - 31 * 86400000 WHERE workflow_uuid = 'P-1'")
        db.execute("UPDATE workflow_status SET created_at = created_at - 400 * 86400000")
    engine = opened()
    await engine.launch()
    async with asyncio.timeout(5):
        while await engine.list("P-1"):
            await asyncio.sleep(0.05)
    assert [r.plan for p in ("P-2", "P-3") for r in await engine.list(p)] == ["P-2", "P-3"]


async def test_an_unreachable_database_is_said_so(opened: Open) -> None:
    with pytest.raises(BadSettings, match="BELLHOP_DATABASE_URL"):
        await opened(database="postgresql://nobody@127.0.0.1:1/none").launch()
