"""Likeness of short texts: what there is to know when there is no model, and that texts alike in meaning are told so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.errors import BadSettings
from bot.library.encoder import Matrix
from bot.library.likeness import Likeness


class Letters:
    """Says two texts are alike by the letters in them; counts what it was given."""

    name = "letters"

    def __init__(self) -> None:
        self.given: list[str] = []

    def embed(self, texts: Sequence[str]) -> Matrix:
        self.given += texts
        made = np.array([[t.count(c) for c in "abcdefghijklmnopqrstuvwxyz"] for t in texts], np.float32)
        scaled: Matrix = made / np.linalg.norm(made, axis=1, keepdims=True)
        return scaled

    def knows(self, word: str) -> bool:
        return False


def test_without_a_model_nobody_is_told_anything() -> None:
    assert Likeness(lambda: None, patient=True).likeness("reset it", ["reset"]) is None


def test_a_model_that_cannot_be_opened_is_no_model() -> None:
    def broken() -> Letters:
        raise BadSettings("no weights")

    assert Likeness(broken, patient=True).likeness("reset it", ["reset"]) is None


def test_examples_are_embedded_once_and_told_in_their_order() -> None:
    letters = Letters()
    told = Likeness(lambda: letters, patient=True)
    first = told.likeness("aab", ["zz", "aab", "ab"])
    assert first is not None
    assert np.argsort(first).tolist() == [0, 2, 1]
    told.likeness("b", ["zz", "aab", "ab"])
    assert letters.given.count("zz") == 1
