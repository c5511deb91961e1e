"""The starter policies: examples hold, every rule matters, and the demo company's scenes come out as promised."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.desk.registry import load
from bot.domain.calls import Call
from bot.domain.decisions import Decision, Verdict
from bot.domain.directory import Directory
from bot.domain.people import DESK, Group, Person, System
from bot.judge.engine import CedarJudge, load_judge
from bot.judge.examples import check
from bot.judge.rules import read_rules

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ROOT / "policies"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REGISTRY = load()
QUIET: dict[str, Any] = yaml.safe_load((POLICIES / "company.yaml").read_text(encoding="utf-8"))["facts"]


@pytest.fixture(scope="module")
def judge() -> CedarJudge:
    return load_judge(POLICIES, REGISTRY)


@pytest.fixture(scope="module")
def demo() -> Directory:
    """The demo company's directory."""
    folder = ROOT / "actions" / "vendors" / "demo" / "company"
    people, systems, groups = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("people", "systems", "groups"))
    return Directory(
        [Person.model_validate(row) for row in people],
        [
            System.model_validate(
                {k: v for k, v in row.items() if k in System.model_fields} | {"approval": row.get("approval", "").split("+")}
            )
            for row in systems
        ],
        [Group.model_validate(row) for row in groups],
    )


def who(name: str) -> str:
    return f"{name}@brightwater.example"


def decide(judge: CedarJudge, demo: Directory, speaker: str, action: str, facts: dict[str, Any] | None = None, **more: Any) -> Decision:
    given = {k: more.pop(k) for k in ("approvals", "companions", "requirements") if k in more}
    arguments = {k.rstrip("_"): v for k, v in more.items()}
    person = DESK if speaker == DESK.email else demo.person(speaker)
    return judge.judge(Call(action=action, arguments=arguments), person, demo, {**QUIET, **(facts or {})}, NOW, **given)


def test_the_examples_hold_and_every_rule_decides_one():
    assert [str(p) for p in check(POLICIES, REGISTRY)] == []


def test_every_fact_that_a_rule_reads_has_a_quiet_value(judge):
    wanted = {f for action in REGISTRY.actions for f in judge.facts_for(Call(action=action))}
    assert wanted <= QUIET.keys()
    assert QUIET.keys() <= REGISTRY.facts.keys()


def test_without_any_one_rule_an_example_fails(tmp_path):
    """Each rule is needed: taking it away is noticed."""
    rules, _ = read_rules(POLICIES, REGISTRY)
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)
    unnoticed = []
    for rule in rules:
        path = folder / rule.file
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace(rule.text, ""), encoding="utf-8")
        if not check(folder, REGISTRY):
            unnoticed.append(rule.id)
        path.write_text(whole, encoding="utf-8")
    assert unnoticed == []


@pytest.mark.parametrize("speaker", ["hannah.weber", "ivan.petrov", "sam.okafor"])
def test_scene_two_closing_johns_mail_and_slack(judge, demo, speaker):
    john = {"person": who("john.smith")}
    facts = {"upcoming_customer_meetings": 4, "mailbox_covered": False}
    mail = decide(judge, demo, who(speaker), "access.revoke", facts, **john, system="email")
    assert mail.verdict is Verdict.ASK and [n.kind for n in mail.approvals] == ["manager"]
    assert mail.companions == ("calendar.reassign", "mailbox.delegate")
    assert mail.companion_rules == {"calendar.reassign": "meetings-handed-over", "mailbox.delegate": "mailbox-covered"}
    slack = decide(judge, demo, who(speaker), "access.revoke", facts, **john, system="slack")
    assert slack.verdict is Verdict.ASK and [n.kind for n in slack.approvals] == ["manager"] and not slack.companions
    settled = decide(
        judge,
        demo,
        who(speaker),
        "access.revoke",
        facts,
        **john,
        system="email",
        approvals=frozenset({"manager"}),
        companions=frozenset(mail.companions),
    )
    assert settled.verdict is Verdict.ALLOW
    hand = {"from": who("john.smith"), "to": who("rosa.delgado")}
    for companion in mail.companions:
        beside = decide(judge, demo, who(speaker), companion, facts, **hand, approvals=frozenset({"manager"}))
        assert beside.verdict is Verdict.ALLOW


@pytest.mark.parametrize("speaker", ["tom.becker", "rosa.delgado", "john.carter"])
def test_scene_two_is_not_for_everybody(judge, demo, speaker):
    decision = decide(
        judge, demo, who(speaker), "access.revoke", person=who("john.smith"), system="salesforce", approvals=frozenset({"manager"})
    )
    assert decision.verdict is Verdict.DENY


