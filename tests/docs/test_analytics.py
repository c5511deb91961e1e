"""docs/analytics.md says what the code counts, in the code's own words."""

from __future__ import annotations

from bot.desk.lot import side
from bot.domain.figures import FEW
from bot.domain.resolution import MEANING, TO_HUMAN, WORDS, words
from bot.domain.shares import ENOUGH
from bot.settings import Settings
from tests.docs.conftest import ROOT, blocks

PAGE = (ROOT / "docs" / "analytics.md").read_text(encoding="utf-8")
DAYS = Settings.model_fields["analytics_days"].default


def test_the_formula_and_its_words_are_the_code_s() -> None:
    assert [name for name in WORDS if words(name, DAYS, ENOUGH) not in PAGE] == []
    assert PAGE.index(words("formula", DAYS, ENOUGH)) < PAGE.index(words("why", DAYS, ENOUGH))


def test_every_ending_stands_in_the_table_in_the_order_shown() -> None:
    rows = [f"| {ending} | {meaning} |" for ending, meaning in MEANING.items()]
    assert "\n".join(["| ending | means |", "| --- | --- |", *rows, ""]) in PAGE


def test_the_floor_is_the_code_s() -> None:
    assert FEW == 5 and "at least five people asked about it" in PAGE


def test_the_lot_can_be_set_as_the_page_shows() -> None:
    (block,) = blocks("docs/analytics.md")
    given = dict(line.removeprefix("BELLHOP_").lower().split("=") for line in block.text.splitlines())
    settings = Settings(**{**given, "straight_to_humans_key": "k" * 16}, _env_file=None)  # type: ignore[arg-type]  # as the environment gives them
    assert settings.straight_to_humans == 0.05
    assert {side(f"BH-{n}", settings.straight_to_humans, b"k" * 16) for n in range(200)} >= {TO_HUMAN}
