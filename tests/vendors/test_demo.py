"""What only the demo vendor promises: it survives a SIGKILL, several threads and processes, and goes wrong when told to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from actions.vendors.demo.access import DemoAccess
from actions.vendors.demo.calendar import DemoCalendar
from actions.vendors.demo.client import Client, connect
from actions.vendors.demo.devices import DemoDevices, DemoSoftware
from actions.vendors.demo.identity import DemoGroups, DemoIdentity
from actions.vendors.demo.mailbox import DemoMailbox
from actions.vendors.demo.seed import COMPANY, company_rows, seed, write_company
from bot.errors import BadInput, Misconfigured, NotFound, Refused, TryLater

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
JOHN = "john.smith@brightwater.example"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    made = connect({"data_dir": str(tmp_path / "data")})
    seed(made, NOW)
    yield made
    made.close()


def test_seeding_twice_changes_nothing(client: Client) -> None:
    before = client.snapshot()
    assert seed(client, NOW + timedelta(days=9)) is False
    assert client.snapshot() == before


async def test_there_are_upcoming_meetings_whatever_the_day(tmp_path: Path) -> None:
    for n, now in enumerate((NOW, datetime(2031, 3, 1, 23, 30, tzinfo=UTC))):
        made = connect({"data_dir": str(tmp_path / str(n))})
        seed(made, now)
        meetings = await DemoCalendar(made).meetings(JOHN, now, now + timedelta(days=60))
        assert [m.customer for m in meetings].count(True) == 4 and len(meetings) == 6
        made.close()


def test_the_company_moves_with_the_calendar(tmp_path: Path) -> None:
    as_written = company_rows("people", NOW)
    assert as_written == json.loads((COMPANY / "people.json").read_text())
    later = {p["email"]: p for p in company_rows("people", NOW + timedelta(days=400))}
    abara = later["john.abara@brightwater.example"]
    assert abara["end_date"] == "2028-02-26"
    files = write_company(tmp_path, NOW + timedelta(days=400))
    assert set(files) == {"people", "systems", "groups", "grants"}
    assert json.loads(files["people"].read_text()) == list(later.values())


async def test_everything_is_there_after_opening_again(tmp_path: Path, client: Client) -> None:
    await DemoAccess(client, "k").revoke(JOHN, "slack")
    before = client.snapshot()
    client.close()
    again = connect({"data_dir": str(tmp_path / "data")})
    assert again.snapshot() == before
    assert await DemoAccess(again, "k").revoke(JOHN, "slack") is True, "the key is remembered"
    again.close()


KILLED = """
import asyncio, sys
from actions.vendors.demo.client import connect
from actions.vendors.demo.devices import DemoSoftware
from actions.vendors.demo.mailbox import DemoMailbox
client = connect({"data_dir": sys.argv[1]})
async def main():
    for n in range(100000):
        await DemoMailbox(client, f"step-{n}").forward("john.smith@brightwater.example", f"target-{n}@x.example")
        print(n, flush=True)
