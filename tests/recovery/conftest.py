"""Lets processes live, die and start again on a data folder, and looks at what they left."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actions.vendors.demo.client import Client, connect
from bot.domain.messages import ApprovalCard, Brief, Form, PlanCard, Status
from bot.domain.plans import Plan, PlanState, StepState
from bot.domain.tickets import TicketStatus
from bot.ledger.chain import verify
from bot.ledger.store import SqlLedger, open_ledger

DRIVER = Path(__file__).with_name("driver.py")
DIED = -signal.SIGKILL
DOMAIN = "brightwater.example"


class Maternity:
    """Bears processes: one at a time, each in a group of its own. See driver.py."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("a")
        self._mother = subprocess.Popen(
            [sys.executable, str(DRIVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )

    def bear(self, folder: Path, story: str, die: int = 0) -> int:
        """Starts a process and returns its pid. `end` must follow."""
        assert self._mother.stdin
        self._mother.stdin.write(json.dumps({"folder": str(folder), "story": story, "die": die}) + "\n")
        self._mother.stdin.flush()
        return self._number()

    def end(self) -> int:
        """Waits for the end of the process and returns its exit code; -9 where it was killed."""
        return self._number()

    def live(self, folder: Path, story: str, die: int = 0) -> int:
        self.bear(folder, story, die)
        return self.end()

    def _number(self) -> int:
        assert self._mother.stdout
        line = self._mother.stdout.readline()
        assert line, f"the driver itself ended; see {self._log.name}"
        return int(line)

    def close(self) -> None:
        assert self._mother.stdin and self._mother.stdout
        self._mother.stdin.close()
        self._mother.wait(30)
        self._mother.stdout.close()
        self._log.close()


@dataclass
class Hospital:
    """Two at work side by side, and the folder of a company that was opened once and closed."""

    free: queue.Queue[Maternity]
    pool: ThreadPoolExecutor
    template: Path
    log: Path

    def folder(self, at: Path) -> Path:
        """A fresh copy of the company."""
        return Path(shutil.copytree(self.template, at))

    def lives(self, folder: Path, story: str, *deaths: int) -> list[int]:
        """Lives the story with a death at each of these commits, then once more without; how each life ended."""
        one = self.free.get()
        try:
            return [one.live(folder, story, die) for die in (*deaths, 0)]
        finally:
            self.free.put(one)

    def survive(self, at: Path, story: str, *deaths: int) -> tuple[Path, list[int]]:
        """The same on a fresh company."""
        folder = self.folder(at)
        return folder, self.lives(folder, story, *deaths)

    def lives_by_time(self, folder: Path, story: str, *seconds: float) -> list[int]:
        """As `lives`, killed from outside, by pid, so many seconds after each start."""
        one = self.free.get()
        try:
            ends = []
            for after in seconds:
                pid = one.bear(folder, story)
                time.sleep(after)
                os.kill(pid, signal.SIGKILL)
                ends.append(one.end())
            return [*ends, one.live(folder, story)]
        finally:
            self.free.put(one)


def rehearse(folder: Path, capability: str, kind: str, method: str = "*", **how: Any) -> None:
    """Gives the demo vendor of a folder the trouble that its README documents."""
    client = connect({"data_dir": str(folder)})
    client.trouble(capability, kind, method, **how)
    client.close()


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    place = tmp_path_factory.mktemp("hospital")
    log = place / "driver.log"
    free: queue.Queue[Maternity] = queue.Queue()
    all_ = [Maternity(log) for _ in range(2)]
    template = place / "template"
    assert all_[0].live(template, "open") == 0, log.read_text()
    for one in all_:
        free.put(one)
    with ThreadPoolExecutor(len(all_)) as pool:
        yield Hospital(free, pool, template, log)
    for one in all_:
        one.close()


class Aftermath:
    """What a folder holds once its story is told."""

    def __init__(self, folder: Path) -> None:
        self.ledger: SqlLedger = open_ledger(folder)
        self.vendor: Client = connect({"data_dir": str(folder)})

    def close(self) -> None:
        self.ledger.close()
        self.vendor.close()

    async def plan(self) -> Plan:
        (plan,) = [p for p in await self.ledger.plans() if p.state is not PlanState.LAPSED]
        return plan

    async def check(self, state: PlanState) -> None:
        """Everything that holds however often the process died."""
        plan = await self.plan()
        assert plan.state is state, plan.note
        undone = state is PlanState.UNDONE
        assert {s.state for s in plan.steps} == {StepState.UNDONE if undone else StepState.DONE}
        assert all(s.outcome and s.outcome.undo for s in plan.steps), "what undoes a step must outlive its process"
        await self._told(plan)
        await self._noted(plan, undone)
        self._done_once(plan, undone)
        await self.agree()

    async def _told(self, plan: Plan) -> None:
        """Whoever has to know was told, and nothing still asks to be answered."""
        ticket = await self.ledger.ticket(plan.ticket)
        assert ticket.status is TicketStatus.RESOLVED
        posts = await self.ledger.posts(ticket=ticket.id)
        own = [p for p in posts if p.place == ticket.place and isinstance(p.reply, Status)]
        outcome = [p.key.partition(":")[0] for p in own if p.reply.kind == "status" and p.reply.tone == "done"]
        assert outcome == (["done", "undone"] if plan.state is PlanState.UNDONE else ["done"])
        cards = [p.reply for p in posts if isinstance(p.reply, PlanCard) and p.key == f"plan:{plan.id}"]
        assert len(cards) == 2 and {c.state for c in cards} == {plan.state}
        (brief,) = [p.reply for p in posts if isinstance(p.reply, Brief)]
        assert brief.status == TicketStatus.RESOLVED
        assert not [p for p in posts if isinstance(p.reply, ApprovalCard) and (p.reply.buttons or p.reply.state != "approved")]
        assert not [p for p in posts if isinstance(p.reply, Form) and not p.reply.settled]
        assert not await self.ledger.unhandled()

    async def _noted(self, plan: Plan, undone: bool) -> None:
        """The ledger is whole, and says each thing once."""
        proof = await verify(self.ledger)
        assert proof.whole, str(proof)
        entries = [e for e in await self.ledger.entries(plan.ticket) if e.data.get("plan", plan.id) == plan.id]
        kinds = Counter(e.kind for e in entries)
        once = {"plan.running", "plan.done"}
        once |= {"plan.proposed", "plan.asking", "approval.opened", "approval.vote"} if plan.approvals else set()
        once |= {"plan.undoing", "plan.undone"} if undone else set()
        assert {k: kinds[k] for k in once} == dict.fromkeys(once, 1)
        for kind in ("step.done", *(["step.undone"] if undone else [])):
            assert sorted(e.data["step"] for e in entries if e.kind == kind) == [s.number for s in plan.steps]

    def _done_once(self, plan: Plan, undone: bool) -> None:
        """The vendor carried out one write for each step, and one for taking it back."""
        with self.vendor.transaction(write=False) as db:
            keys = [row["key"] for row in db.execute("SELECT key FROM done")]
        assert sorted(k for k in keys if not k.endswith("undo")) == sorted(f"{plan.id}:{s.number}" for s in plan.steps)
        assert len([k for k in keys if k.endswith("undo")]) == (len(plan.steps) if undone else 0)

    async def agree(self) -> None:
        """The record and the services say the same about who holds what."""
        directory = await self.ledger.directory()
        served = {(str(row[0]), str(row[1])) for row in self.vendor.snapshot()["holding"]}
        by_hand = {s.id for s in directory.systems.values() if not s.vendor}
        assert {(p, g.system) for p in directory.people for g in directory.grants_of(p) if g.system not in by_hand} == served
        owned = {str(row[0]): row[3] for row in self.vendor.snapshot()["device"] if row[3]}
        assert {d.serial: p.email for p in directory.people.values() for d in p.devices if d.kind == "laptop"}.items() <= owned.items()
