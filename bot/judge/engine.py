"""The judge: Cedar finds the rules that hold, this module makes of them allow, ask or deny.

Cedar knows two outcomes and stops telling once a forbid holds; we need every rule that holds, permits too. So the rules of an action
are evaluated as if all were permits, and what they are is weighed here: any evaluation error or a forbid that nothing can satisfy
denies, no permit denies, forbids that name what would satisfy them ask.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cedarpy import is_authorized

from bot.domain.base import digest
from bot.domain.calls import Action, Arguments, Call, Kind
from bot.domain.decisions import Decision, Need, Reason, Verdict
from bot.domain.directory import Directory
from bot.domain.facts import MISSING, Fact
from bot.domain.people import Person
from bot.errors import BadArguments, BadInput
from bot.judge.entities import Uid, World, Worlds, reference, uid_json
from bot.judge.partition import Partition
from bot.judge.rules import Rule, proofs, read_rules, validate_rules
from bot.judge.schema import ENTITY_OF, PROOFS, Declarations, fact_value, moment, resource_type, schema_for

ENGINE = "judge"
"""The rule that reasons name where no policy decided but the judge itself: something is unknown, missing or unreadable."""

NOTHING_PERMITS = "no-permit"
"""The rule that reasons name where no permit holds."""


class _CannotJudge(Exception):
    """Why there can be no decision but no."""


@dataclass(frozen=True)
class _Matter:
    """What is known of one action before any call: its declaration, its facts and rules."""

    action: Action
    resource: str
    facts: dict[str, Fact]
    rules: Partition
    reads: frozenset[str]
    wanted: frozenset[str]


@dataclass(frozen=True)
class _Given:
    """What settling has brought so far."""

    approvals: frozenset[str]
    companions: frozenset[str]
    requirements: Mapping[str, str]


class CedarJudge:
    """A validated policy set; see `load_judge`."""

    def __init__(self, rules: list[Rule], registry: Declarations) -> None:
        self.rules = {rule.id: rule for rule in rules}
        self.digest = digest([[r.file, r.line, r.text] for r in rules] + [schema_for(registry, proofs(rules))])
        self._proofs = PROOFS | proofs(rules)
        self._worlds = Worlds()
        self._matters = {name: self._matter(action, registry) for name, action in registry.actions.items()}

    def _matter(self, action: Action, registry: Declarations) -> _Matter:
        rules = [rule for rule in self.rules.values() if rule.concerns(action.name)]
        reads = frozenset(name for rule in rules for name in rule.reads)
        facts = {name: fact for name, fact in registry.facts_of(action.name).items() if name in reads}
        return _Matter(action, resource_type(action), facts, Partition(rules), reads, frozenset(facts))

    def facts_for(self, call: Call) -> frozenset[str]:
        """Names of the facts that the rules which can apply to this call's action read."""
        matter = self._matters.get(call.action)
        return matter.wanted if matter else frozenset()

    def judge(
        self,
        call: Call,
        speaker: Person,
        directory: Directory,
        facts: Mapping[str, Any],
        now: datetime,
        *,
        approvals: frozenset[str] = frozenset(),
        companions: frozenset[str] = frozenset(),
        requirements: Mapping[str, str] | None = None,
    ) -> Decision:
        """The decision on one call; see `bot.desk.ports.Judge`."""
        given = _Given(frozenset(approvals), frozenset(companions), requirements or {})
        try:
            return self._judge(call, speaker, self._worlds.of(directory), facts, now=now, given=given)
        except _CannotJudge as why:
            return _deny([Reason(rule=ENGINE, because=str(why))])

    def _judge(self, call: Call, speaker: Person, world: World, facts: Mapping[str, Any], *, now: datetime, given: _Given) -> Decision:
        matter = self._matters.get(call.action)
        if matter is None:
            raise _CannotJudge(f"Nothing declares the action {call.action!r}, so no rule can allow it.")
        principal: Uid = ("Person", speaker.email)
        if not world.knows(principal):
            raise _CannotJudge(f"{speaker.email!r} is not in the directory, and only people in it may ask for anything.")
        try:
            arguments = matter.action.parse(call)
        except BadArguments as error:
            raise _CannotJudge(f"{error}.") from None
        refers, values = _arguments(matter.action, arguments)
        _known(world, matter.action, refers)
        resource = _resource(matter, refers, principal)
        context = self._context(matter, values, facts, now, given)
        held, errors = self._evaluate(matter, world, (principal, resource), refers, context)
        if errors:
            return _deny([_explain(self.rules[rule], said, matter, context) for rule, said in errors.items()])
        return _weigh(held, call, speaker, given)

    def _context(self, matter: _Matter, values: dict[str, Any], facts: Mapping[str, Any], now: datetime, given: _Given) -> dict[str, Any]:
        context = {name: value for name, value in values.items() if name in matter.reads and name not in matter.facts}
        for name, fact in matter.facts.items():
            try:
                value = fact_value(fact, facts.get(name, MISSING))
            except TypeError as error:
                raise _CannotJudge(f"The fact {error}, so no rule can be trusted with it.") from None
            if value is not MISSING:
                context[name] = value
        context |= {"approvals": sorted(given.approvals), "companions": sorted(given.companions)}
        context |= {proof: str(given.requirements.get(proof, "")) for proof in self._proofs}
        if "now" in matter.reads:
            context["now"] = _moment(now)
        return context

    def _evaluate(
        self, matter: _Matter, world: World, ends: tuple[Uid, Uid], refers: dict[str, list[Uid]], context: dict[str, Any]
    ) -> tuple[list[Rule], dict[str, str]]:
        """The rules that hold, and what went wrong in those that could not be evaluated."""
        principal, resource = ends
        try:
            reached = {principal, resource, ("Action", matter.action.name), *(uid for uids in refers.values() for uid in uids)}
            chosen = matter.rules.for_call(principal, world.groups_of(principal), resource, refers)
            entities = world.entities(chosen.names | reached)
            request = {
                "principal": uid_json(principal),
                "action": {"type": "Action", "id": matter.action.name},
                "resource": uid_json(resource),
                "context": json.dumps(context),
            }
            found = is_authorized(request, chosen.policies, entities).diagnostics
        except ValueError as error:
            raise _CannotJudge(f"This request holds something that no rule can read: {error}.") from None
        return chosen.held(found.reasons), chosen.blame(found.errors)