asyncio.run(main())
"""


@pytest.mark.kill
def test_a_kill_loses_no_finished_write_and_leaves_no_half(tmp_path: Path, client: Client) -> None:
    folder = str(tmp_path / "data")
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", KILLED, folder], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        reached = [int(process.stdout.readline()) for _ in range(40)][-1]
        process.send_signal(signal.SIGKILL)
        reached = max([reached, *(int(line) for line in process.stdout if line.endswith("\n"))])
        process.wait()
        state = asyncio.run(DemoMailbox(client).state(JOHN))
        last = int(str(state.forward_to).removeprefix("target-").removesuffix("@x.example"))
        assert last in (reached, reached + 1)
        with client.transaction(write=False) as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            noted = db.execute("SELECT count(*) FROM done WHERE key = ?", (f"step-{last}",)).fetchone()[0]
        assert noted == 1, "what was done and its key are written together"
        with client.transaction() as db:
            db.execute("DELETE FROM done")


def test_threads_take_turns(client: Client) -> None:
    def work(n: int) -> bool:
        async def both() -> bool:
            await DemoAccess(client).holding(JOHN, "slack")
            return await DemoGroups(client, f"k{n % 8}").add(JOHN, "design")

        return asyncio.run(both())

    with ThreadPoolExecutor(16) as pool:
        changed = list(pool.map(work, range(64)))
    assert len(changed) == 64
    members = asyncio.run(DemoGroups(client).members("design"))
    assert list(members).count(JOHN) == 1
    with client.transaction(write=False) as db:
        results = [r["result"] for r in db.execute("SELECT result FROM done")]
    assert sorted(results) == ["false"] * 7 + ["true"], "of eight keys exactly one did it"


def test_two_processes_share_the_file(tmp_path: Path, client: Client) -> None:
    other = connect({"data_dir": str(tmp_path / "data")})
    for n in range(20):
        asyncio.run(DemoMailbox((client, other)[n % 2], f"s{n}").forward(JOHN, f"t{n}@x.example"))
    assert asyncio.run(DemoMailbox(client).state(JOHN)).forward_to == "t19@x.example"
    other.close()


async def test_trouble_comes_as_ordered_and_passes(client: Client) -> None:
    identity = DemoIdentity(client)
    client.trouble("identity", "try later", times=2, seconds=7)
    for _ in range(2):
        with pytest.raises(TryLater) as later:
            await identity.account(JOHN)
        assert later.value.after == 7
    assert (await identity.account(JOHN)).enabled
    client.trouble("identity", "refused", method="disable")
    assert (await identity.account(JOHN)).enabled, "another method is well"
    with pytest.raises(Refused):
        await identity.disable(JOHN)
    client.trouble("*", "misconfigured", times=99)
    with pytest.raises(Misconfigured):
        await DemoCalendar(client).meetings(JOHN, NOW, NOW)
    client.peace()
    assert await DemoCalendar(client).meetings(JOHN, NOW, NOW) == []
    client.trouble("identity", "slow", seconds=0.05)
    started = time.perf_counter()
    await identity.account(JOHN)
    assert time.perf_counter() - started >= 0.05
    with pytest.raises(BadInput, match="no trouble 'locusts'"):
        client.trouble("identity", "locusts")


async def test_one_key_may_cover_several_writes_of_a_step(client: Client) -> None:
    software = DemoSoftware(client, "step")
    assert await software.install("BWL-1018", "Firefox") is True
    assert await software.install("BWL-1018", "figma") is True
    again = DemoSoftware(client, "step")
    assert await again.install("BWL-1018", "Firefox") is True
    assert await again.install("BWL-1018", "figma") is True
    assert list(await DemoSoftware(client).installed("BWL-1018"))[-2:] == ["Firefox", "Figma"]


async def test_what_the_service_would_not_do(client: Client) -> None:
    with pytest.raises(Refused):
        await DemoMailbox(client, "a").forward(JOHN, JOHN)
    with pytest.raises(Refused):
        await DemoMailbox(client, "b").delegate(JOHN, JOHN)
    with pytest.raises(Refused, match="disabled, not deleted"):
        await DemoIdentity(client, "c").delete(JOHN)
    with pytest.raises(Refused, match="profile"):
        await DemoDevices(client, "d").enroll("BWL-1018", "root", ())
    with pytest.raises(Refused, match="not under management"):
        await DemoSoftware(client, "e").install("BWL-2001", "Firefox")


async def test_names_are_data_never_sql(client: Client) -> None:
    before = client.snapshot()
    for nasty in ("'; DROP TABLE account; --", '"', "x' OR '1'='1", "\x00", "💥" * 50):
        asked = (DemoIdentity(client, "k").account(nasty), DemoAccess(client, "k").holding(JOHN, nasty), DemoDevices(client).device(nasty))
        for ask in asked:
            with pytest.raises(NotFound):
                await ask
        assert list(await DemoDevices(client).stock(nasty)) == []
    assert client.snapshot() == before


def test_a_folder_or_file_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="cannot use the folder"):
        connect({"data_dir": str(tmp_path / "file" / "data")})
    (tmp_path / "demo.db").write_bytes(os.urandom(4096))
    with pytest.raises(Misconfigured, match="damaged"):
        connect({"data_dir": str(tmp_path)})


async def test_a_file_held_by_somebody_else_means_try_later(tmp_path: Path, client: Client) -> None:
    other = connect({"data_dir": str(tmp_path / "data")})
    other._db.execute("PRAGMA busy_timeout = 20")
    with client.transaction(), pytest.raises(TryLater, match="busy"):
        await DemoMailbox(other, "k").forward(JOHN, "x@y.example")
    other.close()


def test_the_cast_is_complete() -> None:
    people = {p["email"]: p for p in company_rows("people", NOW)}
    first = [p["name"].split()[0] for p in people.values()]
    assert first.count("John") == 3 and first.count("Jane") == 1 and len(people) >= 45
    assert people[JOHN]["manager"] == "sam.okafor@brightwater.example"
    assert [d["kind"] for d in people[JOHN]["devices"]] == ["laptop"]
    held = [g["system"] for g in company_rows("grants", NOW) if g["person"] == JOHN]
    assert sorted(held) == ["email", "salesforce", "slack", "zoom"]
    systems: dict[str, Any] = {s["id"]: s for s in company_rows("systems", NOW)}
    assert "vendor" not in systems["badge"] and len(systems) == 25
    assert all(s.get("owner") in people for s in systems.values())
    assert all(p["manager"] in people or p["manager"] is None for p in people.values())
    members = {m for g in company_rows("groups", NOW) for m in g["members"]}
    assert members <= set(people)
    assert all(g["person"] in people and g["system"] in systems for g in company_rows("grants", NOW))
    assert {e for e, p in people.items() if "protected" in p.get("flags", ())} >= {"alice.brandt@brightwater.example"}
