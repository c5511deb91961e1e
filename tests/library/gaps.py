"""How well questions are clustered: ``python -m tests.library.gaps`` prints the table of docs/how-to-gaps.md, and what thousands take."""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import yaml

from bot.library.encoder import Encoder, MiniLM
from bot.library.gaps.clusters import clusters
from bot.library.minilm import weights_folder
from bot.library.words import SYNONYMS, read_synonyms

Labelled = tuple[list[str], list[str]]
HERE = Path(__file__).parent


def labelled(part: str) -> Labelled:
    """Questions and their topics; what belongs to none is a topic of its own."""
    told = yaml.safe_load((HERE / "gaps.yaml").read_text())
    pairs = [(line, topic) for topic, lines in told[part].items() for line in lines]
    noise = told["noise"]
    pairs += [(line, line) for line in (noise[:6] if part == "tuned" else noise[6:])]
    return [line for line, _ in pairs], [topic for _, topic in pairs]


def others() -> list[str]:
    """Questions about everything else."""
    told = yaml.safe_load((HERE / "questions.yaml").read_text())
    return sorted({line for part in told.values() for line in [*(entry[0] for entry in part["answerable"]), *part["unanswerable"]]})


def bcubed(groups: Sequence[Sequence[int]], topics: Sequence[str]) -> tuple[float, float]:
    """Mean share of a question's cluster that is of its topic, and of its topic that is in its cluster (Bagga and Baldwin 1998); of the
    questions that have a topic, which come first."""
    own = {number: group for group in groups for number in group}
    topic = dict(enumerate(topics))
    shared = [sum(topic.get(other) == topics[number] for other in own[number]) for number in range(len(topics))]
    precision = sum(same / len(own[number]) for number, same in enumerate(shared)) / len(topics)
    recall = sum(same / topics.count(topics[number]) for number, same in enumerate(shared)) / len(topics)
    return precision, recall


def pairwise(groups: Sequence[Sequence[int]], topics: Sequence[str]) -> tuple[float, float]:
    """The share of pairs in one cluster that are of one topic, and of pairs of one topic that are in one cluster."""
    own = {number: n for n, group in enumerate(groups) for number in group}
    pairs = [(own[a] == own[b], topics[a] == topics[b]) for a, b in combinations(range(len(topics)), 2)]
    right = sum(together and same for together, same in pairs)
    return right / max(1, sum(together for together, _ in pairs)), right / max(1, sum(same for _, same in pairs))


def table(encoder: Encoder | None) -> str:
    """The figures by meaning and by words, alone and among other questions."""
    lines = [
        "| | part | B-cubed precision, recall | pairs: precision, recall | with 386 others: precision, recall |",
        "| --- | --- " * 2 + "| --- |",
    ]
    synonyms = read_synonyms(SYNONYMS)
    for how, model in (("by meaning", encoder), ("by words", None)):
        for part in ("tuned", "held_back"):
            texts, topics = labelled(part)
            alone, among = clusters(texts, model, synonyms), clusters([*texts, *others()], model, synonyms)
            figures = (bcubed(alone, topics), pairwise(alone, topics), bcubed(among, topics))
            lines.append(f"| {how} | {part.replace('_', ' ')} | " + " | ".join(f"{p:.2f}, {r:.2f}" for p, r in figures) + " |")
    return "\n".join(lines)


def many(encoder: Encoder | None, count: int) -> str:
    """What so many different questions take: the ones there are, with words of each other."""
    texts = [*labelled("tuned")[0], *labelled("held_back")[0], *others()]
    dice = random.Random(1)
    made = {f"{dice.choice(texts)} {' '.join(dice.sample(dice.choice(texts).split(), 1))}" for _ in range(3 * count)}
    began = time.perf_counter()
    found = clusters(sorted(made)[:count], encoder)
    seconds, peak = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    how = "by meaning" if encoder else "by words"
    return f"{min(count, len(made)):,} questions, {how}: {len(found):,} clusters, {seconds:.1f} s, {peak:.0f} MB at most"


if __name__ == "__main__":
    folder = weights_folder(None)
    with tempfile.TemporaryDirectory() as place:
        model = MiniLM(folder, Path(place)) if folder else None
        print(table(model))
        for each in (None, model) if "--many" in sys.argv else ():
            print(many(each, 5000))
