"""Allow, ask and deny, and what would satisfy."""

from __future__ import annotations

from bot.domain.calls import Call
from bot.domain.decisions import Verdict
from bot.domain.people import DESK
from bot.judge.engine import NOTHING_PERMITS
from tests.judge.small import ANA, BEN, CEO, EVE, PERMIT, company, decide, grant

MANAGER = """
@id("needs-manager") @because("The manager has to agree.") @approval("manager")
forbid(principal, action == Action::"access.grant", resource) when { !context.approvals.contains("manager") };
"""


def test_permit_allows_and_names_the_rule(judge_of):
    decision = decide(judge_of(PERMIT), grant())
    assert decision.verdict is Verdict.ALLOW
    assert [(r.rule, r.because) for r in decision.reasons] == [("all", "Anyone may ask for this.")]


def test_without_a_permit_nothing_is_allowed(judge_of):
    decision = decide(judge_of(MANAGER), grant(), approvals=frozenset({"manager"}))
    assert decision.verdict is Verdict.DENY
    assert decision.reasons[0].rule == NOTHING_PERMITS
    assert "Ana Ash" in decision.reasons[0].because and "access.grant" in decision.reasons[0].because


def test_asks_no_one_where_no_permit_would_allow_it_anyway(judge_of):
    assert decide(judge_of(MANAGER), grant()).verdict is Verdict.DENY


def test_asks_until_it_is_given(judge_of):
    judge = judge_of(PERMIT, MANAGER)
    asked = decide(judge, grant())
    assert asked.verdict is Verdict.ASK
    assert [(n.kind, n.stage, n.quorum, n.rules) for n in asked.approvals] == [("manager", 1, 1, ("needs-manager",))]
    assert decide(judge, grant(), approvals=frozenset({"manager"})).verdict is Verdict.ALLOW
    assert decide(judge, grant(), approvals=frozenset({"hr", "group:manager", "Manager", "manager "})).verdict is Verdict.ASK


def test_a_forbid_that_nothing_can_satisfy_denies(judge_of):
    judge = judge_of(PERMIT, MANAGER, '@id("no") @because("Never on that system.") forbid(principal, action, resource);')
    decision = decide(judge, grant(), approvals=frozenset({"manager"}))
    assert decision.verdict is Verdict.DENY
    assert [r.rule for r in decision.reasons] == ["no"] and not decision.approvals


def test_stages_and_quorums_of_several_rules_merge(judge_of):
    judge = judge_of(
        PERMIT,
        MANAGER,
        """@id("two") @because("Two of security agree last.") @approval("manager, then security+group:board") @quorum("2")
        forbid(principal, action, resource) when { !context.approvals.containsAll(["manager", "security", "group:board"]) };""",
    )
    decision = decide(judge, grant())
    assert [(n.kind, n.stage, n.quorum) for n in decision.approvals] == [("manager", 1, 2), ("group:board", 2, 2), ("security", 2, 2)]
    assert decision.approvals[0].rules == ("needs-manager", "two")
    rest = decide(judge, grant(), approvals=frozenset({"manager"}))
    assert [n.kind for n in rest.approvals] == ["group:board", "security"]


def test_stage_annotation_moves_the_whole_question(judge_of):
    rule = MANAGER.replace('@approval("manager")', '@approval("manager") @stage("3")')
    assert decide(judge_of(PERMIT, rule), grant()).approvals[0].stage == 3


def test_companions_name_the_rule_that_wants_them(judge_of):
    judge = judge_of(
        PERMIT,
        """@id("hand-over") @because("Somebody has to take the work over.") @companion("work.hand_over")
        forbid(principal, action == Action::"access.revoke", resource) when { !context.companions.contains("work.hand_over") };""",
    )
    call = Call(action="access.revoke", arguments={"person": ANA, "system": "chat"})
    decision = decide(judge, call)
    assert decision.verdict is Verdict.ASK and decision.companions == ("work.hand_over",)
    assert decision.companion_rules == {"work.hand_over": "hand-over"}
    assert decide(judge, call, companions=frozenset({"work.hand_over"})).verdict is Verdict.ALLOW


def test_requirement_asks_once_and_a_bad_proof_denies(judge_of):
    judge = judge_of(
        PERMIT,
        """@id("proof") @because("An identity document has to match.") @require("verification")
        forbid(principal, action, resource) when { context.verification != "match" };""",
    )
    assert decide(judge, grant()).requirements == ("verification",)
    assert decide(judge, grant(), requirements={"verification": "match"}).verdict is Verdict.ALLOW
    for bad in ("mismatch", "MATCH", " match", "match\n"):
        assert decide(judge, grant(), requirements={"verification": bad}).verdict is Verdict.DENY


def test_only_facts_that_applicable_rules_read_are_wanted(judge_of):
    judge = judge_of(
        PERMIT,
        """@id("hold") @because("Legal hold stops this here.") forbid(principal, action == Action::"access.grant", resource)
        when { context.legal_hold || context.days > 3 };""",
    )
    assert judge.facts_for(grant()) == {"legal_hold", "days"}
    assert judge.facts_for(Call(action="access.revoke")) == frozenset()
    assert judge.facts_for(Call(action="no.such")) == frozenset()


