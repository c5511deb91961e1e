"""Judges over policies written to a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.judge.engine import CedarJudge, load_judge
from tests.judge.small import REGISTRY


@pytest.fixture
def judge_of(tmp_path: Path) -> Callable[..., CedarJudge]:
    """A judge over policies given as text, in one file per argument."""
    made = iter(range(1000))

    def build(*texts: str) -> CedarJudge:
        folder = tmp_path / str(next(made))
        folder.mkdir()
        for n, text in enumerate(texts):
            (folder / f"{n}.cedar").write_text(text, encoding="utf-8")
        return load_judge(folder, REGISTRY)

    return build
