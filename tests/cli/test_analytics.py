"""`bellhop analytics`, as an operator types it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.resolution import words
from bot.domain.shares import ENOUGH
from bot.ledger.store import open_ledger
from tests.cli.conftest import Run
from tests.ledger.past import write


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A record with a made-up past."""
    ledger = open_ledger(tmp_path / "data")
    write(ledger, 600, datetime.now(UTC), days=60, drawn=0.2)
    ledger.close()
    return tmp_path / "data"


def test_it_says_the_formula_the_share_and_the_counts(run: Run, recorded: Path) -> None:
    ran = run("analytics")
    assert ran.code == 0, ran.err
    said = " ".join(ran.out.split())
    assert said.startswith("Confirmed resolution: ") and " of " in said
    assert words("formula", 7, ENOUGH) in said and words("why", 7, ENOUGH) in said
    for part in (
        "600 questions were asked",
        "How they ended",
        "abandoned",
        "Week of",
        "Slack",
        "it/article-000.md",
        "Beside humans, drawn by lot",
    ):
        assert part in said
    assert "@" not in said, "nobody is named"


def test_json_holds_the_same(run: Run, recorded: Path) -> None:
    told = json.loads(run("analytics", "--json").out)
    assert told["asked"] == 600 == told["drawn"] + told["early"] + told["judged"]
    assert sum(line["share"]["count"] for line in told["endings"]) == told["judged"]
    assert told["confirmed"]["low"] < told["confirmed"]["share"] < told["confirmed"]["high"]
    assert told["meaning"]["formula"] == words("formula", 7, ENOUGH)


def test_the_period_and_the_days_can_be_chosen(run: Run, recorded: Path) -> None:
    day = f"{datetime.now(UTC) - timedelta(days=20):%Y-%m-%d}"
    short, since = (json.loads(run("analytics", "--json", *how).out) for how in (("--days", 20), ("--since", day)))
    assert 0 < short["asked"] == since["asked"] < 600
    assert since["since"] == f"{day}T00:00:00Z"
    strict = json.loads(run("analytics", "--json", BELLHOP_ANALYTICS_DAYS="30").out)
    assert strict["days"] == 30 and strict["early"] > short["early"]
    assert "at least 30 days ago" in strict["meaning"]["formula"]


@pytest.mark.parametrize("wrong", [("--days", "0"), ("--since", "yesterday"), ("--days", "x")])
def test_wrong_usage_is_said(run: Run, recorded: Path, wrong: tuple[str, str]) -> None:
    assert run("analytics", *wrong).code == 2


def test_where_there_is_no_record_nothing_is_made(run: Run, tmp_path: Path) -> None:
    ran = run("analytics")
    assert ran.code == 1 and "no record" in ran.err
    assert not (tmp_path / "data" / "bellhop.db").exists()


def test_an_empty_record_is_said_to_be_empty(run: Run, tmp_path: Path) -> None:
    open_ledger(tmp_path / "data").close()
    ran = run("analytics")
    assert ran.code == 0 and "0 questions were asked" in ran.out and "nothing to count yet" in ran.out and "How they ended" not in ran.out
