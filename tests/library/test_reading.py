"""Many articles at once, and an index that changes piece by piece."""

import random
import sys

import numpy as np
import pytest

from bot.library.articles import parse
from bot.library.index import Counting, Index, Vocabulary
from bot.library.reading import Asked, read

WORDS = ["printer", "scanner", "tunnel", "password", "badge", "5.7.1", "log", "in", "wi-fi", "screen", "dock", "cable", "meeting", "room"]


def page(rng):
    sections = [f"## {rng.choice(WORDS)} {rng.choice(WORDS)}\n\n{' '.join(rng.choices(WORDS, k=rng.randrange(3, 30)))}." for _ in range(3)]
    return f"# The {rng.choice(WORDS)}\n\n" + "\n\n".join(sections[: rng.randrange(1, 4)])


@pytest.fixture
def many(tmp_path):
    """Forty articles, one of which cannot be read."""
    rng = random.Random(8)
    for number in range(40):
        file = tmp_path / "kb" / f"{number % 3}" / f"{number:02}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(rng))
    (tmp_path / "kb/1/broken.md").write_bytes(b"\x00")
    names = sorted(file.relative_to(tmp_path / "kb").as_posix() for file in (tmp_path / "kb").rglob("*.md"))
    return Asked(tmp_path / "kb", names)


def taken(asked, helpers):
    """What is read, as an index, and what was refused."""
    sizes = {name: (asked.root / name).stat().st_size for name in asked.names}
    told, vocabulary = [], Vocabulary()
    found = read(asked, sizes, vocabulary, told.append, helpers)
    assert told[-1] == len(asked.names)
    return Index(vocabulary).changed((), found.part), found.refused


def same(one, other):
    assert one.articles == other.articles
    assert list(one.vocabulary) == list(other.vocabulary)
    for name in ("passages", "whole"):
        for kind in ("docs", "counts", "starts", "lengths"):
            assert np.array_equal(getattr(getattr(one, name), kind), getattr(getattr(other, name), kind)), (name, kind)
    assert np.array_equal(one.first, other.first) and np.array_equal(one.owner, other.owner)


@pytest.mark.parametrize("helpers", [1, 3])
def test_with_helpers_the_same_is_read(many, helpers):
    alone, refused = taken(many, 0)
    shared, also = taken(many, helpers)
    assert len(alone.articles) == 40
    assert refused == also == {"1/broken.md": "1/broken.md: is not a text file"}
    same(shared, alone)


def test_where_a_helper_fails_its_share_is_read_here(many, monkeypatch):
    alone, _ = taken(many, 0)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    shared, refused = taken(many, 2)
    same(shared, alone)
    assert list(refused) == ["1/broken.md"]


def test_an_index_changed_piece_by_piece_is_the_one_made_at_once():
    rng, vocabulary = random.Random(3), Vocabulary()
    index, pages = Index(vocabulary), {}
    for _ in range(40):
        gone = set(rng.sample(sorted(pages), min(len(pages), rng.randrange(3))))
        new = {f"{rng.choice('abc')}/{rng.randrange(12)}.md": page(rng) for _ in range(rng.randrange(4))}
        pages = {path: text for path, text in pages.items() if path not in gone} | new
        index = index.changed(gone - new.keys(), counted(new, vocabulary))
        same(index, Index(vocabulary).changed((), counted(pages, vocabulary)))
    assert len(index.articles) == len(pages) > 5


def counted(pages, vocabulary):
    counting = Counting(vocabulary)
    for path, text in pages.items():
        counting.add(parse(text.encode(), path))
    return counting.part()
