"""Teaches what `bot/language/phrases/likely.py` reads by: `make learn`.

It learns from every set of this folder but the part that `utterances.yaml` keeps back, from the wordings that the actions declare, and
from `sets/said.tsv`: messages labelled `r` (asks for something to be done) or `q` (does not). With `ARGS=--check` it writes nothing: it
reads each set by weights that all the others taught, and says how many requests would be withheld, and how many other messages let
through, at several limits.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from conftest_language import SETS, company
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bot.desk.ports import Context
from bot.desk.registry import load
from bot.domain.calls import Kind
from bot.domain.directory import Directory
from bot.language.evaluate import KEPT, Set, Utterance, read_set
from bot.language.phrases import PhraseUnderstander, foreign
from bot.language.phrases.likely import LEARNT, LEAST, features
from bot.language.phrases.signs import imperative
from bot.language.phrases.wording import wording
from bot.ledger.store import read_company

NOW = datetime(2026, 9, 17, 13, 30, tzinfo=UTC)
LIGHTEST = 0.02
LIMITS = (0.05, 0.1, 0.15, 0.2, 0.3)


@dataclass(frozen=True)
class Said:
    """One message: the set it is from, what is read of it, and whether it asks for something to be done."""

    of: str
    read: frozenset[str]
    asks: bool


def teaching(given: Set) -> list[Utterance]:
    """What of a set teaches: what stands for itself, in English, and is not kept back."""
    own = [u for u in given.utterances if not u.after and foreign.language_of(u.say) == "en"]
    return [u for u in own if not (given.name == "utterances" and u.part == KEPT)]


def said() -> list[Said]:
    """All there is to learn from."""
    reader = PhraseUnderstander(load())
    found: list[Said] = []
    for path in sorted(SETS.glob("*.yaml")):
        given = read_set(path)
        directory = read_company(given.company or SETS / "company")
        found += [_read(reader, directory, given.name, u.say, u.speaker, bool(u.calls)) for u in teaching(given)]
    for text in declared():
        found.append(_read(reader, company(), "declared", text, "rosie.quinn@halden.example", True))
    for line in (SETS / "said.tsv").read_text("utf-8").splitlines():
        asks, _, text = line.partition("\t")
        found.append(_read(reader, company(), "said", text.replace("\\n", "\n"), "rosie.quinn@halden.example", asks == "r"))
    return found


FRAMES = (
    "{}",
    "{} please",
    "could you {}?",
    "would you {} for me please",
    "can you {} asap",
    "if you have a minute, would you {}?",
    "Hi, I'd like you to {}. Thanks!",
)
FILLED = {
    Kind.PERSON: "Ravi Patel",
    Kind.SYSTEM: "Figma",
    Kind.GROUP: "eng-oncall",
    Kind.DEVICE: "HLD7Q0M33",
    Kind.DATE: "Friday",
    Kind.DURATION: "two weeks",
    Kind.TICKET: "BH-1042",
}


def declared() -> Iterator[str]:
    """The wordings that the actions declare, as they stand and asked for politely: what is plainly asked for is never withheld."""
    for action in (a for a in load().actions.values() if not a.own):
        filled = {name: FILLED.get(a.kind, "that") for name, a in action.declared.items()}
        for example in action.examples:
            said = example.format_map(filled)
            bare = imperative(said.lower(), wording())
            yield from (frame.format(said) for frame in (FRAMES if bare else FRAMES[:2]))


def _read(reader: PhraseUnderstander, directory: Directory, of: str, text: str, speaker: str, asks: bool) -> Said:
    person = directory.person(speaker)
    assert person is not None, f"{of}: there is no {speaker}"
    return Said(of, features(reader.take_apart(text, person, directory, NOW, Context()), reader.ranking), asks)


def taught(lessons: Sequence[Said]) -> tuple[CountVectorizer, LogisticRegression]:
    """What these messages teach: how features are counted, and the weight of each. Each is read twice, once with the actions' own words
    masked throughout: so much must be told by how somebody speaks, whatever they speak of."""
    lessons = [*lessons, *(replace(one, read=frozenset(f for f in one.read if f[0] in "#@")) for one in lessons)]
    counts = CountVectorizer(analyzer=lambda one: one.read, binary=True, min_df=3)
    model = LogisticRegression(C=1.0, max_iter=3000)
    return counts, model.fit(counts.fit_transform(lessons), [one.asks for one in lessons])


def check(lessons: Sequence[Said]) -> None:
    """Prints how each set is read by weights that the others taught."""
    chances: list[float] = []
    asks: list[bool] = []
    for name in sorted({one.of for one in lessons} - {"said", "declared"}):
        counts, model = taught([one for one in lessons if one.of != name])
        held = [one for one in lessons if one.of == name]
        chances += list(model.predict_proba(counts.transform(held))[:, 1])
        asks += [one.asks for one in held]
    area = roc_auc_score(asks, chances)
    print(f"{len(lessons)} messages, {len(asks)} of them read by what the others taught; area under the curve {area:.3f}")
    for limit in LIMITS:
        withheld = np.mean([c < limit for c, a in zip(chances, asks, strict=True) if a])
        through = np.mean([c >= limit for c, a in zip(chances, asks, strict=True) if not a])
        ours = " *" if limit == LEAST else ""
        print(f"  limit {limit:.2f}: {withheld:.3f} of the requests withheld, {through:.3f} of the others let through{ours}")


def write(lessons: Sequence[Said]) -> None:
    """Writes the weights that matter, and the actions that were spoken of."""
    counts, model = taught(lessons)
    weights = dict(zip(counts.get_feature_names_out(), model.coef_[0], strict=True))
    kept = {name: round(w, 2) for name, w in sorted(weights.items()) if abs(w) >= LIGHTEST}
    learnt = {"actions": sorted(load().actions), "bias": round(model.intercept_[0], 2), "weights": kept}
    LEARNT.write_text(json.dumps(learnt, ensure_ascii=False, indent=0) + "\n", "utf-8")
    print(f"{len(kept)} weights from {len(lessons)} messages")


if __name__ == "__main__":
    (check if "--check" in sys.argv else write)(said())
