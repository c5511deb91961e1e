"""The company of these tests, and a reader of what must come of what people type."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bot.desk.registry import load
from bot.domain.directory import Directory
from bot.domain.people import Device, Group, Person, System
from bot.domain.understanding import Understanding
from bot.language.phrases import PhraseUnderstander

HERE = Path(__file__).parent


def address(local: str) -> str:
    return f"{local}@halden.example"


def local_part(name: str) -> str:
    return name.lower().replace(" ", ".").replace("'", "")


def company() -> Directory:
    data = yaml.safe_load((HERE / "company.yaml").read_text("utf-8"))
    people = []
    for line in data["people"]:
        name, title, department, manager, kind, location = (p.strip() for p in line.split("|"))
        local = local_part(name)
        devices = tuple(Device(kind=k, serial=s) for k, s in (d.split() for d in data["devices"].get(local, ())))
        people.append(
            Person(
                id=local, name=name, email=address(local), title=title, department=department, type=kind, location=location,
                manager=address(manager) if manager else None, devices=devices,
            )
        )  # fmt: skip
    systems = []
    for line in data["systems"]:
        id_, name, aliases, category = (p.strip() for p in line.split("|"))
        systems.append(System(id=id_, name=name, aliases=tuple(a.strip() for a in aliases.split(",") if a.strip()), category=category))
    groups = [Group(id=i.strip(), description=d.strip()) for i, d in (line.split("|") for line in data["groups"])]
    return Directory(people, systems, groups)


@dataclass
class Utterance:
    say: str
    speaker: str
    calls: list[tuple[str, dict[str, Any]]]
    gaps: set[tuple[int, str, frozenset[str]]]
    intents: list[str]
    held: bool


def full(value: Any) -> Any:
    if isinstance(value, list):
        return [full(v) for v in value]
    return address(value[1:]) if isinstance(value, str) and value.startswith("@") else value


def utterances() -> list[Utterance]:
    found = []
    for number, row in enumerate(yaml.safe_load((HERE / "utterances.yaml").read_text("utf-8"))["utterances"]):
        calls = [(action, {k: full(v) for k, v in args.items()}) for call in row.get("do", ()) for action, args in call.items()]
        gaps = {(g[0], g[1], frozenset(full(c) for c in g[2:] if c != "missing")) for g in row.get("ask", ())}
        intents = row.get("is") or ("clarify" if gaps else "request")
        found.append(
            Utterance(
                row["say"],
                address(row.get("as", "emma.larsen")),
                calls,
                gaps,
                [intents] if isinstance(intents, str) else intents,
                number % 3 == 2 and not row.get("seen"),
            )
        )
    return found


def plain(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).casefold().strip(" .!")
    return [plain(v) for v in value] if isinstance(value, list) else value


@dataclass
class Score:
    """Counts over a set of utterances; rates are of all of them."""

    total: int = 0
    exact: int = 0
    false_action: int = 0
    unasked: int = 0
    missed: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, wanted: Utterance, got: Understanding) -> None:
        self.total += 1
        calls = [(c.action, {k: plain(v) for k, v in c.arguments.items()}) for c in got.calls]
        gaps = {(g.call, g.argument, frozenset(g.choices)) for g in got.gaps}
        expected = [(a, {k: plain(v) for k, v in args.items()}) for a, args in wanted.calls]
        right = calls == expected and gaps == wanted.gaps and (bool(calls) or got.intent.value in wanted.intents)
        self.exact += right
        self.false_action += not wanted.calls and bool(got.calls)
        self.unasked += bool(wanted.gaps) and bool(got.calls) and not got.gaps
        if not right:
            wants = f"{wanted.intents} {wanted.calls} {sorted(map(str, wanted.gaps))}"
            gave = (
                f"{got.intent.value} {[(c.action, c.arguments) for c in got.calls]} {[(g.call, g.argument, g.choices) for g in got.gaps]}"
            )
            self.missed.append(f"{wanted.say!r}\n      wanted {wants}\n      got    {gave}")


def measure(held: bool) -> Score:
    directory, reader, score = company(), PhraseUnderstander(load()), Score()
    for wanted in utterances():
        if wanted.held is held:
            now = datetime.fromisoformat("2026-06-10T09:00:00+00:00")
            score.add(wanted, reader.read(wanted.say, directory.people[wanted.speaker], directory, now))
    return score
