"""The articles of this repository, as `bellhop check` sees them and as people ask for them."""

import re
from datetime import date
from pathlib import Path

import pytest

from bot.desk import registry
from bot.library.articles import article_files, read
from bot.library.check import check
from bot.library.search import open_library

KNOWLEDGE = Path(__file__).resolve().parents[2] / "knowledge"
EVERYONE = frozenset({"everyone"})
RESTRICTED = ("hr-it/prove-identity.md", "hr-it/vip-and-protected.md", "hr-it/for-cause-offboarding.md", "hr-it/salary-system-access.md")


@pytest.fixture(scope="module")
def articles():
    return {a.path: a for a in (read(f, KNOWLEDGE, checked=True) for f in article_files(KNOWLEDGE))}


@pytest.fixture(scope="module")
def library():
    return open_library(KNOWLEDGE, checked=True)


def test_check_finds_nothing():
    assert check(KNOWLEDGE, set(registry.load().actions), date(2026, 11, 1)) == []


def test_there_are_enough_with_real_lines(articles):
    assert len(articles) >= 40
    assert all(3 <= len(a.asked_as) <= 5 for a in articles.values())
    assert {path for path, a in articles.items() if "everyone" not in a.audience} == set(RESTRICTED)


def test_pages_that_an_article_refers_to_exist(articles):
    titles = {a.title for a in articles.values()}
    for article in articles.values():
        text = " ".join(p.text for p in article.passages)
        for named in re.findall(r"see ((?:“|\")[^”\"]+(?:”|\")(?: and (?:“|\")[^”\"]+(?:”|\"))*)", text):
            assert set(re.findall(r"[“\"]([^”\"]+)[”\"]", named)) <= titles, article.path


def test_the_first_scene_is_answered_from_the_right_page(library):
    found = library.find("Why isn't my Microsoft Teams microphone working?", EVERYONE)
    assert found.answer
    assert not found.answer.closest
    assert found.answer.citations[0].path == "meetings/teams-microphone.md"
    assert "Command+Shift+M" in found.answer.text
    assert "Let desktop apps access your microphone" in found.answer.text
    assert found.offers == ("ticket.create",)


def test_how_do_i_remove_someone_is_answered_with_words(library):
    assert library.find("how do i remove someone from Slack?", EVERYONE).ranking[0] == "software/remove-from-slack.md"


@pytest.mark.parametrize(
    "question",
    ["offboarding for cause", "dismissal steps", "legal hold", "salaries in workday payroll", "verify a caller before mfa reset"],
)
def test_restricted_pages_are_for_their_readers_only(library, articles, question):
    hidden = library.find(question, EVERYONE)
    secret = [p.text for path in RESTRICTED for p in articles[path].passages]
    assert not set(hidden.ranking) & set(RESTRICTED)
    assert not any(text in str(hidden) for text in secret)
    assert set(library.find(question, EVERYONE | {"it-helpdesk", "hr"}).ranking[:1]) <= set(RESTRICTED)