@pytest.mark.parametrize("speaker", ["maria.lopez", "ivan.petrov"])
def test_scene_three_a_laptop_for_jane(judge, demo, speaker):
    jane = {"person": who("jane.doe")}
    home = {"ship_kind": "home"}
    address = "4127 NE Willowmere Street, Apt 3B, Portland, OR 97211, USA"

    def ship(facts: dict[str, Any] | None = None, **given: Any) -> Decision:
        return decide(judge, demo, who(speaker), "device.ship", {**home, **(facts or {})}, **jane, ship_to=address, **given)

    assert decide(judge, demo, who(speaker), "device.provision", home, **jane, ship_to="home").verdict is Verdict.ALLOW
    for step in ("device.reserve", "device.enroll"):
        assert decide(judge, demo, who(speaker), step, **jane, device="BWL-9001").verdict is Verdict.ALLOW
    assert ship().requirements == ("verification",)
    assert ship(requirements={"verification": "match"}).verdict is Verdict.ALLOW
    near = ship(requirements={"verification": "near"})
    assert near.verdict is Verdict.ASK and [n.kind for n in near.approvals] == ["it"]
    for bad in ("mismatch", "expired", "MATCH"):
        assert ship(requirements={"verification": bad}, approvals=frozenset({"it", "manager"})).verdict is Verdict.DENY
    refused = ship({"ship_problem": "PO box"}, requirements={"verification": "match"})
    assert refused.verdict is Verdict.DENY and refused.reasons[0].rule == "address-can-be-shipped-to"


@pytest.mark.parametrize("action", sorted(REGISTRY.actions))
def test_nobody_who_left_and_no_service_account_may_ask_for_anything(judge, demo, action):
    """Even with every approval there is, and whatever they ask."""
    gone = next(p for p in demo.people.values() if p.status == "offboarded").email
    every = frozenset({"manager", "owner", "security", "hr", "legal", "it"})
    for speaker in (gone, who("svc-backup")):
        for subject in (speaker, who("john.smith")):
            decision = decide(judge, demo, speaker, action, approvals=every, **_some(action, subject))
            assert decision.verdict is Verdict.DENY


TOUCHING = [n for n, a in REGISTRY.actions.items() if {"person", "from", "device"} & a.declared.keys() and not n.startswith("ticket.")]


@pytest.mark.parametrize("action", sorted({*TOUCHING} - {"account.create", "account.onboard"}))
def test_a_colleague_may_do_nothing_to_another(judge, demo, action):
    arguments = _some(action, who("john.smith"))
    every = frozenset({"manager", "owner", "security", "hr", "legal", "it"})
    decision = decide(judge, demo, who("tom.becker"), action, approvals=every, requirements={"verification": "match"}, **arguments)
    assert decision.verdict is Verdict.DENY, decision


@pytest.mark.parametrize("action", sorted(REGISTRY.actions))
def test_the_desk_itself_only_ends_what_was_lent(judge, demo, action):
    every = frozenset({"manager", "owner", "security", "hr", "legal", "it"})
    decision = decide(judge, demo, DESK.email, action, approvals=every, **_some(action, who("john.smith")))
    ends = {"group.remove", "mailbox.unforward", "mailbox.undelegate"}
    assert (decision.verdict is Verdict.ALLOW) == (action in ends or action.startswith("ticket."))


def _some(action: str, person: str) -> dict[str, Any]:
    """Arguments that fit the action, about this person."""
    values: dict[str, Any] = {
        "person": person,
        "from": person,
        "to": who("rosa.delgado"),
        "manager": who("sam.okafor"),
        "system": "figma",
        "group": "sales",
        "device": "BWL-TEST",
        "name": "Nina New",
        "level": "member",
        "apps": ["Slack"],
        "ship_to": "office",
        "meetings": ["m1"],
        "tracking": "T1",
        "summary": "Help",
        "text": "Help",
        "ticket_id": "BH-1001",
    }
    declared = REGISTRY.actions[action].declared
    wanted = {n: a for n, a in declared.items() if a.required or n in ("person", "from", "device")}
    if action in ("account.onboard", "account.create"):
        wanted = {n: a for n, a in declared.items() if a.required}
        return {n: "nina.new@brightwater.example" if n == "person" else values[n] for n in wanted}
    return {n: values[n] for n in wanted if n in values}


def test_protected_accounts_need_security_in_every_way(judge, demo):
    everyone_else = frozenset({"manager", "owner", "hr", "legal", "it"})
    for action in ("access.revoke", "password.reset", "mfa.reset", "account.disable", "device.wipe", "device.lock", "mailbox.delegate"):
        decision = decide(judge, demo, who("ivan.petrov"), action, approvals=everyone_else, **(_some(action, who("omar.haddad"))))
        assert decision.verdict is not Verdict.ALLOW, action
        assert "security" in [n.kind for n in decision.approvals] or decision.verdict is Verdict.DENY
