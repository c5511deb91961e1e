"""How well what analytics holds for the same topic tells questions apart, on questions in people's own words."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import yaml

from bot.domain.resolution import same_topic
from bot.library.search import FolderLibrary
from bot.settings import ROOT

ASKED = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text("utf-8"))["brightwater"]
READS = frozenset({"everyone", "it"})


def test_rewordings_are_one_topic_and_other_questions_another() -> None:
    library = FolderLibrary(ROOT / "knowledge")
    found = {question: library.find(question, READS).ranking[:3] for question, *_ in ASKED["answerable"]}
    unknown = [library.find(str(question), READS).ranking[:3] for question in ASKED["unanswerable"]]
    library.close()
    pages = {question: page for question, page, *_ in ASKED["answerable"]}
    same = [same_topic(found[a], found[b]) for a, b in combinations(found, 2) if pages[a] == pages[b]]
    other = [same_topic(found[a], found[b]) for a, b in combinations(found, 2) if pages[a] != pages[b]]
    stray = [same_topic(one, two) for one in found.values() for two in unknown]
    assert len(same) >= 40 and len(other) >= 3000
    assert same.count(True) >= 0.85 * len(same)
    assert other.count(True) <= 0.02 * len(other)
    assert stray.count(True) <= 0.04 * len(stray)
