"""Evidence packs: everything the record knows about one ticket, in a form that proves itself without this program.

A pack is a zip file, or a folder, of summary.md (for people), the documents (JSON), `entries.jsonl` (the ticket's audit entries, whole),
`chain.jsonl` (number, body and hash of every entry from the ticket's first to the ledger's last) and `manifest.json` (each file's SHA-256).
The bodies are digests, so the pack shows nothing of other tickets. Texts were masked before they were stored, and files never were.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain.approvals import Approval
from bot.domain.base import canonical, digest
from bot.domain.messages import Post
from bot.domain.plans import Plan
from bot.domain.tickets import Entry, Ticket
from bot.errors import BadInput
from bot.ledger.audit import lines
from bot.ledger.chain import Line, body_of, link
from bot.ledger.columns import plain
from bot.ledger.store import SqlLedger
from bot.ledger.summary import summary

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a zip: the same record gives the same pack, byte for byte."""


@dataclass(frozen=True)
class Case:
    """All that the record knows about a ticket."""

    ticket: Ticket
    messages: tuple[Mapping[str, Any], ...]
    posts: tuple[Post, ...]
    plans: tuple[Plan, ...]
    approvals: tuple[Approval, ...]
    entries: tuple[Entry, ...]


async def export(ledger: SqlLedger, ticket: str, target: str | Path) -> Path:
    """Writes the pack of a ticket to `target`: a zip file where its name ends so, else a folder. Unknown if there is no such ticket,
    BadInput where there is something already."""
    path = Path(target)
    _free(path)
    case = await gather(ledger, ticket)
    chain = await ledger.db.stream(lambda c: list(_chain(lines(c, case.entries[0].number)))) if case.entries else []
    files = _files(case, chain)
    await asyncio.to_thread(_write, path, files)
    return path


async def gather(ledger: SqlLedger, ticket: str) -> Case:
    """Everything about a ticket, read from the ledger."""
    found = await ledger.ticket(ticket)
    plans = tuple(await ledger.plans(found.id))
    approvals = [a for p in plans for a in await ledger.approvals(p.id)]
    entries: list[Entry] = []
    while more := await ledger.entries(found.id, after=entries[-1].number if entries else 0):
        entries += more
    posts = await ledger.posts(ticket=found.id, limit=100_000)
    return Case(found, tuple(await ledger.messages(found.id)), tuple(posts), plans, tuple(approvals), tuple(entries))


def _free(path: Path) -> None:
    if path.is_dir() and any(path.iterdir()):
        raise BadInput(f"The folder {path} is not empty; name a new one, or a .zip file.")
    if path.is_file():
        raise BadInput(f"{path} is there already; name another file.")


def _chain(stored: Iterator[Line]) -> Iterator[dict[str, Any]]:
    for number, at, kind, actor, ticket, data, previous, hash_ in stored:
        yield {"number": number, "previous": previous, "body": body_of(number, at, kind, actor, ticket, data), "hash": hash_}


def _files(case: Case, chain: list[dict[str, Any]]) -> dict[str, bytes]:
    texts = {
        "summary.md": summary(case.ticket, case.messages, case.plans, case.approvals, case.entries),
        "ticket.json": _pretty(case.ticket),
        "messages.json": _pretty(case.messages),
        "posts.json": _pretty(case.posts),
        "plans.json": _pretty([{**plain(p), "fingerprint": p.fingerprint} for p in case.plans]),
        "approvals.json": _pretty(case.approvals),
        "entries.jsonl": "".join(canonical(_entry(e)) + "\n" for e in case.entries),
        "chain.jsonl": "".join(canonical(one) + "\n" for one in chain),
    }
    files = {name: text.encode("utf-8") for name, text in texts.items()}
    manifest = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    return {**files, "manifest.json": _pretty(manifest).encode("utf-8")}


def _pretty(data: Any) -> str:
    return json.dumps(plain(data), indent=2, ensure_ascii=False) + "\n"


def _entry(entry: Entry) -> dict[str, Any]:
    return {**plain(entry), "at": entry.at.isoformat()}


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    try:
        if path.suffix.lower() != ".zip":
            path.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (path / name).write_bytes(content)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as pack:
            for name, content in files.items():
                pack.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    except OSError as error:
        raise BadInput(f"The pack cannot be written to {path}: {error.strerror}.") from error


def check_pack(pack: str | Path) -> list[str]:
    """What is wrong with a pack, one sentence each; empty where every file is as listed and every entry stands in the chain as written."""
    try:
        files = _unpack(Path(pack))
        manifest = json.loads(files["manifest.json"])
        problems = [
            f"{n} is not what the manifest lists" for n, d in manifest.items() if hashlib.sha256(files.get(n, b"")).hexdigest() != d
        ]
        problems += [f"{n} is not in the manifest" for n in files.keys() - manifest.keys() - {"manifest.json"}]
        chain = [json.loads(one) for one in files["chain.jsonl"].splitlines()]
        entries = [json.loads(one) for one in files["entries.jsonl"].splitlines()]
        return problems + list(_breaks(chain)) + list(_strangers(entries, {c["number"]: c for c in chain}))
    except (KeyError, ValueError, TypeError, OSError, zipfile.BadZipFile) as error:
        return [f"{Path(pack).name} is not an evidence pack: {error!r}"]


def _unpack(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        return {p.name: p.read_bytes() for p in path.iterdir() if p.is_file()}
    with zipfile.ZipFile(path) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def _breaks(chain: list[dict[str, Any]]) -> Iterator[str]:
    for before, one in zip([None, *chain], chain, strict=False):
        if link(one["previous"], one["body"]) != one["hash"]:
            yield f"the hash of entry {one['number']} does not fit its body"
        if before and (one["previous"], one["number"]) != (before["hash"], before["number"] + 1):
            yield f"entry {one['number']} does not follow entry {before['number']}"


def _strangers(entries: list[dict[str, Any]], chain: Mapping[int, Mapping[str, Any]]) -> Iterator[str]:
    for one in entries:
        body = digest({k: v for k, v in one.items() if k not in {"hash", "previous"}})
        if one["number"] not in chain or chain[one["number"]]["body"] != body:
            yield f"entry {one['number']} is not the one in the chain"
