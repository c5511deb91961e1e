"""Killed with SIGKILL anywhere and started again: nothing is lost and nothing is done twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.workflows.conftest import Process
from tests.workflows.world import World

pytestmark = pytest.mark.kill

FULFILLED = ["P-1:1", "P-1:2", "P-1:3"]
UNDONE = ["P-1:3:undo", "P-1:2:undo", "P-1:1:undo"]
POINTS = [
    "started",
    "advance",
    "run:1:after",
    "run:2:before",
    "run:2:after",
    "run:3:after",
    "finish:before",
    "finish:after",
    "undo:3:before",
    "undo:3:after",
    "undo:1:after",
    "finish_undo",
]


def _die_at(folder: Path, *points: str) -> tuple[World, int]:
    """Runs the program until it ends by itself; returns what it left and how often it died."""
    for deaths in range(len(points) + 1):
        code = Process(folder, "--undo", "--die", *points).ends()
        if code != -9:
            assert code == 0
            return World(folder), deaths
    raise AssertionError("it died more often than there are places to die")


@pytest.fixture(scope="module")
def aftermaths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[tuple[World, int]]]]:
    """One story per point, told side by side: most of their time passes waiting for a process to start."""

    def story(point: str) -> tuple[str, Path]:
        return point, tmp_path_factory.mktemp("killed")

    with ThreadPoolExecutor(4) as pool:
        yield {point: pool.submit(_die_at, folder, point) for point, folder in map(story, POINTS)}


@pytest.mark.parametrize("point", POINTS)
def test_killed_once(aftermaths: dict[str, Future[tuple[World, int]]], point: str) -> None:
    world, deaths = aftermaths[point].result()
    reopened = World(world.folder)
    assert deaths == 1
    assert reopened.effects() == FULFILLED + UNDONE
    assert reopened.told() == ["done", "undone"]


def test_killed_at_every_point_in_turn(tmp_path: Path) -> None:
    points = ["run:1:after", "run:2:before", "finish:after", "undo:2:after"]
    world, deaths = _die_at(tmp_path, *points)
    assert deaths == len(points)
    assert world.effects() == FULFILLED + UNDONE
    assert world.told() == ["done", "undone"]


def test_a_step_that_was_through_is_not_asked_for_again(aftermaths: dict[str, Future[tuple[World, int]]]) -> None:
    world = World(aftermaths["run:2:before"].result()[0].folder)
    assert [world.requests(key) for key in FULFILLED] == [1, 1, 1]


def test_a_step_killed_inside_is_repeated_with_the_same_key(aftermaths: dict[str, Future[tuple[World, int]]]) -> None:
    world = World(aftermaths["run:2:after"].result()[0].folder)
    assert [world.requests(key) for key in FULFILLED] == [1, 2, 1]


def test_killed_while_waiting_for_approval(world: World) -> None:
    world.set_fact("approval", "wanted")
    first = Process(world.folder)
    first.until("advance")
    first.kill()
    assert world.effects() == []
    world.set_fact("approval", "given")  # noted while nobody was there to be woken
    assert Process(world.folder).ends() == 0
    assert world.effects() == FULFILLED


def test_killed_while_sleeping_before_a_retry(world: World) -> None:
    world.set_fact("run:2", "later:1")
    first = Process(world.folder, "--retry-seconds", "1.5")
    first.until("run 2")
    first.kill()
    assert world.effects() == FULFILLED[:1]
    assert Process(world.folder, "--retry-seconds", "1.5").ends() == 0
    assert world.effects() == FULFILLED
    assert world.requests("P-1:2") == 2


def test_killed_while_a_human_has_a_step(world: World) -> None:
    world.set_fact("run:2", "human")
    first = Process(world.folder)
    first.until("run 2")
    first.kill()
    world.set_fact("run:2", "")
    assert Process(world.folder).ends() == 0
    assert world.effects() == FULFILLED


def test_killed_while_giving_up(world: World) -> None:
    world.set_fact("run:2", "refuse")
    assert Process(world.folder, "--die", "give_up").ends() == -9
    assert Process(world.folder, "--die", "give_up").ends() == 0
    assert world.told() == ["stopped at 2: The vendor says no."]
    assert world.requests("P-1:2") == 1


def test_a_second_process_on_the_same_folder_is_refused(world: World) -> None:
    world.set_fact("approval", "wanted")
    first = Process(world.folder, "--stay")
    first.until("advance")
    second = Process(world.folder)
    assert second.ends() == 1
    said = second.lines[-1]
    assert "Busy" in said and f"({first.pid})" in said and str(world.folder) in said and "BELLHOP_DATA_DIR" in said
    first.kill()
    world.set_fact("approval", "given")
    assert Process(world.folder).ends() == 0, "the lock must not outlive its process"


def test_an_app_that_leaves_without_closing_ends_at_once_and_fails_nothing(world: World) -> None:
    world.set_fact("run:2", "slow")
    began = time.monotonic()
    assert Process(world.folder, "--leave", "0.5", "--retries", "0").ends() == 0
    assert time.monotonic() - began < 40
    assert world.requests("P-1:2") == 1
    world.set_fact("run:2", "")
    assert Process(world.folder, "--retries", "0").ends() == 0
    assert world.effects() == FULFILLED
    assert world.told() == ["done"]


def test_an_interrupted_process_ends_at_once(world: World) -> None:
    world.set_fact("approval", "wanted")
    process = Process(world.folder, "--stay")
    process.until("advance")
    began = time.monotonic()
    process.interrupt()
    assert process.ends() != 0
    assert time.monotonic() - began < 30
