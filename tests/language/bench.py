"""How long understanding takes without a model, in a big company with many actions; medians with spread. Prints, judges nothing."""

from __future__ import annotations

import dataclasses
import statistics
from itertools import product
from pathlib import Path
from time import perf_counter_ns

from bot.desk.registry import Registry, load
from bot.domain.calls import Action
from bot.domain.directory import Directory
from bot.domain.people import Person, System
from bot.language.evaluate import read_set
from bot.language.phrases import PhraseUnderstander
from bot.ledger.store import read_company

SETS = Path(__file__).parent / "sets"
PARTS = ["ka", "lo", "mi", "ren", "ta", "vi", "shu", "bel", "dor", "nan", "pel", "gri"]
NOUNS = ["visitor", "badge", "parking", "locker", "printer", "webcam", "headset", "webinar", "survey", "beacon", "sandbox", "voucher"]
NOUNS += ["canteen", "scooter", "projector"]


def big_company(people: int = 5000, systems: int = 500) -> Directory:
    """The measured company among strangers: its names keep what they mean, and everything else is a name too."""
    base = read_company(SETS / "company")
    names = (f"{a}{b} {c}{d}{e}".title() for a, b, c, d, e in product(PARTS, PARTS, PARTS[:6], PARTS[:3], PARTS[:2]))
    crowd = [
        Person(id=str(n), name=name, email=f"p{n}@x.example") for n, name in zip(range(people - len(base.people)), names, strict=False)
    ]
    titles = (f"{a}{b}{c}".title() for a, b, c in product(PARTS, PARTS, PARTS[:4]))
    more = [System(id=f"s{n}", name=title) for n, title in zip(range(systems - len(base.systems)), titles, strict=False)]
    return Directory([*base.people.values(), *crowd], [*base.systems.values(), *more], base.groups.values())


def many_actions(count: int = 60) -> Registry:
    """The declared actions and, up to `count` offered ones, more that take a person."""
    offered = [a for a in load().actions.values() if a.offered]
    model = next(a for a in offered if a.name == "account.unlock")
    return Registry([*offered, *(_another(model, n) for n in range(count - len(offered)))])


def _another(model: Action, number: int) -> Action:
    noun, verb = NOUNS[number % len(NOUNS)], ("paint", "polish", "rename")[number // len(NOUNS) % 3]
    wordings = (f"{verb} the {noun} of {{person}}", f"{{person}} needs the {noun} {verb}ed", f"please {verb} {{person}}'s {noun}")
    return dataclasses.replace(model, name=f"{noun}.{verb}", sentence=wordings[2], title=f"{verb} a {noun}", examples=wordings)


def main() -> None:
    given, directory, registry = read_set(SETS / "utterances.yaml"), big_company(), many_actions()
    reader = PhraseUnderstander(registry)
    begin = perf_counter_ns()
    reader.lexicon(directory)
    built = (perf_counter_ns() - begin) / 1e6
    times = []
    for wanted in given.utterances:
        begin = perf_counter_ns()
        reader.read(wanted.say, directory.person(wanted.speaker), directory, given.now)
        times.append((perf_counter_ns() - begin) / 1e6)
    cuts = statistics.quantiles(times, n=20)
    print(f"{len(directory.people)} people, {len(directory.systems)} systems, {len(registry.actions)} actions: indexed in {built:.0f} ms")
    print(f"understand, {len(times)} messages: median {statistics.median(times):.1f} ms (p5 {cuts[0]:.1f}, p95 {cuts[-1]:.1f})")


if __name__ == "__main__":
    main()
