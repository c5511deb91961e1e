"""Which questions ask the same: held against topics that people set, on the part that nothing was tuned on."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bot.library.encoder import MiniLM
from bot.library.gaps.clusters import average_link, clusters
from bot.library.gaps.names import Rarity, name, slug
from bot.library.minilm import weights_folder
from tests.library.gaps import bcubed, labelled


def test_by_words_what_is_together_belongs_together() -> None:
    texts, topics = labelled("held_back")
    precision, recall = bcubed(clusters(texts, None), topics)
    assert precision >= 0.9 and recall >= 0.35


def test_by_meaning_more_of_a_topic_is_together(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = weights_folder(None)
    assert folder, "the embedding model is not installed: see requirements-model.lock"
    encoder = MiniLM(folder, tmp_path_factory.mktemp("model"))
    texts, topics = labelled("held_back")
    precision, recall = bcubed(clusters(texts, encoder), topics)
    assert precision >= 0.95 and recall >= 0.58


def test_the_order_of_the_questions_changes_nothing() -> None:
    texts, _ = labelled("tuned")
    texts += texts[:7]
    expected = {frozenset(texts[n] for n in group) for group in clusters(texts, None)}
    for seed in range(5):
        mixed = random.Random(seed).sample(texts, len(texts))
        assert {frozenset(mixed[n] for n in group) for group in clusters(mixed, None)} == expected


def test_every_question_is_in_one_cluster_and_the_same_words_are_together() -> None:
    texts = ["printer jam", "Printer  JAM", "who waters the plants", "printer jam"]
    assert clusters(texts, None) == [[0, 1, 3], [2]]
    assert clusters([], None) == []


def test_different_errors_are_different_topics() -> None:
    texts = ["update fails with error 0x80244022", "update fails with error 0x80244022 again", "update fails with error 0x8007000d"]
    assert clusters([*texts, "who waters the plants", "vpn is slow", "parking permit"], None)[:2] == [[0, 1], [2]]


def test_average_link_is_that_of_the_definition() -> None:
    """Against merging the nearest two groups again and again, all means computed anew."""
    random_ = np.random.default_rng(7)
    for _ in range(20):
        vectors = random_.normal(size=(30, 4)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        like = np.clip(vectors @ vectors.T, 0, 1)
        assert sorted(average_link(like.copy(), 0.6)) == sorted(_slowly(like, 0.6))


def _slowly(like: np.ndarray, threshold: float) -> list[list[int]]:
    groups = [[n] for n in range(len(like))]
    while len(groups) > 1:
        means = {(a, b): like[np.ix_(groups[a], groups[b])].mean() for b in range(len(groups)) for a in range(b)}
        a, b = max(means, key=lambda pair: means[pair])
        if means[a, b] < threshold:
            break
        groups[a] = sorted(groups[a] + groups.pop(b))
    return groups


def test_a_name_is_of_words_that_several_people_used() -> None:
    said = [
        ("a", "parking permit for the garage"),
        ("b", "permit for parking, I am new"),
        ("a", "she needs parking"),
        ("c", "parking permit"),
    ]
    rarity = Rarity([text for _, text in said] + ["vpn is slow", "printer jam", "reset a password"] * 3)
    assert name(said, "the middle", rarity, 2) == "Parking permit"
    assert name(
        [("a", "one thing"), ("b", "another matter")], "What is asked most of all, cut where a word ends, and not later", rarity, 2
    ) == ("What is asked most of all, cut where a word ends, and not…")


def test_slugs_are_safe_names_of_files_and_branches() -> None:
    assert slug("Ünïcode / ../..\\ ~^:?*[ name.lock") == "unicode-name-lock"
    assert slug("日本語") == slug("") == "questions" and len(slug("word " * 50)) <= 40
