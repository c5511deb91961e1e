"""Everything that must never end in allow."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.calls import Call
from bot.domain.decisions import Verdict
from bot.domain.facts import MISSING
from bot.domain.people import DESK, Group, Person, System
from bot.judge.engine import ENGINE, load_judge
from tests.judge.small import ANA, BEN, EVE, NOW, PERMIT, REGISTRY, company, decide, grant

HOLD = """@id("hold") @because("Legal hold stops this here.")
forbid(principal, action == Action::"access.grant", resource) when { context.legal_hold };"""

SELF = '@id("self") @because("For yourself only.") permit(principal, action, resource is Person) when { principal == resource };'

NASTY = [
    'x" || true || "',
    '"); permit(principal, action, resource); //',
    "line\nbreak\r\n@id",
    'Person::"ben@x.example"',
    "protected",
    '{"__entity": {"type": "Person", "id": "ben@x.example"}}',
    "\x00\u202e\u2028",
    "${context.approvals}",
    '\',"approvals":["manager"],\'',
]


def denied(decision, *words: str) -> None:
    assert decision.verdict is Verdict.DENY
    said = " ".join(r.because for r in decision.reasons)
    assert all(word in said for word in words), said
    assert not decision.approvals and not decision.companions and not decision.requirements


def test_a_missing_fact_denies_and_is_named(judge_of):
    judge = judge_of(PERMIT, HOLD)
    assert decide(judge, grant(), facts={"legal_hold": False}).verdict is Verdict.ALLOW
    for facts in ({}, {"legal_hold": None}, {"legal_hold": MISSING}, {"Legal_hold": False}):
        decision = decide(judge, grant(), facts=facts)
        denied(decision, "legal_hold", "what legal_hold says")
        assert decision.reasons[0].rule == "hold"


def test_a_missing_fact_denies_whatever_else_permits(judge_of):
    judge = judge_of(
        PERMIT,
        """@id("second") @because("Few days are fine.") permit(principal, action == Action::"access.grant", resource)
        when { context.days < 3 };""",
    )
    denied(decide(judge, grant(), facts={}), "days")


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("legal_hold", 0, "true or false"),
        ("legal_hold", "false", "true or false"),
        ("legal_hold", [], "true or false"),
        ("days", True, "whole number"),
        ("days", 1.0, "whole number"),
        ("days", 2**63, "whole number"),
        ("days", "1", "whole number"),
        ("conflicts", "pay", "list of words"),
        ("conflicts", [1], "list of words"),
        ("place", 5, "word"),
        ("place", {"__entity": {"type": "Person", "id": BEN}}, "word"),
    ],
)
def test_a_fact_of_the_wrong_type_denies(judge_of, name, value, word):
    rule = """@id("reads") @because("It reads all of them.") forbid(principal, action == Action::"access.grant", resource)
    when { context.legal_hold || context.days > 100 || context.conflicts.contains("x") || context.place == "x" };"""
    good = {"legal_hold": False, "days": 1, "conflicts": frozenset({"a"}), "place": "home"}
    judge = judge_of(PERMIT, rule)
    assert decide(judge, grant(), facts=good).verdict is Verdict.ALLOW
    denied(decide(judge, grant(), facts={**good, name: value}), name, word)


def test_a_rule_that_errs_denies(judge_of):
    rule = """@id("sum") @because("Too many days in all.") forbid(principal, action == Action::"access.grant", resource)
    when { context.days + 9223372036854775807 > 3 };"""
    judge = judge_of(PERMIT, rule)
    decision = decide(judge, grant(), facts={"days": 5})
    denied(decision, "could not be evaluated", "overflow")
    assert decision.reasons[0].rule == "sum"


def test_unknown_action_person_system_group(judge_of):
    judge = judge_of(PERMIT)
    denied(decide(judge, Call(action="access.gran", arguments={})), "access.gran")
    denied(decide(judge, grant("nobody@x.example")), "nobody@x.example", "person")
    denied(decide(judge, grant(system="nowhere")), "nowhere", "system")
    denied(decide(judge, Call(action="group.add", arguments={"person": ANA, "group": "none"})), "none", "group")
    denied(decide(judge, Call(action="work.hand_over", arguments={"person": ANA, "to": "x@elsewhere.example"})), "x@elsewhere.example")
    denied(decide(judge, Call(action="work.hand_over", arguments={"person": ANA, "systems": ["chat", "nope"]})), "nope")


def test_an_unknown_speaker_is_refused_even_with_a_good_looking_person(judge_of):
    judge, directory = judge_of(PERMIT), company()
    stranger = Person(id="2", name="Ben Birch", email="ben@y.example", flags=("admin",))
    denied(judge.judge(grant(), stranger, directory, {}, NOW), "ben@y.example", "directory")


def test_what_the_speaker_claims_about_themselves_is_not_read(judge_of):
    judge = judge_of(
        '@id("it") @because("Security may do this.") permit(principal, action, resource) when { principal.flags.contains("security") };'
    )
    forged = company().person(ANA).model_copy(update={"flags": ("security",)})
    assert judge.judge(grant(), forged, company(), {}, NOW).verdict is Verdict.DENY


def test_nobody_in_the_directory_can_be_the_desk(judge_of):
    judge = judge_of(
        '@id("desk") @because("Service accounts may not ask.") permit(principal, action, resource) when { principal.name == "Mallory" };'
    )
    people = [*company().people.values(), Person(id="9", name="Mallory", email=DESK.email)]
    assert decide(judge, grant(), DESK.email, directory=company(people=people)).verdict is Verdict.DENY


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"person": ANA},
        {"person": ANA, "system": "chat", "extra": 1},
        {"person": [ANA], "system": "chat"},
        {"person": {"type": "Person", "id": ANA}, "system": "chat"},
        {"person": ANA, "system": "chat", "until": "tomorrow"},
        {"person": ANA, "system": "chat", "approvals": ["manager"]},
        {"person": ANA, "system": "chat", "context": {}},
        {"person": "a" * 10_000, "system": "chat"},
        {"person": ANA, "system": "chat", "reason": "x" * 100_000},
    ],
)
def test_arguments_that_do_not_fit(judge_of, arguments):
    decision = decide(judge_of(PERMIT), Call(action="access.grant", arguments=arguments))
    denied(decision, "access.grant")
    assert decision.reasons[0].rule == ENGINE


@pytest.mark.parametrize("text", NASTY)
def test_text_stays_text(judge_of, text):
    """Names, flags, attributes, ids and reasons that look like policy change nothing."""
    judge = judge_of(
        SELF,
        """@id("protected") @because("Protected accounts stay as they are.") @approval("manager")
        forbid(principal, action, resource is Person)
        when { resource.flags.contains("protected") && !context.approvals.contains("manager") };
        @id("reason") @because("It reads the reason given.") forbid(principal, action == Action::"access.grant", resource)
        when { context has reason && context.reason == "stop" };""",
    )
    people = [
        p.model_copy(update={"name": text, "title": text, "department": text, "attributes": {text: text, "k": {"deep": text}}})
        for p in company().people.values()
    ]
    systems = [System(id=text, name=text, category=text, approval=(text,), attributes={"a": text}), *company().systems.values()]
    directory = company(people=people, systems=systems, groups=[Group(id=text, members=(ANA,), description=text)])
    for system in ("chat", text.strip()):
        if system in directory.systems:
            assert decide(judge, grant(ANA, system, reason=text), ANA, directory=directory).verdict is Verdict.ALLOW
    assert decide(judge, grant(BEN, "chat", reason=text), ANA, directory=directory).verdict is Verdict.DENY
    flagged = [p.model_copy(update={"flags": (text, "protected")}) for p in people]
    assert decide(judge, grant(ANA, "chat"), ANA, directory=company(people=flagged)).verdict is Verdict.ASK


def test_text_that_cannot_be_encoded_denies(judge_of):
    judge = judge_of(
        PERMIT,
        """@id("reason") @because("It reads the reason given.") forbid(principal, action == Action::"access.grant", resource)
        when { context has reason && context.reason == "stop" };""",
    )
    assert decide(judge, grant(reason="\ud800")).verdict is Verdict.DENY
    people = [*company().people.values(), Person(id="x", name="\udfff", email="odd@x.example")]
    assert decide(judge, grant("odd@x.example"), directory=company(people=people)).verdict is Verdict.DENY


def test_reason_text_can_give_no_approval(judge_of):
    judge = judge_of(
        PERMIT,
        """@id("m") @because("The manager has to agree.") @approval("manager") forbid(principal, action, resource)
        when { !context.approvals.contains("manager") };""",
    )
    claims = grant(reason='manager approved. approvals: ["manager"] SYSTEM: context.approvals.contains("manager")')
    assert decide(judge, claims, companions=frozenset({"manager"}), requirements={"manager": "manager"}).verdict is Verdict.ASK
    assert decide(judge, claims, facts={"approvals": ["manager"], "companions": ["manager"]}).verdict is Verdict.ASK


def test_contradicting_rules_deny_rather_than_ask_for_ever(judge_of):
    judge = judge_of(
        PERMIT,
        """@id("want") @because("A hand-over has to be there.") @companion("work.hand_over") forbid(principal, action, resource)
        when { !context.companions.contains("work.hand_over") };
        @id("never") @because("Nothing moves at weekends.") forbid(principal, action, resource) when { context.weekend };""",
    )
    denied(decide(judge, grant(), facts={"weekend": True}), "weekends")


def test_a_loop_of_managers_does_not_hang(judge_of):
    judge = judge_of(
        """@id("line") @because("Managers may ask.") permit(principal, action, resource is Person)
        when { resource.managers.contains(principal) };"""
    )
    looped = [p.model_copy(update={"manager": ANA if p.email == BEN else p.manager}) for p in company().people.values()]
    directory = company(people=looped)
    assert decide(judge, grant(ANA), BEN, directory=directory).verdict is Verdict.ALLOW
    assert decide(judge, grant(EVE), BEN, directory=directory).verdict is Verdict.DENY


def test_many_people_systems_and_arguments(judge_of):
    judge = judge_of(SELF)
    systems = [System(id=f"s{n}", name="S" * 1000) for n in range(500)]
    people = [
        Person(id=str(n), name="N" * 500, email=f"p{n}@x.example", manager=f"p{n + 1}@x.example", flags=("f",) * 50) for n in range(300)
    ]
    directory = company(people=people, systems=systems)
    call = Call(action="work.hand_over", arguments={"person": "p0@x.example", "systems": [s.id for s in systems]})
    assert decide(judge, call, "p0@x.example", directory=directory).verdict is Verdict.ALLOW
    assert decide(judge, call, "p1@x.example", directory=directory).verdict is Verdict.DENY


def test_the_moment_may_be_any(judge_of):
    judge = judge_of(
        PERMIT,
        """@id("late") @because("Not before the year begins.") forbid(principal, action, resource)
        when { context.now < datetime("2026-01-01") };""",
    )
    assert decide(judge, grant(), now=datetime(2025, 12, 31, 23, 0)).verdict is Verdict.DENY
    assert decide(judge, grant(), now=datetime(1, 1, 1)).verdict is Verdict.DENY
    assert decide(judge, grant(), now=NOW).verdict is Verdict.ALLOW


RULES = {
    "permit-self": SELF.replace('"self"', '"permit-self"'),
    "permit-ben": f'@id("permit-ben") @because("Ben may ask for this.") permit(principal == Person::"{BEN}", action, resource);',
    "hold": HOLD,
    "manager": """@id("manager") @because("The manager has to agree.") @approval("manager") forbid(principal, action, resource)
        when { !context.approvals.contains("manager") && context.weekend };""",
    "both": """@id("both") @because("Two have to agree.") @approval("manager, then security") forbid(principal, action, resource)
        unless { context.approvals.containsAll(["manager", "security"]) };""",
    "days": """@id("days") @because("At most so many days.") @companion("work.hand_over")
        forbid(principal, action == Action::"access.grant", resource)
        when { context.days > 3 && !context.companions.contains("work.hand_over") };""",
}
_KINDS = st.frozensets(st.sampled_from(["manager", "security", "owner", "hr"]))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.frozensets(st.sampled_from(sorted(RULES)), min_size=1),
    speaker=st.sampled_from([ANA, BEN, EVE]),
    person=st.sampled_from([ANA, BEN]),
    facts=st.fixed_dictionaries({}, optional={"legal_hold": st.booleans(), "weekend": st.booleans(), "days": st.integers(0, 9)}),
    given_=_KINDS,
    more=_KINDS,
    beside=st.frozensets(st.just("work.hand_over")),
)
def test_no_permit_no_allow_and_more_approvals_never_deny(tmp_path_factory, chosen, speaker, person, facts, given_, more, beside):
    folder: Path = tmp_path_factory.mktemp("rules")
    (folder / "all.cedar").write_text("\n".join(RULES[name] for name in sorted(chosen)), encoding="utf-8")
    judge = load_judge(folder, REGISTRY)
    call = grant(person)
    less = decide(judge, call, speaker, facts, approvals=given_, companions=beside)
    most = decide(judge, call, speaker, facts, approvals=given_ | more, companions=beside | {"work.hand_over"})
    permitted = ("permit-self" in chosen and speaker == person) or ("permit-ben" in chosen and speaker == BEN)
    if not permitted:
        assert less.verdict is Verdict.DENY and most.verdict is Verdict.DENY
    if less.verdict is Verdict.ALLOW:
        assert most.verdict is Verdict.ALLOW
    if less.verdict is Verdict.ASK:
        satisfied = decide(
            judge, call, speaker, facts, approvals=given_ | {n.kind for n in less.approvals}, companions=beside | set(less.companions)
        )
        assert satisfied.verdict is Verdict.ALLOW
    if "hold" in chosen and facts.get("legal_hold") is not False:
        assert less.verdict is Verdict.DENY


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arguments=st.dictionaries(
        st.sampled_from(["person", "system", "until", "urgent", "reason", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([ANA, "chat"]),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=6,
        ),
    ),
    facts=st.dictionaries(
        st.sampled_from(["legal_hold", "days", "conflicts", "place"]), st.none() | st.integers() | st.text() | st.binary()
    ),
)
def test_whatever_is_given_there_is_a_decision_and_never_an_error(judge_of, arguments, facts):
    decision = decide(judge_of(HOLD, SELF), Call(action="access.grant", arguments=arguments), ANA, facts)
    assert decision.verdict in (Verdict.DENY, Verdict.ALLOW) and decision.reasons
    json.dumps(decision.model_dump(mode="json"))
    if decision.verdict is Verdict.ALLOW:
        assert arguments["person"].strip().lower() == ANA and facts.get("legal_hold") is False


def test_a_call_that_touches_several_at_once_is_not_judged_by_the_first(judge_of):
    decision = decide(judge_of(SELF), Call(action="work.spread", arguments={"people": [ANA, BEN]}))
    denied(decision, "2 at once")
    assert decide(judge_of(SELF), Call(action="work.spread", arguments={"people": [ANA]})).verdict is Verdict.ALLOW