def load_judge(policies_dir: Path, registry: Declarations) -> CedarJudge:
    """Reads and validates every policy under the folder. BadInput has a line for each problem: file, line, rule, sentence."""
    rules, problems = read_rules(policies_dir, registry)
    problems += validate_rules(rules, registry)
    if problems:
        raise BadInput("\n".join(map(str, problems)))
    return CedarJudge(rules, registry)


def _arguments(action: Action, arguments: Arguments) -> tuple[dict[str, list[Uid]], dict[str, Any]]:
    """The entities that each argument refers to, and every argument as the context has it."""
    refers: dict[str, list[Uid]] = {}
    values: dict[str, Any] = {}
    for name, value in arguments.public().items():
        declared = action.declared[name]
        if declared.kind in ENTITY_OF:
            many = value if isinstance(value, list) else [value]
            refers[name] = [_uid(declared.kind, str(one)) for one in many]
            written = [reference(uid) for uid in refers[name]]
            values[name] = written if declared.many else written[0]
        elif declared.kind is Kind.DATE:
            values[name] = [_moment(v) for v in value] if declared.many else _moment(value)
        else:
            values[name] = value
    return refers, values


def _uid(kind: Kind, value: str) -> Uid:
    return ENTITY_OF[kind], value.strip().lower() if kind is Kind.PERSON else value


