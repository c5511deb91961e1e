"""A desk on the demo company with a small knowledge base in a git repository, at which people ask in vain and humans answer."""

from __future__ import annotations

import itertools
import os
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App
from bot.channels.console.channel import ConsoleChannel
from bot.domain.messages import Click, Message
from bot.domain.tickets import Place
from bot.library.gaps.find import Gap, Means, find
from bot.library.gaps.heard import read
from bot.library.search import FolderLibrary

PAGES = {
    "printing/printer.md": (
        "Printer jams",
        "mei.lin@brightwater.example",
        "everyone",
        "2026-06-01",
        "printer paper jam",
        "1. Open the front cover of the printer.\n2. Pull the paper out towards you.\n3. Close the cover.",
    ),
    "printing/toner.md": (
        "Toner",
        "mei.lin@brightwater.example",
        "everyone",
        "2026-06-01",
        "toner is empty",
        "Toner lies in the cupboard beside each printer. Take one and shake it.",
    ),
    "printing/scan.md": (
        "Scanning",
        "erik.lund@brightwater.example",
        "everyone",
        "2026-06-01",
        "scan a page to email",
        "Put the page on the glass and choose scan to email on the screen.",
    ),
    "hr-it/dismissal.md": (
        "Dismissals",
        "priya.nair@brightwater.example",
        "it-helpdesk",
        "2026-06-01",
        "somebody was dismissed",
        "1. Revoke every session in the emergency console of the vault.\n2. Wipe the employee's laptop with the crimson procedure.",
    ),
}
PAGE = """---
title: {0}
owner: {1}
audience: [{2}]
reviewed: {3}
review_every: 6 months
asked_as: ["{4}"]
---

{5}
"""


def mail(who: str) -> str:
    return who.lower().replace(" ", ".") + "@brightwater.example"


@dataclass
class Clock:
    moved: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved


@dataclass
class Vain:
    """What tests do: ask, rate, hand over, answer as an analyst, and look for gaps."""

    app: App
    channel: ConsoleChannel
    kb: Path
    clock: Clock
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def hear(self, who: str, place: Place, **said: Any) -> str:
        number = f"m{next(self.numbers)}"
        message = Message(id=number, person=mail(who), place=place, at=self.clock(), **said)
        await self.app.desk.hearing.hear(message)
        return number

    async def ask(self, who: str, text: str) -> Place:
        """Asks in a thread of its own."""
        place = Place(channel="console", conversation=mail(who), thread=f"t{next(self.numbers)}")
        await self.hear(who, place, text=text)
        return place

    async def press(self, who: str, place: Place, verb: str, **values: Any) -> None:
        ticket = await self.ticket(place)
        await self.hear(who, place, click=Click(verb=verb, ref=ticket, values=values))

    async def ticket(self, place: Place) -> str:
        found = await self.app.ledger.ticket_at(place)
        assert found is not None
        return found.id

    async def told(self, place: Place, *lines: str, by: str = "Ivan Petrov", reason: str = "", resolve: bool = True) -> Place:
        """Hands the thread to a human, who answers and resolves it; the analysts' thread."""
        ticket = await self.app.ledger.ticket_at(place)
        assert ticket is not None
        await self.press(ticket.requester.split("@")[0].replace(".", " "), place, "human")
        analysts = self.channel.analysts(ticket.id)
        for line in lines:
            await self.hear(by, analysts, text=line)
        if resolve:
            await self.hear(by, analysts, click=Click(verb="resolve", ref=ticket.id, values={"reason": reason}))
        return analysts

    async def gaps(self, floor: int = 2, general: frozenset[str] = frozenset()) -> list[Gap]:
        heard = await read(self.app.ledger, self.clock() - timedelta(days=90))
        library = FolderLibrary(self.kb)
        try:
            return find(heard, Means(library, await self.app.ledger.directory(), None, general, floor))
        finally:
            library.close()


def pages(folder: Path) -> Path:
    """Writes the knowledge base."""
    for path, fields in PAGES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(PAGE.format(*fields))
    return folder


class Git:
    """Git as somebody at a terminal runs it, in one work tree."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree

    def __call__(self, *arguments: str, given: str | None = None) -> str:
        who = {
            f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Mei"), ("EMAIL", "m@b.example"))
        }
        env = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **who}
        done = subprocess.run(["git", "-C", str(self.tree), *arguments], env=env, input=given, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def state(self) -> tuple[str, str, str, str]:
        """What must not change: the branch, its commit, the index, and what the work tree says."""
        index = self("ls-files", "--stage")
        return self("symbolic-ref", "HEAD"), self("rev-parse", "HEAD"), index, self("status", "--porcelain", "--ignored")

    def drafts(self) -> list[str]:
        return self("for-each-ref", "--format=%(refname:short)", "refs/heads/knowledge-gap").split()


def repository(tree: Path, inside: str = "knowledge") -> Git:
    """A repository with the knowledge base in a folder of it, committed."""
    pages(tree / inside)
    (tree / "README.md").write_text("The company's things.\n")
    git = Git(tree)
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "the knowledge base")
    return git
