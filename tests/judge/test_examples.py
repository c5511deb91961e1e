"""The runner of examples finds what is wrong, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.judge.examples import check
from tests.judge.small import REGISTRY

POLICY = """
@id("self") @because("Everybody may ask for themselves.")
permit(principal, action, resource is Person) when { principal == resource };

@id("manager") @because("The manager has to agree.") @approval("manager")
forbid(principal, action == Action::"access.grant", resource)
when { context.days > 3 && !context.approvals.contains("manager") };
"""

COMPANY = """
now: 2026-11-23T09:00:00Z
people:
  - {id: "1", name: Ana Ash, email: ana@x.example}
systems:
  - {id: chat, name: Chat}
groups: []
facts: {days: 1, legal_hold: false}
"""

GOOD = """
- says: Ana may ask for herself
  speaker: ana@x.example
  call: {access.grant: {person: ana@x.example, system: chat, until: 2026-12-31}}
  expect: {verdict: allow, rules: [self]}

- says: for long the manager agrees
  speaker: ana@x.example
  call: {access.grant: {person: ana@x.example, system: chat}}
  facts: {days: 30}
  expect: {verdict: ask, approvals: [manager], rules: [manager]}
"""


@pytest.fixture
def found(tmp_path: Path):
    def run(policy: str = POLICY, examples: str = GOOD, company: str | None = COMPANY) -> list[str]:
        (tmp_path / "a.cedar").write_text(policy, encoding="utf-8")
        (tmp_path / "a.examples.yaml").write_text(examples, encoding="utf-8")
        if company is not None:
            (tmp_path / "company.yaml").write_text(company, encoding="utf-8")
        return [str(problem) for problem in check(tmp_path, REGISTRY)]

    return run


def test_all_is_well(found):
    assert found() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "{verdict: allow, rules: [self]}",
            "{verdict: deny, rules: [self]}",
            "line 2: 'Ana may ask for herself' turns out otherwise: it is allow",
        ),
        ("approvals: [manager]", "approvals: [owner]", "line 7: 'for long the manager agrees' turns out otherwise: approvals are manager"),
        ("approvals: [manager], ", "", "approvals are manager, not none"),
        ("rules: [self]", "rules: [manager]", "rules are self, not manager"),
        ("verdict: allow", "verdict: perhaps", "line 2: This example cannot be read: expect.verdict"),
        ("rules: [self]", "rules: []", "expect.rules"),
        ("  speaker: ana@x.example\n  call: {access.grant: {person: ana@x.example, system: chat}}", "  speaker: ana@x.example", "call"),
        (
            "speaker: ana@x.example\n  call: {access.grant: {person: ana@x.example, system: chat, u",
            "speaker: bob@x.example\n  call: {access.grant: {u",
            "bob@x.example",
        ),
        ("facts: {days: 30}", "facts: {days: null}", "it is deny, not ask"),
        ("facts: {days: 30}", "fact: {days: 30}", "fact: Extra inputs"),
        ("- says: for long", "- says: [for long", "This is not YAML"),
    ],
)
def test_an_example_that_is_wrong(found, old, new, said):
    assert old in GOOD
    problems = "\n".join(found(examples=GOOD.replace(old, new, 1)))
    assert said in problems and "a.examples.yaml" in problems


def test_a_rule_without_an_example_is_named(found):
    problems = found(examples=GOOD.partition("- says: for long")[0])
    assert problems == ["a.cedar, line 5, rule 'manager': No example is decided by this rule; add one beside it."]


def test_examples_that_are_no_list_and_none_at_all(found):
    assert "is a list of examples" in found(examples="says: x")[0]
    assert len(found(examples="")) == 2


@pytest.mark.parametrize(
    ("company", "said"),
    [
        (None, "company.yaml, line 1: There is no such file"),
        ("people: [", "company.yaml, line"),
        ("people: []", "It needs people, systems and groups"),
        (COMPANY.replace("email: ana", "mail: ana"), "company.yaml, line 1: Person"),
        (COMPANY.replace("2026-11-23T09:00:00Z", "soon"), "It needs people"),
    ],
)
def test_the_company_the_examples_play_in(found, company, said):
    assert said in found(company=company)[0]


def test_policies_that_do_not_load_are_told_first(found):
    problems = found(policy=POLICY + "\npermit(principal, action, resource);")
    assert all(p.startswith("a.cedar, line 9") for p in problems) and len(problems) == 2