def test_the_company_is_readable(judge_of):
    judge = judge_of(
        """@id("line") @because("Managers may ask for their people.") permit(principal, action in [Action::"access"], resource is Person)
        when { resource.managers.contains(principal) && resource has manager && resource.manager == Person::"ben@x.example" &&
               context.system has owner && context.system.owner.department == "Sales" && context.system.approval.contains("owner") &&
               resource.hasTag("cost") && resource.getTag("cost") == "42" && context.system.hasTag("region") &&
               context.system.getTag("region") == "EU" };
        @id("desk") @because("The help desk may lock devices.") permit(principal in Group::"it-helpdesk", action == Action::"device.lock",
        resource) when { resource has owner && resource.owner.groups.contains("all") };"""
    )
    for speaker, verdict in ((BEN, Verdict.ALLOW), (CEO, Verdict.ALLOW), (ANA, Verdict.DENY), (EVE, Verdict.DENY)):
        assert decide(judge, grant(system="pay"), speaker).verdict is verdict
    assert decide(judge, Call(action="device.lock", arguments={"device": "sn-1"}), BEN).verdict is Verdict.ALLOW
    assert decide(judge, Call(action="device.lock", arguments={"device": "SN-2"}), BEN).verdict is Verdict.DENY


def test_dates_are_compared_with_now(judge_of):
    judge = judge_of(
        """@id("while") @because("Only within the contract's time.") permit(principal, action == Action::"access.grant", resource)
        when { context has until && context.now < context.until && resource has end_date && context.until <= resource.end_date };"""
    )
    assert decide(judge, grant(EVE, until="2026-12-31")).verdict is Verdict.ALLOW
    assert decide(judge, grant(EVE, until="2027-01-01")).verdict is Verdict.DENY
    assert decide(judge, grant(EVE, until="2026-11-01")).verdict is Verdict.DENY
    impossible = decide(judge, grant(EVE, until="2026-02-30"))
    assert impossible.verdict is Verdict.DENY and "2026-02-30" in impossible.reasons[0].because


def test_the_subject_left_open_is_the_speakers_own(judge_of):
    judge = judge_of(
        """@id("own") @because("Anyone may look up tickets.") permit(principal, action == Action::"ticket.status", resource is Ticket);
        @id("note") @because("Anyone may note something.") permit(principal, action == Action::"note.add", resource) when
        { principal == resource };"""
    )
    assert decide(judge, Call(action="ticket.status")).verdict is Verdict.ALLOW
    assert decide(judge, Call(action="note.add", arguments={"text": "x"})).verdict is Verdict.ALLOW


def test_the_desk_itself_may_ask(judge_of):
    judge = judge_of(
        f"""@id("ends") @because("What was given for a time ends.") permit(principal == Person::"{DESK.email}",
        action == Action::"access.revoke", resource);"""
    )
    call = Call(action="access.revoke", arguments={"person": ANA, "system": "chat"})
    assert decide(judge, call, DESK.email).verdict is Verdict.ALLOW
    assert decide(judge, call, BEN).verdict is Verdict.DENY


def test_a_new_directory_is_seen_at_once(judge_of):
    judge = judge_of(
        """@id("line") @because("Managers may ask for their people.") permit(principal, action, resource is Person)
        when { resource.managers.contains(principal) };"""
    )
    assert decide(judge, grant(), BEN).verdict is Verdict.ALLOW
    moved = [p.model_copy(update={"manager": CEO}) if p.email == ANA else p for p in company().people.values()]
    assert decide(judge, grant(), BEN, directory=company(people=moved)).verdict is Verdict.DENY


def test_digest_follows_the_policies(judge_of):
    assert judge_of(PERMIT).digest == judge_of(PERMIT).digest != judge_of(PERMIT, MANAGER).digest


def test_rules_keyed_by_entity_decide_as_if_all_were_evaluated(judge_of):
    keyed = "".join(
        f"""@id("{name}-{n}") @because("Only for this very thing.") permit({who}, action == Action::"access.grant", {what}) {when};"""
        for n, person in enumerate((ANA, BEN, EVE))
        for name, who, what, when in (
            ("p", f'principal == Person::"{person}"', "resource", 'when { context.system == System::"pay" }'),
            ("r", "principal", f'resource == Person::"{person}"', 'when { context.system == System::"chat" && principal == resource }'),
            ("g", 'principal in Group::"all"', "resource", f'when {{ resource == Person::"{person}" }}'),
        )
    )
    judge = judge_of(keyed)
    held = {r.rule for r in decide(judge, grant(ANA, "pay"), ANA).reasons}
    assert held == {"p-0", "g-0"}
    assert {r.rule for r in decide(judge, grant(EVE, "chat"), EVE).reasons} == {"r-2"}
    assert {r.rule for r in decide(judge, grant(EVE, "pay"), BEN).reasons} == {"p-1", "g-2"}
    assert decide(judge, grant(ANA, "chat"), EVE).verdict is Verdict.DENY
