"""The rules of one action, sorted so that a call is only evaluated against those that can hold for it.

A rule whose scope names one principal, group or resource, or whose condition begins with `context.<argument> == <entity>`, is left out
for calls that do not match it. Cedar would find it false at exactly that place, before anything else in it is looked at, so leaving
it out changes no outcome, errors included.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cedarpy import PolicySet, pst

from bot.judge.rules import Rule

Key = tuple[str, str, str]
"""Which part of the request, and the type and id it has to be: ("principal", "Person", "ana@example.com")."""

REMEMBERED = 512
"""Parsed selections kept per action."""

_ERROR = re.compile(r"^error while evaluating policy `(.*?)`: (.*)$", re.S)


@dataclass(frozen=True)
class Chosen:
    """Rules ready for Cedar, under their own ids and all as permits."""

    policies: PolicySet
    rules: tuple[Rule, ...]
    names: frozenset[tuple[str, str]]
    """The entities that these rules mention."""

    def held(self, reasons: Iterable[str]) -> list[Rule]:
        """The rules that Cedar found to hold, in the order of the files."""
        found = set(reasons)
        return [rule for rule in self.rules if rule.id in found]

    def blame(self, errors: Iterable[str]) -> dict[str, str]:
        """Cedar's evaluation errors by the id of the rule; every rule where Cedar does not say which."""
        blamed: dict[str, str] = {}
        for error in errors:
            match = _ERROR.match(error)
            blamed |= {match[1]: match[2]} if match else {rule.id: error for rule in self.rules}
        return blamed


class Partition:
    """One action's rules."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = rules
        self._open = [n for n, rule in enumerate(rules) if not _keys(rule)]
        self._keyed: dict[Key, list[int]] = {}
        for n, rule in enumerate(rules):
            for key in _keys(rule)[:1]:
                self._keyed.setdefault(key, []).append(n)
        self._chosen: dict[frozenset[Key], Chosen] = {}

    def for_call(
        self, principal: tuple[str, str], groups: Iterable[str], resource: tuple[str, str], refers: Mapping[str, list[tuple[str, str]]]
    ) -> Chosen:
        """The rules that can hold for this request."""
        keys: set[Key] = {("principal", *principal), ("resource", *resource)}
        if self._keyed:
            keys |= {("member", "Group", group) for group in groups}
            keys |= {(name, *uid) for name, uids in refers.items() for uid in uids}
        hit = frozenset(keys & self._keyed.keys())
        chosen = self._chosen.get(hit)
        if chosen is None:
            if len(self._chosen) >= REMEMBERED:
                self._chosen.clear()
            chosen = self._chosen[hit] = self._build(hit)
        return chosen

    def _build(self, hit: frozenset[Key]) -> Chosen:
        numbers = sorted({*self._open, *(n for key in hit for n in self._keyed[key])})
        rules = tuple(self._rules[n] for n in numbers)
        policies = {rule.id: replace(rule.template, id=rule.id, effect="permit") for rule in rules}
        names = frozenset(uid for rule in rules for uid in rule.names)
        return Chosen(PolicySet.from_pst(pst.PolicySet({}, policies, ())), rules, names)


def _keys(rule: Rule) -> list[Key]:
    """What a request must have for the rule to get past its first test."""
    template = rule.template
    keys: list[Key] = []
    for part, scope in (("principal", template.principal), ("resource", template.resource)):
        if isinstance(scope, pst.ScopeEq) and isinstance(scope.entity, pst.EntityUid):
            keys.append((part, str(scope.entity.type), scope.entity.id))
    member = template.principal
    if isinstance(member, pst.ScopeIn) and isinstance(member.entity, pst.EntityUid) and str(member.entity.type) == "Group":
        keys.append(("member", "Group", member.entity.id))
    return keys + _first_test(template)


def _first_test(template: pst.Template) -> list[Key]:
    first: Any = template.clauses[0].expr if template.clauses and isinstance(template.clauses[0], pst.When) else None
    while isinstance(first, pst.BinaryOp) and first.op == "and":
        first = first.left
    if not (isinstance(first, pst.BinaryOp) and first.op == "eq"):
        return []
    read, literal = first.left, first.right
    if (
        isinstance(read, pst.GetAttr)
        and isinstance(read.base, pst.Var)
        and read.base.name == "context"
        and isinstance(literal, pst.EntityLit)
    ):
        return [(read.attr, str(literal.value.type), literal.value.id)]
    return []