def _known(world: World, action: Action, refers: dict[str, list[Uid]]) -> None:
    for name, uids in refers.items():
        for uid in uids:
            if not world.knows(uid):
                raise _CannotJudge(f"{action.name} names {uid[1]!r} as its {name}, and the company has no such {uid[0].lower()}.")


def _resource(matter: _Matter, refers: dict[str, list[Uid]], principal: Uid) -> Uid:
    """Whom or what the call touches; the speaker's own where the call leaves it open."""
    named = refers.get(matter.action.subject, [])
    if len(named) > 1:
        raise _CannotJudge(f"{matter.action.name} touches {len(named)} at once, and each has to be judged by itself.")
    if named:
        return named[0]
    return principal if matter.resource == "Person" else (matter.resource, "")


def _moment(value: Any) -> dict[str, Any]:
    try:
        return moment(value)
    except (ValueError, OverflowError) as error:
        raise _CannotJudge(f"{value!s:.40} is not a day that exists: {error}.") from None


def _explain(rule: Rule, said: str, matter: _Matter, context: Mapping[str, Any]) -> Reason:
    missing = sorted(name for name in rule.reads & matter.wanted if name not in context)
    if missing:
        facts = "; ".join(f"{name} ({matter.facts[name].sentence})" for name in missing)
        return Reason(rule=rule.id, because=f"This rule cannot be decided, because nobody could tell: {facts}.")
    return Reason(rule=rule.id, because=f"This rule could not be evaluated, so nothing is allowed: {said}.")


def _weigh(held: list[Rule], call: Call, speaker: Person, given: _Given) -> Decision:
    blocking = [rule for rule in held if rule.forbids]
    hard = [rule for rule in blocking if not _asks(rule, given)]
    permits = [rule for rule in held if not rule.forbids]
    if hard:
        return _deny(_reasons(hard))
    if not permits:
        return _deny([Reason(rule=NOTHING_PERMITS, because=f"No rule lets {speaker.name} ask for this ({call.action}).")])
    return _ask(blocking, given) if blocking else Decision(verdict=Verdict.ALLOW, reasons=_reasons(permits))


def _asks(rule: Rule, given: _Given) -> bool:
    """Whether something that the rule names is still to come."""
    return (
        any(need.kind not in given.approvals for need in rule.approvals)
        or any(name not in given.companions for name in rule.companions)
        or any(not given.requirements.get(proof) for proof in rule.requirements)
    )


def _ask(blocking: list[Rule], given: _Given) -> Decision:
    wants = {name: rule.id for rule in reversed(blocking) for name in rule.companions if name not in given.companions}
    proofs = {proof for rule in blocking for proof in rule.requirements if not given.requirements.get(proof)}
    return Decision(
        verdict=Verdict.ASK,
        approvals=_merged([need for rule in blocking for need in rule.approvals if need.kind not in given.approvals]),
        companions=tuple(sorted(wants)),
        requirements=tuple(sorted(proofs)),
        reasons=_reasons(blocking),
        companion_rules=dict(sorted(wants.items())),
    )


def _merged(needs: list[Need]) -> tuple[Need, ...]:
    """One Need for each kind: the latest stage and the largest quorum that any rule wants."""
    merged: dict[str, Need] = {}
    for need in needs:
        known = merged.get(need.kind, need)
        merged[need.kind] = Need(
            kind=need.kind,
            stage=max(need.stage, known.stage),
            quorum=max(need.quorum, known.quorum),
            rules=tuple(dict.fromkeys((*known.rules, *need.rules))),
        )
    return tuple(sorted(merged.values(), key=lambda n: (n.stage, n.kind)))


def _reasons(rules: list[Rule]) -> tuple[Reason, ...]:
    return tuple(Reason(rule=rule.id, because=rule.because) for rule in rules)


def _deny(reasons: list[Reason] | tuple[Reason, ...]) -> Decision:
    return Decision(verdict=Verdict.DENY, reasons=tuple(reasons))
