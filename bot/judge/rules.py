"""Reads policies/*.cedar: one Rule per statement, with its annotations understood and its mistakes named by file, line and rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cedarpy import policies_to_pst, pst, validate_policies

from bot.domain.decisions import Need
from bot.judge import lint, notes, trees
from bot.judge.schema import Declarations, schema_for

LARGEST_FILE = 2_000_000
"""Bytes; a longer policy file is refused unread."""

_PIECE = re.compile(r'"(?:\\.|[^"\\])*(?:"|\Z)|//[^\n]*|;', re.S)
_BLANK = re.compile(r"(?:\s|//[^\n]*)*")


@dataclass(frozen=True)
class Problem:
    """Something wrong with a policy or an example, and where. `rule` is "" where it is not about one rule."""

    file: str
    line: int
    sentence: str
    rule: str = ""

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}{f', rule {self.rule!r}' if self.rule else ''}: {self.sentence}"


@dataclass(frozen=True)
class Rule:
    """One policy. `reads` are the context attributes in its conditions, `names` the entities it mentions."""

    id: str
    because: str
    file: str
    line: int
    text: str
    template: pst.Template = field(repr=False, compare=False)
    approvals: tuple[Need, ...] = ()
    companions: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    names: frozenset[tuple[str, str]] = frozenset()

    @property
    def forbids(self) -> bool:
        return self.template.effect == "forbid"

    def concerns(self, action: str) -> bool:
        """Whether the rule's scope can match this action; an action "access.grant" is in the group "access"."""
        scope = self.template.action
        if isinstance(scope, pst.ActionEq):
            return scope.entity.id == action
        if isinstance(scope, pst.ActionIn):
            return any(e.id in (action, action.partition(".")[0]) for e in scope.entities)
        return True


def read_rules(folder: Path, registry: Declarations) -> tuple[list[Rule], list[Problem]]:
    """All rules under a folder, files in order of their names, and everything wrong with them except what needs the schema."""
    if not folder.is_dir():
        return [], [Problem(str(folder), 1, "There is no such policy folder.")]
    rules: list[Rule] = []
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*.cedar")):
        name = path.relative_to(folder).as_posix()
        for found in _read_file(path, name, registry):
            if isinstance(found, Rule):
                rules.append(found)
            else:
                problems.append(found)
    if not rules and not problems:
        problems.append(Problem(str(folder), 1, "There is no policy in this folder, so nothing would ever be allowed."))
    return rules, problems + _twice(rules)


def validate_rules(rules: list[Rule], registry: Declarations) -> list[Problem]:
    """What Cedar's validator says of the rules, against the schema of what is declared."""
    if not rules:
        return []
    schema = schema_for(registry, proofs(rules))
    result = validate_policies("\n".join(r.text for r in rules), schema)
    problems = []
    for error in result.errors:
        number = re.search(r"\d+$", error.policy_id)
        rule = rules[int(number.group())] if number else None
        said = re.sub(r"^for policy `[^`]*`, ", "", error.error)
        problems.append(Problem(rule.file, rule.line, f"{said}.", rule.id) if rule else Problem("policies", 1, f"{said}."))
    return problems


def proofs(rules: list[Rule]) -> frozenset[str]:
    """Every proof that a rule requires."""
    return frozenset(proof for rule in rules for proof in rule.requirements)


def _read_file(path: Path, name: str, registry: Declarations) -> Iterator[Rule | Problem]:
    try:
        data = path.read_bytes()
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield Problem(name, data[: error.start].count(b"\n") + 1, "This is not UTF-8 text.")
        return
    if len(data) > LARGEST_FILE:
        yield Problem(name, 1, f"The file is larger than {LARGEST_FILE // 1_000_000} MB.")
        return
    for line, statement in statements(text):
        yield from _read_statement(name, line, statement, registry)


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Each policy of a Cedar text with the number of its first line; the rest after the last semicolon too, if it is not blank."""
    begin = 0
    ends = [m.end() for m in _PIECE.finditer(text) if m.group() == ";"]
    for end in [*ends, len(text)]:
        blank = _BLANK.match(text, begin, end)
        start = blank.end() if blank else begin
        if start < end:
            yield text.count("\n", 0, start) + 1, text[start:end]
        begin = end


def _read_statement(file: str, line: int, text: str, registry: Declarations) -> Iterator[Rule | Problem]:
    try:
        parsed = policies_to_pst(text)
    except ValueError as error:
        yield Problem(file, line, f"This is not a Cedar policy: {error}.")
        return
    if parsed.templates or len(parsed.static_policies) != 1:
        yield Problem(file, line, "Policies with ?principal or ?resource slots are not used here; write the rule out.")
        return
    template = next(iter(parsed.static_policies.values()))
    found = template.annotations.get("id", "")
    problems = [Problem(file, line, sentence, found) for sentence in lint.mistakes(template, registry)]
    yield from problems
    if not problems:
        yield _rule(file, line, text, template)


def _rule(file: str, line: int, text: str, template: pst.Template) -> Rule:
    said = template.annotations
    return Rule(
        id=said["id"],
        because=said["because"],
        file=file,
        line=line,
        text=text,
        template=template,
        approvals=notes.needs(said),
        companions=tuple(notes.listed(said.get("companion", ""))),
        requirements=tuple(notes.listed(said.get("require", ""))),
        reads=trees.read(template).attributes,
        names=trees.entities_named(template),
    )


def _twice(rules: list[Rule]) -> list[Problem]:
    first: dict[str, Rule] = {}
    problems = []
    for rule in rules:
        known = first.setdefault(rule.id, rule)
        if known is not rule:
            problems.append(Problem(rule.file, rule.line, f"{known.file}, line {known.line} already has a rule of this id.", rule.id))
    return problems
