"""The scenario files are right as far as can be told without the clients that play them; with them, they are played."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
FILES = sorted(HERE.glob("*/*.json"))
STEPS = {
    "slack": {"as", "say", "command", "react", "expect", "expect_none", "expect_update", "click", "modal", "submit", "home", "wait"}
    | {"edit", "delete", "find"},
    "teams": {"as", "go", "say", "reply", "expect", "expect_none", "expect_card", "fill", "choose", "click", "wait", "shot"},
}
"""What the drivers know, and what on_slack.py and on_teams.py add."""
PATTERNS = ("expect", "expect_none", "expect_update", "expect_card", "modal", "home", "find")


def steps(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))


def people() -> set[str]:
    """The cast, as a script that runs in this folder knows it."""
    code = "import json, cast; print(json.dumps(sorted(cast.known())))"
    told = subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, check=True)
    return set(json.loads(told.stdout))


@pytest.fixture(scope="module")
def cast() -> set[str]:
    return people()


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_step_is_one_that_can_be_played_by_somebody_of_the_company(path: Path, cast: set[str]) -> None:
    for step in steps(path):
        assert step.keys() & STEPS[path.parent.name], step
        assert step.get("as", "tom") in cast, step
        for name in PATTERNS:
            re.compile(step.get(name, ""))
    assert "as" in steps(path)[0]


def test_both_channels_play_every_scene() -> None:
    played = {f.parent.name: {p.stem for p in FILES if p.parent == f.parent} for f in FILES}
    scenes = {"scene1-answer", "scene2-remove-access", "scene3-laptop", "scene4-instruction", "scene5-declined"}
    for names in played.values():
        assert scenes | {"escalation-relay", "etiquette"} <= names
    assert set(played) == {"slack", "teams"}


def test_without_the_bench_the_runner_says_so_in_a_sentence() -> None:
    env = {k: v for k, v in os.environ.items() if k != "BELLHOP_BENCH"}
    told = subprocess.run([sys.executable, str(HERE / "run.py"), "slack"], env=env, capture_output=True, text=True, check=True)
    assert told.stdout == "Skipped: BELLHOP_BENCH does not name the folder of the bench, so there are no clients to play with.\n"


@pytest.mark.timeout(1500)
@pytest.mark.skipif(not os.environ.get("BELLHOP_BENCH"), reason="BELLHOP_BENCH names no folder of clients to play with")
@pytest.mark.parametrize("channel", ["slack", "teams"])
def test_the_scenarios_hold_with_real_clients(channel: str) -> None:
    played = subprocess.run([sys.executable, str(HERE / "run.py"), channel], capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stdout[-4000:] + played.stderr[-2000:]
