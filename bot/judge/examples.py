"""Runs the examples beside the policies: each says who asks for what, what is true, and what the rules make of it.

`policies/company.yaml` holds the company they play in (people, systems, groups), the moment (`now`) and what is true unless an
example says otherwise (`facts`). `policies/<name>.examples.yaml` is a list of examples; see policies/README.md for their fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from bot.domain.base import Value
from bot.domain.calls import Call
from bot.domain.decisions import Decision, Verdict
from bot.domain.directory import Directory
from bot.domain.people import DESK, Group, Person, System
from bot.judge.engine import CedarJudge, load_judge
from bot.judge.rules import Problem, read_rules, validate_rules
from bot.judge.schema import Declarations

COMPANY = "company.yaml"
ENDING = ".examples.yaml"


class Given(Value):
    """What settling has brought already."""

    approvals: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    proofs: dict[str, str] = {}


class Expected(Value):
    """What has to come out. `rules` are the ids of the rules that decide, all of them."""

    verdict: Verdict
    rules: tuple[str, ...] = Field(min_length=1)
    approvals: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()


class Example(Value):
    """One line of the contract between a security officer and the machine."""

    says: str
    speaker: str
    call: dict[str, dict[str, Any]] = Field(min_length=1, max_length=1)
    facts: dict[str, Any] = {}
    given: Given = Given()
    expect: Expected

    def asked(self) -> Call:
        name, arguments = next(iter(self.call.items()))
        return Call(action=name, arguments={k: _plain(v) for k, v in arguments.items()})


@dataclass(frozen=True)
class Stage:
    """Where examples play."""

    directory: Directory
    now: datetime
    facts: Mapping[str, Any]


def check(policies_dir: Path, registry: Declarations) -> list[Problem]:
    """Everything wrong with the policies and their examples: rules that do not load, examples that turn out otherwise, rules that
    decide none. Empty if all is well."""
    rules, problems = read_rules(policies_dir, registry)
    problems += validate_rules(rules, registry)
    if problems:
        return problems
    judge = load_judge(policies_dir, registry)
    stage = _stage(policies_dir / COMPANY)
    if isinstance(stage, Problem):
        return [stage]
    decided: set[str] = set()
    for file, line, example in _examples(policies_dir, problems):
        problems += _run(judge, stage, (file, line), example, decided)
    idle = [rule for rule in rules if rule.id not in decided]
    return problems + [Problem(r.file, r.line, "No example is decided by this rule; add one beside it.", r.id) for r in idle]


def _examples(folder: Path, problems: list[Problem]) -> Iterator[tuple[str, int, Example]]:
    for path in sorted(folder.rglob(f"*{ENDING}")):
        name = path.relative_to(folder).as_posix()
        for line, row in _rows(path, name, problems):
            try:
                yield name, line, Example.model_validate(row)
            except ValidationError as error:
                said = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'the example'}: {e['msg']}" for e in error.errors())
                problems.append(Problem(name, line, f"This example cannot be read: {said}."))


def _rows(path: Path, name: str, problems: list[Problem]) -> Iterator[tuple[int, Any]]:
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        root = loader.get_single_node()
        if root is None:
            return
        if not isinstance(root, yaml.SequenceNode):
            problems.append(Problem(name, 1, "An example file is a list of examples, each beginning with a dash."))
            return
        for node in root.value:
            yield node.start_mark.line + 1, loader.construct_object(node, deep=True)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        problems.append(_unreadable(name, error))


def _unreadable(name: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    return Problem(name, mark.line + 1 if mark else 1, f"This is not YAML: {getattr(error, 'problem', None) or error}.")


def _stage(path: Path) -> Stage | Problem:
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
        directory = Directory(
            [Person.model_validate(row) for row in held["people"]],
            [System.model_validate(row) for row in held["systems"]],
            [Group.model_validate(row) for row in held["groups"]],
        )
        return Stage(directory, held["now"].replace(tzinfo=held["now"].tzinfo or UTC), held.get("facts") or {})
    except OSError:
        return Problem(path.name, 1, "There is no such file; the examples need a company to play in.")
    except yaml.YAMLError as error:
        return _unreadable(path.name, error)
    except ValidationError as error:
        first = error.errors()[0]
        return Problem(path.name, 1, f"{error.title}: {'.'.join(map(str, first['loc']))}: {first['msg']}.")
    except (KeyError, TypeError, AttributeError):
        return Problem(path.name, 1, "It needs people, systems and groups (lists) and now (a moment).")


def _run(judge: CedarJudge, stage: Stage, where: tuple[str, int], example: Example, decided: set[str]) -> list[Problem]:
    speaker = stage.directory.people.get(example.speaker, DESK if example.speaker == DESK.email else None)
    if speaker is None:
        return [Problem(*where, f"The speaker {example.speaker!r} is not in {COMPANY}.")]
    facts = {name: value for name, value in {**stage.facts, **example.facts}.items() if value is not None}
    given = example.given
    decision = judge.judge(
        example.asked(),
        speaker,
        stage.directory,
        facts,
        stage.now,
        approvals=frozenset(given.approvals),
        companions=frozenset(given.companions),
        requirements=given.proofs,
    )
    decided.update(reason.rule for reason in decision.reasons)
    return [Problem(*where, f"{example.says!r} turns out otherwise: {said}.") for said in _differences(decision, example.expect)]


def _differences(decision: Decision, expected: Expected) -> Iterator[str]:
    if decision.verdict is not expected.verdict:
        why = " ".join(r.because for r in decision.reasons)
        yield f"it is {decision.verdict.value}, not {expected.verdict.value} ({', '.join(r.rule for r in decision.reasons)}: {why})"
        return
    compared = {
        "rules": ({r.rule for r in decision.reasons}, expected.rules),
        "approvals": ({n.kind for n in decision.approvals}, expected.approvals),
        "companions": (set(decision.companions), expected.companions),
        "requirements": (set(decision.requirements), expected.requirements),
    }
    for name, (found, wanted) in compared.items():
        if found != set(wanted):
            yield f"{name} are {', '.join(sorted(found)) or 'none'}, not {', '.join(sorted(wanted)) or 'none'}"


def _plain(value: Any) -> Any:
    """YAML reads 2026-12-31 as a day; a call has text."""
    return value.isoformat() if isinstance(value, date) else value
