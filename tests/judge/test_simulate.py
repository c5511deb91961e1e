"""Two policy sets side by side."""

from __future__ import annotations

from bot.domain.decisions import Decision, Need, Verdict
from bot.judge.simulate import Case, said, simulate
from tests.judge.small import ANA, BEN, NOW, PERMIT, company, grant

MANAGER = """@id("manager") @because("The manager has to agree.") @approval("manager, then security") @quorum("2")
forbid(principal == Person::"ana@x.example", action == Action::"access.grant", resource)
when { !context.approvals.containsAll(["manager", "security"]) };"""


def test_what_flips_and_why(judge_of):
    directory = company()
    cases = [
        Case(grant(), directory.person(ANA), NOW, label="BH-1001 step 1"),
        Case(grant(), directory.person(BEN), NOW),
        Case(grant(), directory.person(ANA), NOW, approvals=frozenset({"manager", "security"})),
    ]
    results = list(simulate(cases, directory, judge_of(PERMIT), judge_of(PERMIT, MANAGER)))
    assert [r.flips for r in results] == [True, False, False]
    assert str(results[0]) == (
        f"BH-1001 step 1 by {ANA}: allow → ask (manager ×2, then security ×2) (manager now decides; all no longer does)"
    )
    assert str(results[1]) == f"access.grant by {BEN}: allow, as before"


def test_a_renamed_rule_is_no_flip(judge_of):
    directory = company()
    case = Case(grant(), directory.person(ANA), NOW)
    (result,) = simulate([case], directory, judge_of(PERMIT), judge_of(PERMIT.replace('"all"', '"everyone"')))
    assert not result.flips and (result.gone, result.new) == (("all",), ("everyone",))


def test_decisions_in_a_few_words():
    needs = (Need(kind="owner"), Need(kind="hr", stage=2), Need(kind="manager"))
    decision = Decision(verdict=Verdict.ASK, approvals=needs, companions=("calendar.reassign",), requirements=("verification",))
    assert said(decision) == "ask (owner and manager, then hr; beside it calendar.reassign; proof of verification)"
    assert said(Decision(verdict=Verdict.DENY)) == "deny"
