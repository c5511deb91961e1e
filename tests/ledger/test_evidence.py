"""Evidence packs: complete, checkable without us, and any change to one shows."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.approvals import Approval, Vote
from bot.domain.messages import Message, Post, Text
from bot.domain.outcomes import Outcome
from bot.domain.plans import Plan, StepState
from bot.errors import BadInput, Unknown
from bot.ledger.evidence import check_pack, export
from bot.ledger.store import SqlLedger, open_ledger
from tests.ledger.world import ANN, BOB, NOW, PLACE

NAMES = [
    "approvals.json",
    "chain.jsonl",
    "entries.jsonl",
    "manifest.json",
    "messages.json",
    "plans.json",
    "posts.json",
    "summary.md",
    "ticket.json",
]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    """An empty ledger; which database it is makes no difference to what is read from it."""
    opened = open_ledger(tmp_path / "ledger.db")
    yield opened
    opened.close()


@pytest_asyncio.fixture
async def ticket(ledger: SqlLedger, plan_of: Callable[..., Plan], approval_of: Callable[..., Approval]) -> str:
    """A ticket with a story, among entries of other tickets."""
    await ledger.append("before", ANN, "BH-1", at=NOW, words="other people's business")
    ticket = await ledger.open_ticket(ANN, PLACE, "Remove *Bob* # now", NOW)
    await ledger.heard(Message(id="1", person=ANN, place=PLACE, at=NOW), ticket.id, "Please\n# remove [Bob](http://x) <b>")
    await ledger.save_post(Post(ticket=ticket.id, audience="requester", key="k", place=PLACE, reply=Text(text="On it"), at=NOW))
    plan = plan_of(ticket.id)
    await ledger.save_plan(plan)
    await ledger.append("plan.asking", ANN, ticket.id, at=NOW, plan=plan.id, part=0.1)
    await ledger.save_approval(approval_of(plan))
    await ledger.vote("A1", plan.fingerprint, Vote(person=BOB, approve=True, reason="fine", at=NOW))
    await ledger.append("between", ANN, "BH-1", at=NOW, words="other people's business")
    outcome = Outcome.done("Removed.", before="enabled", after="gone")
    await ledger.save_step(plan.id, plan.steps[0].model_copy(update={"state": StepState.DONE, "outcome": outcome}))
    await ledger.append("step.done", BOB, ticket.id, at=NOW, words="caf\u00e9")
    await ledger.append("understood", ANN, ticket.id, at=NOW, spent={"calls": 1, "input_tokens": 1200, "output_tokens": 80})
    await ledger.append("after", ANN, "BH-1", at=NOW, words="other people's business")
    return ticket.id


def _contents(pack: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(pack) as opened:
        return {n: opened.read(n) for n in opened.namelist()}


async def test_a_pack_holds_the_whole_story_and_nobody_elses(ledger: SqlLedger, ticket: str, tmp_path: Path) -> None:
    files = _contents(await export(ledger, ticket, tmp_path / "new" / "pack.zip"))
    assert sorted(files) == NAMES
    assert [json.loads(line)["number"] for line in files["entries.jsonl"].splitlines()] == [2, 4, 5]
    assert [json.loads(line)["number"] for line in files["chain.jsonl"].splitlines()] == [2, 3, 4, 5, 6]
    assert b"other people's business" not in b"".join(files.values())
    plan = json.loads(files["plans.json"])[0]
    assert plan["fingerprint"] == (await ledger.plan("P1")).fingerprint
    summary = files["summary.md"].decode()
    for words in (
        "# BH-1001: Remove \\*Bob\\* \\# now",
        "ann@corp.example: Please \\# remove \\[Bob\\](http://x) \\<b\\>",
        "Before: enabled. After: gone. Removed.",
        "- Step 1: ask; r1 (Because.)",
        "bob@corp.example approved 2026-11-23 09:30:00 UTC: fine",
        "step.done",
        "Language model: asked 1 time; 1,200 tokens in, 80 out.",
        "How to check this pack",
    ):
        assert words in summary


async def test_a_pack_proves_itself_with_nothing_of_ours(ledger: SqlLedger, ticket: str, tmp_path: Path) -> None:
    """The steps that its summary gives, followed with the standard library."""
    files = _contents(await export(ledger, ticket, tmp_path / "pack.zip"))
    for name, listed in json.loads(files["manifest.json"]).items():
        assert hashlib.sha256(files[name]).hexdigest() == listed
    chain = [json.loads(line) for line in files["chain.jsonl"].splitlines()]
    bodies = {one["number"]: one["body"] for one in chain}
    for line in files["entries.jsonl"].splitlines():
        entry = json.loads(line)
        del entry["previous"], entry["hash"]
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == bodies[entry["number"]]
    for before, one in pairwise(chain):
        assert one["previous"] == before["hash"]
        assert hashlib.sha256((one["previous"] + one["body"]).encode()).hexdigest() == one["hash"]
    assert chain[-1]["hash"] == (await ledger.verify()).head


async def test_the_same_record_gives_the_same_pack(ledger: SqlLedger, ticket: str, tmp_path: Path) -> None:
    packs = [await export(ledger, ticket, tmp_path / f"{n}.zip") for n in range(2)]
    assert packs[0].read_bytes() == packs[1].read_bytes()
    assert [check_pack(p) for p in packs] == [[], []]


@pytest.mark.parametrize("name", [n for n in NAMES if n != "manifest.json"])
async def test_a_change_to_any_file_shows(ledger: SqlLedger, ticket: str, tmp_path: Path, name: str) -> None:
    folder = await export(ledger, ticket, tmp_path / "pack")
    assert check_pack(folder) == []
    (folder / name).write_bytes((folder / name).read_bytes().replace(b"1", b"2", 1))
    assert f"{name} is not what the manifest lists" in check_pack(folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("entries.jsonl", "café", "cafe", "entry 4 is not the one in the chain"),
        ("entries.jsonl", '"number":4', '"number":9', "entry 9 is not the one in the chain"),
        ("chain.jsonl", '"body":"', '"body":"0', "the hash of entry 2 does not fit its body"),
        ("chain.jsonl", '"number":3', '"number":7', "entry 7 does not follow entry 2"),
    ],
)
async def test_a_forger_who_rewrites_the_manifest_is_caught_by_the_chain(
    ledger: SqlLedger, ticket: str, tmp_path: Path, name: str, old: str, new: str, words: str
) -> None:
    folder = await export(ledger, ticket, tmp_path / "pack")
    (folder / name).write_text((folder / name).read_text("utf-8").replace(old, new, 1), "utf-8")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert words in check_pack(folder)


async def test_what_cannot_be_exported_says_so(ledger: SqlLedger, ticket: str, tmp_path: Path) -> None:
    with pytest.raises(Unknown, match="BH-7"):
        await export(ledger, "BH-7", tmp_path / "none.zip")
    assert not (tmp_path / "none.zip").exists()
    pack = await export(ledger, ticket, tmp_path / "pack.zip")
    with pytest.raises(BadInput, match="is there already"):
        await export(ledger, ticket, pack)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(BadInput, match="not empty"):
        await export(ledger, ticket, tmp_path / "full")
    assert check_pack(tmp_path / "full") != []
    (tmp_path / "torn.zip").write_bytes(pack.read_bytes()[:200])
    assert "not an evidence pack" in check_pack(tmp_path / "torn.zip")[0]


async def test_a_ticket_without_a_story_has_a_pack(ledger: SqlLedger, tmp_path: Path) -> None:
    ticket = await ledger.open_ticket(ANN, PLACE, "", NOW)
    assert check_pack(await export(ledger, ticket.id, tmp_path / "pack.zip")) == []
