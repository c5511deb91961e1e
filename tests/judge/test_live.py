"""Policies that change while the desk runs."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from actions.vendors.demo.seed import company_rows
from bot.desk.registry import load
from bot.domain.calls import Call
from bot.domain.decisions import Verdict
from bot.judge.live import LiveJudge
from bot.ledger.importer import directory_of
from bot.settings import ROOT

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DIRECTORY = directory_of({kind: company_rows(kind, NOW) for kind in ("people", "systems", "groups", "grants")})
CALL = Call(action="account.unlock", arguments={"person": "tom.becker@brightwater.example"})
NEVER = (
    '@id("nobody-unlocks")\n@because("Nobody unlocks anything today.")\nforbid (principal, action == Action::"account.unlock", resource);\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))


def verdict(judge: LiveJudge) -> Verdict:
    tom = DIRECTORY.person("tom.becker@brightwater.example")
    facts = {"account_locked": True, "is_admin": False}
    return judge.judge(CALL, tom, DIRECTORY, {n: facts.get(n, False) for n in judge.facts_for(CALL)}, NOW).verdict


def test_a_new_rule_is_in_force_and_a_removed_one_is_not(folder: Path) -> None:
    judge = LiveJudge(folder, load(), every=0)
    before = judge.digest
    assert verdict(judge) is Verdict.ALLOW
    (folder / "today.cedar").write_text(NEVER, encoding="utf-8")
    assert verdict(judge) is Verdict.DENY
    assert judge.digest != before
    (folder / "today.cedar").unlink()
    assert verdict(judge) is Verdict.ALLOW


@pytest.mark.parametrize("broken", ["permit (principal, action, resource", '@id("x") permit (principal, action, resource);', "\x00"])
def test_broken_rules_never_replace_those_in_force(folder: Path, broken: str, caplog: pytest.LogCaptureFixture) -> None:
    judge = LiveJudge(folder, load(), every=0)
    (folder / "today.cedar").write_text(NEVER, encoding="utf-8")
    assert verdict(judge) is Verdict.DENY
    (folder / "today.cedar").write_text(broken, encoding="utf-8")
    os.utime(folder / "today.cedar", (1, 1))
    assert verdict(judge) is Verdict.DENY
    assert "not in force" in caplog.text
