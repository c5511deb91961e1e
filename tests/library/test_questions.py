"""The knowledge base against questions in people's own words: the figures must not fall."""

from pathlib import Path

import pytest
import yaml

from bot.library.search import open_library

QUESTIONS = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text("utf-8"))["brightwater"]
EVERYONE = frozenset({"everyone"})


@pytest.fixture(scope="module")
def library():
    return open_library(Path(__file__).resolve().parents[2] / "knowledge")


def test_the_right_page_comes_first(library):
    found = [(pages, library.find(question, EVERYONE).ranking) for question, *pages in QUESTIONS["answerable"]]
    assert sum(bool(set(pages) & set(ranking[:1])) for pages, ranking in found) / len(found) >= 0.9
    assert sum(bool(set(pages) & set(ranking[:3])) for pages, ranking in found) / len(found) >= 0.97


def test_what_is_answered_is_right_and_most_is_answered(library):
    found = [(pages, library.find(question, EVERYONE)) for question, *pages in QUESTIONS["answerable"]]
    answered = [(pages, f) for pages, f in found if f.answer and not f.answer.closest]
    assert len(answered) / len(found) >= 0.75
    assert sum(f.answer.citations[0].path in pages for pages, f in answered) / len(answered) >= 0.95


def test_what_it_does_not_know_it_does_not_answer(library):
    found = [library.find(question, EVERYONE) for question in QUESTIONS["unanswerable"]]
    silent = [f for f in found if f.answer is None or f.answer.closest]
    assert len(silent) / len(found) >= 0.93
    assert sum(f.answer is None for f in found) / len(found) >= 0.85
