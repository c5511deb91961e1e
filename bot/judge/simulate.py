"""What two policy sets make of the same calls, and which outcomes flip because of which rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.desk.ports import Judge
from bot.domain.calls import Call
from bot.domain.decisions import Decision
from bot.domain.directory import Directory
from bot.domain.people import Person


@dataclass(frozen=True)
class Case:
    """A call that was made or might be: who asks, what is true, what had been given."""

    call: Call
    speaker: Person
    now: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    approvals: frozenset[str] = frozenset()
    companions: frozenset[str] = frozenset()
    requirements: Mapping[str, str] = field(default_factory=dict)
    label: str = ""


@dataclass(frozen=True)
class Compared:
    """One case under both policy sets. `gone` and `new` are the rules that decide only before, only after."""

    case: Case
    before: Decision
    after: Decision
    gone: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def flips(self) -> bool:
        """Whether the outcome is another: the verdict, or what would be asked for."""
        return _outcome(self.before) != _outcome(self.after)

    def __str__(self) -> str:
        what = f"{self.case.label or self.case.call.action} by {self.case.speaker.email}"
        if not self.flips:
            return f"{what}: {said(self.after)}, as before"
        return f"{what}: {said(self.before)} → {said(self.after)}{self._why()}"

    def _why(self) -> str:
        parts = [f"{', '.join(rules)} {verb}" for rules, verb in ((self.new, "now decides"), (self.gone, "no longer does")) if rules]
        return f" ({'; '.join(parts)})" if parts else ""


def simulate(cases: Iterable[Case], directory: Directory, before: Judge, after: Judge) -> Iterator[Compared]:
    """Judges each case by both, one at a time, in order."""
    for case in cases:
        one, other = (_judge(judge, case, directory) for judge in (before, after))
        was, now = ({r.rule for r in d.reasons} for d in (one, other))
        yield Compared(case, one, other, tuple(sorted(was - now)), tuple(sorted(now - was)))


def said(decision: Decision) -> str:
    """A decision in a few words: "ask (manager, then security; beside it calendar.reassign)"."""
    stages: dict[int, list[str]] = {}
    for need in decision.approvals:
        stages.setdefault(need.stage, []).append(need.kind + (f" ×{need.quorum}" if need.quorum > 1 else ""))
    wants = [", then ".join(" and ".join(kinds) for _, kinds in sorted(stages.items()))] if stages else []
    wants += [f"beside it {', '.join(decision.companions)}"] if decision.companions else []
    wants += [f"proof of {', '.join(decision.requirements)}"] if decision.requirements else []
    return f"{decision.verdict.value} ({'; '.join(wants)})" if wants else decision.verdict.value


def _judge(judge: Judge, case: Case, directory: Directory) -> Decision:
    return judge.judge(
        case.call,
        case.speaker,
        directory,
        case.facts,
        case.now,
        approvals=case.approvals,
        companions=case.companions,
        requirements=case.requirements,
    )


def _outcome(decision: Decision) -> tuple[Any, ...]:
    needs = frozenset((n.kind, n.stage, n.quorum) for n in decision.approvals)
    return decision.verdict, needs, frozenset(decision.companions), frozenset(decision.requirements)
