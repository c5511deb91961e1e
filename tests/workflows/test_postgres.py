"""The same engine on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.errors import Busy
from tests.workflows.conftest import Open, Process
from tests.workflows.world import World

pytestmark = [pytest.mark.postgres]

FULFILLED = ["P-1:1", "P-1:2", "P-1:3"]


@pytest.fixture
def url(postgres_url: str) -> str:
    """The address of an empty database of this test's own."""
    return postgres_url


async def test_waits_wakes_runs_and_undoes(opened: Open, world: World, url: str) -> None:
    engine = opened(database=url)
    await engine.launch()
    world.set_fact("approval", "wanted")
    await engine.fulfil("P-1")
    await asyncio.sleep(0.3)
    world.set_fact("approval", "given")
    began = time.monotonic()
    await engine.signal("P-1", {})
    assert (await engine.wait("P-1")).result == "done"
    assert time.monotonic() - began < 10
    await engine.undo("P-1", "priya")
    assert (await engine.wait("P-1")).result == "done"
    assert world.effects() == [*FULFILLED, "P-1:3:undo", "P-1:2:undo", "P-1:1:undo"]


async def test_two_processes_of_one_name_are_refused_and_others_are_not(opened: Open, world: World, url: str) -> None:
    world.set_fact("approval", "wanted")
    first = Process(world.folder, "--database", url, "--stay")
    await asyncio.to_thread(first.until, "advance")
    with pytest.raises(Busy, match='runs the workflows of this database as "bellhop"'):
        await opened(database=url).launch()
    other = opened(database=url, executor_id="bellhop-2")
    await other.launch()
    assert [r.plan for r in await other.list()] == ["P-1"]
    world.set_fact("approval", "given")
    await other.signal("P-1", {})  # reaches the plan in the other process
    assert (await other.wait("P-1", within=10)).result == "done"
    first.kill()


@pytest.mark.kill
@pytest.mark.parametrize("point", ["advance", "run:2:before", "run:2:after", "undo:2:after"])
def test_killed_once(world: World, url: str, point: str) -> None:
    assert Process(world.folder, "--database", url, "--undo", "--die", point).ends() == -9
    assert Process(world.folder, "--database", url, "--undo", "--die", point).ends() == 0
    assert world.effects() == [*FULFILLED, "P-1:3:undo", "P-1:2:undo", "P-1:1:undo"]
    assert world.told() == ["done", "undone"]
