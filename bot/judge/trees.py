"""What a rule's syntax tree tells: which parts of the context it reads, and whether more approvals could ever make it stricter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from cedarpy import pst

GIVEN = ("approvals", "companions")
"""What settling a plan adds; a rule may only become milder by it."""

_CONTAINS = ("contains", "contains_all", "contains_any")


@dataclass(frozen=True)
class Reading:
    """What a rule reads. `tested` are context attributes in `context has …`; `wants` the names it looks for in each of GIVEN."""

    attributes: frozenset[str]
    tested: frozenset[str]
    wants: dict[str, frozenset[str]]
    whole: bool
    """It uses the context as a whole, so nobody can tell what it reads."""


def read(template: pst.Template) -> Reading:
    """What this rule reads from its context."""
    nodes = list(_walk(template.clauses))
    gets = [n for n in nodes if isinstance(n, pst.GetAttr) and _is_context(n.base)]
    tests = [n for n in nodes if isinstance(n, pst.HasAttr) and _is_context(n.base)]
    uses = sum(_is_context(n) for n in nodes)
    tested = frozenset(n.attrs[0] for n in tests)
    return Reading(
        attributes=frozenset(n.attr for n in gets) | tested,
        tested=tested,
        wants={name: _wanted(nodes, name) for name in GIVEN},
        whole=uses > len(gets) + len(tests),
    )


def entities_named(template: pst.Template) -> frozenset[tuple[str, str]]:
    """Type and id of every entity the rule names, actions left out."""
    return frozenset((str(u.type), u.id) for u in pst.entity_uids(template) if str(u.type) != "Action")


def milder(template: pst.Template) -> bool:
    """Whether approvals and companions can only turn this rule towards allowing: never a permit off or a forbid on."""
    sign = 1 if template.effect == "permit" else -1
    return all(_moves(c.expr, sign if isinstance(c, pst.When) else -sign) for c in template.clauses)


def _moves(node: Any, sign: int) -> bool:
    """Whether everything given that this expression reads stands where more of it pushes the expression in `sign`'s direction."""
    if isinstance(node, pst.UnaryOp) and node.op == "not":
        return _moves(node.arg, -sign)
    if isinstance(node, pst.UnaryOp) and node.op == "is_empty" and _is_given(node.arg):
        return sign < 0
    if isinstance(node, pst.BinaryOp) and node.op in ("and", "or"):
        return _moves(node.left, sign) and _moves(node.right, sign)
    if isinstance(node, pst.BinaryOp) and node.op in _CONTAINS and _is_given(node.left):
        return sign > 0 and not _reads_given(node.right)
    if isinstance(node, pst.IfThenElse):
        return not _reads_given(node.cond) and _moves(node.then_expr, sign) and _moves(node.else_expr, sign)
    return not _reads_given(node)


def _reads_given(node: Any) -> bool:
    return any(_is_given(n) for n in _walk(node))


def _is_given(node: Any, *names: str) -> bool:
    return isinstance(node, pst.GetAttr) and _is_context(node.base) and node.attr in (names or GIVEN)


def _is_context(node: Any) -> bool:
    return isinstance(node, pst.Var) and node.name == "context"


def _wanted(nodes: list[Any], name: str) -> frozenset[str]:
    asked = [n.right for n in nodes if isinstance(n, pst.BinaryOp) and n.op in _CONTAINS and _is_given(n.left, name)]
    return frozenset(lit.value for right in asked for lit in _walk(right) if isinstance(lit, pst.StringLit))


def _walk(node: Any) -> Iterator[Any]:
    """Every node at or under this one."""
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(part)
        elif isinstance(part, dict):
            stack.extend(part.values())
        elif is_dataclass(part) and not isinstance(part, type):
            yield part
            stack.extend(getattr(part, f.name) for f in fields(part))
