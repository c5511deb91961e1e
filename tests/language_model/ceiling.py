"""How much of what a good model says our own code makes use of: every set, with a stand-in that answers as the set expects, in the words of
the message. What is missed is our loss. `python -m tests.language_model.ceiling [--tidy] [--eager] [set.yaml …]` prints the marks by kind.

A tidy model gives every name in full; an eager one proposes something even where nothing is asked for, and none of it may come through.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))

import endpoint as endpoints
from competent import Competent

from bot.desk.registry import Registry, load
from bot.language.evaluate import Score, read_set, score, table
from bot.language.model import Endpoint, Line, ModelUnderstander
from bot.language.phrases import PhraseUnderstander
from bot.ledger.store import read_company

OWN = Path(__file__).parent / "sets"
SETS = Path(__file__).parent.parent / "language" / "sets"


def stand_in(path: Path, registry: Registry, **how: bool) -> Competent:
    """The stand-in for the messages of a set, with the answers that were written by hand."""
    given = read_set(path)
    assert given.company
    rows = yaml.safe_load(path.read_text("utf-8"))["utterances"]
    answers = yaml.safe_load((OWN / "said.yaml").read_text("utf-8")) | {r["say"]: r["model"] for r in rows if "model" in r}
    return Competent(given, read_company(given.company), registry, answers, **how)


async def ceiling(
    path: Path, registry: Registry, offline: PhraseUnderstander, every: int = 1, **how: bool
) -> tuple[dict[str, Score], Competent]:
    """The marks of the understander with the stand-in, by part of the set, over `every` so many-th of its messages."""
    model = stand_in(path, registry, **how)
    endpoint = endpoints.Endpoint()
    runner = await endpoints.start(endpoint)
    try:
        endpoint.says(model)
        understander = ModelUnderstander(registry, offline, Line(Endpoint(endpoint.url, "stand-in")))
        given = replace(model.given, utterances=model.given.utterances[::every])
        return await score(understander, given, model.directory), model
    finally:
        await runner.cleanup()


async def main(arguments: list[str]) -> None:
    registry = load()
    offline = PhraseUnderstander(registry)
    how = {a[2:]: True for a in arguments if a.startswith("--")}
    paths = [Path(a) for a in arguments if not a.startswith("--")] or [*sorted(SETS.glob("*.yaml")), OWN / "tongues.yaml"]
    for path in paths:
        parts, model = await ceiling(path, registry, offline, **how)
        print(table(path.stem, parts))
        for part in parts.values():
            print("\n".join(f"    missed: {line}" for line in part.missed))
        print("\n".join(f"    not offered: {line}" for line in model.missing))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
