"""The real desk, killed with SIGKILL again and again and started again: nothing is lost, nothing is done twice.

Most deaths are placed by commits to the databases (see driver.py), which finds every gap between two of them; some by time, from outside.
The numbers are fixed, so that a failure can be repeated: `Hospital.survive(folder, story, *deaths)`.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.outcomes import GrantStarted
from bot.domain.plans import PlanState, StepState
from bot.domain.tickets import TicketStatus
from bot.ledger.store import open_ledger
from tests.recovery.conftest import DIED, DOMAIN, Aftermath, Hospital, rehearse

pytestmark = pytest.mark.kill

EMILY = f"emily.clarke@{DOMAIN}"
Ended = tuple[Path, list[int]]
ENDS = {
    "remove": PlanState.DONE,
    "remove and undo": PlanState.UNDONE,
    "laptop": PlanState.DONE,
    "laptop and undo": PlanState.UNDONE,
}


def deaths(story: str) -> list[int]:
    """Where the lives of one story end, in commits from each life's start; opening the desk takes about fifteen of them."""
    return [random.Random(f"7 {story} {n}").randint(16, 75) for n in range(6)]


@contextmanager
def aftermath(folder: Path) -> Iterator[Aftermath]:
    left = Aftermath(folder)
    try:
        yield left
    finally:
        left.close()


@pytest.fixture(scope="module")
def lives(hospital: Hospital, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[Ended]]:
    """Every story, told side by side."""
    place = tmp_path_factory.mktemp("lives")
    return {story: hospital.pool.submit(hospital.survive, place / story, story, *deaths(story)) for story in ENDS}


@pytest.mark.parametrize("story", ENDS)
async def test_killed_six_times_on_the_way(lives: dict[str, Future[Ended]], hospital: Hospital, story: str) -> None:
    folder, ends = lives[story].result()
    assert ends[-1] == 0 and ends.count(DIED) >= 3, (deaths(story), ends, hospital.log.read_text())
    with aftermath(folder) as left:
        await left.check(ENDS[story])


@pytest.mark.parametrize(
    ("commits", "what"),
    [
        (24, "the request was heard, and nothing had come of it"),
        (46, "the form was answered, and the plan not yet written down"),
        (92, "the approval was open, and not yet shown to its approver"),
    ],
)
async def test_killed_between_what_was_heard_and_what_came_of_it(hospital: Hospital, tmp_path: Path, commits: int, what: str) -> None:
    folder, ends = hospital.survive(tmp_path / "f", "remove", *range(commits - 2, commits + 3, 2))
    assert ends[-1] == 0, (what, ends, hospital.log.read_text())
    with aftermath(folder) as left:
        await left.check(PlanState.DONE)


async def test_killed_from_outside_while_the_vendor_is_slow(hospital: Hospital, tmp_path: Path) -> None:
    folder = hospital.folder(tmp_path / "f")
    rehearse(folder, "*", "slow", times=100, seconds=0.1)
    chance = random.Random(11)
    ends = hospital.lives_by_time(folder, "remove", *(chance.uniform(0.4, 1.6) for _ in range(5)))
    assert ends[-1] == 0 and DIED in ends, hospital.log.read_text()
    with aftermath(folder) as left:
        await left.check(PlanState.DONE)


async def test_killed_after_the_vendor_gave_the_last_seat_and_its_reply_was_lost(hospital: Hospital, tmp_path: Path) -> None:
    """Judged again, the step must not be refused for want of the seat that it holds itself."""
    folder = hospital.folder(tmp_path / "f")
    with sqlite3.connect(folder / "demo.db") as db:
        (held,) = db.execute("SELECT count(*) FROM holding WHERE system = 'figma' AND enabled = 1").fetchone()
        db.execute("UPDATE system SET elsewhere = seats - ? - 1 WHERE id = 'figma'", (held,))
    rehearse(folder, "access", "reply lost", "grant")
    ends = hospital.lives(folder, "seat", 120, 60, 40)
    assert ends[-1] == 0 and DIED in ends, hospital.log.read_text()
    with aftermath(folder) as left:
        plan = await left.plan()
        assert plan.state is PlanState.DONE, plan.note
        assert "figma" in {g.system for g in (await left.ledger.directory()).grants_of(EMILY)}
        await left.agree()


@pytest.mark.parametrize("commits", [30, 55, 62, 66, 70, 74])
async def test_killed_while_access_comes_to_its_end(hospital: Hospital, tmp_path: Path, commits: int) -> None:
    folder = hospital.folder(tmp_path / "f")
    ledger = open_ledger(folder)
    now = datetime.now(UTC)
    over = GrantStarted(person=EMILY, system="slack", level="member", until=now - timedelta(hours=1))
    await ledger.apply([over], now - timedelta(days=2))
    ledger.close()
    assert hospital.lives(folder, "expiry", commits)[-1] == 0, hospital.log.read_text()
    with aftermath(folder) as left:
        (plan,) = await left.ledger.plans()
        assert (plan.state, [s.state for s in plan.steps]) == (PlanState.DONE, [StepState.DONE]), plan.note
        assert len([e for e in await left.ledger.entries(plan.ticket) if e.kind == "step.done"]) == 1
        await left.agree()


async def test_killed_while_handing_over_to_a_human(hospital: Hospital, tmp_path: Path) -> None:
    folder, ends = hospital.survive(tmp_path / "f", "human", 22, 24, 26, 18)
    assert ends[-1] == 0 and DIED in ends, hospital.log.read_text()
    with aftermath(folder) as left:
        (ticket,) = await left.ledger.tickets()
        assert ticket.status is TicketStatus.ESCALATED
        assert {"brief", "escalated"} <= {p.key for p in await left.ledger.posts(ticket=ticket.id)}
        assert not await left.ledger.unhandled()


def test_killed_while_the_company_is_loaded_for_the_first_time(hospital: Hospital, tmp_path: Path) -> None:
    """The first start is all of it or nothing, however often it is cut short."""
    ends = hospital.lives(tmp_path / "fresh", "open", 1, 2, 4, 7, 11)
    assert ends[-1] == 0 and DIED in ends, hospital.log.read_text()
    people = []
    for folder in (hospital.template, tmp_path / "fresh"):
        with sqlite3.connect(folder / "bellhop.db") as db:
            people.append(db.execute("SELECT count(*) FROM people").fetchone())
            assert db.execute("SELECT count(*) FROM entries WHERE kind = 'company.imported'").fetchone() == (1,)
    assert people[0] == people[1]
