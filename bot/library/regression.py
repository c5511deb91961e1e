"""Which golden questions changed between two states of the knowledge, as a report for people and for pull requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.library.golden import Golden, Result

SHOWN = 60
"""Rows of a table."""
LONGEST = 60_000
"""Characters of a report; GitHub takes comments of 65,536."""

Kind = Literal["fails now", "still fails", "mended", "changed", "new", "no longer asked", "as before"]
_HEADS: dict[Kind, str] = {
    "fails now": "Fails now",
    "still fails": "Failed before and still does",
    "mended": "Mended",
    "changed": "Passes as before, from elsewhere",
    "new": "New, and passes",
    "no longer asked": "No longer asked",
}


@dataclass(frozen=True)
class Change:
    """One golden question before and after; None where it was not asked."""

    before: Result | None
    after: Result | None

    @property
    def kind(self) -> Kind:
        """What became of it. A question that is new and fails, fails now."""
        if self.after is None:
            return "no longer asked"
        if not self.after.passed:
            return "still fails" if self.before and not self.before.passed else "fails now"
        if self.before is None:
            return "new"
        if not self.before.passed:
            return "mended"
        same = self.before.said == self.after.said and self.before.golden == self.after.golden
        return "as before" if same else "changed"

    @property
    def question(self) -> str:
        return self._asked.ask

    @property
    def asker(self) -> str:
        return ", ".join(self._asked.asker)

    @property
    def _asked(self) -> Golden:
        found = self.after or self.before
        assert found is not None  # a change is of something
        return found.golden

    @property
    def was(self) -> str:
        return _shown(self.before)

    @property
    def now(self) -> str:
        return _shown(self.after)

    @property
    def expected(self) -> str:
        """What is expected now, and before if that was something else."""
        now, was = (r.golden.expects if r else "" for r in (self.after, self.before))
        return f"{now} (before: {was})" if now and was and now != was else now or was

    def __str__(self) -> str:
        arrow = f"{self.was} → {self.now}" if self.before else self.now
        return f"{self.kind}: “{self.question}” (as {self.asker}): {arrow}; expected: {self.expected}"


def _shown(result: Result | None) -> str:
    return f"{result.said} ({result.score:.2f})" if result else "not asked"


def compare(before: Sequence[Result], after: Sequence[Result]) -> list[Change]:
    """Each question once: those asked now, then those that no longer are."""
    old = {result.golden.key: result for result in before}
    new = {result.golden.key for result in after}
    return [*(Change(old.get(r.golden.key), r) for r in after), *(Change(r, None) for r in before if r.golden.key not in new)]


def failures(changes: Sequence[Change]) -> list[Change]:
    """Those that a change is to blame for."""
    return [change for change in changes if change.kind == "fails now"]


def markdown(changes: Sequence[Change], errors: Sequence[str], warnings: Sequence[str], base: str) -> str:
    """The report as a pull-request comment. `base` names what it is compared with; "" where it is with nothing."""
    bad = len(failures(changes)) + len(errors)
    against = f" against {_cell(base)}" if base else ""
    return _cut(
        [
            f"### Knowledge check{against}: {'**failed**' if bad else 'passed'}",
            "",
            f"{_count(changes)}. {_number(len(errors), 'problem')} in the articles, {_number(len(warnings), 'warning')}.",
            *_tables(changes),
            *_listed("Problems", errors),
            *_listed("Warnings", warnings),
            "",
        ]
    )


def _cut(parts: Sequence[str]) -> str:
    """The parts as one text that a pull request takes; cut at a line."""
    text = "\n".join(parts)
    return text if len(text) <= LONGEST else text[:LONGEST].rpartition("\n")[0] + "\n\n… and more: the report is cut here.\n"


def _count(changes: Sequence[Change]) -> str:
    kinds = [change.kind for change in changes]
    counted = [f"{kinds.count(kind)} {kind}" for kind in (*_HEADS, "as before") if kind in kinds]
    return f"{_number(len(changes), 'golden question')}{': ' if counted else ''}{', '.join(counted)}"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _tables(changes: Sequence[Change]) -> Iterator[str]:
    for kind, head in _HEADS.items():
        rows = [change for change in changes if change.kind == kind]
        if rows:
            yield f"\n#### {head} ({len(rows)})\n\n| question | asked as | expected | before | now |\n| --- | --- | --- | --- | --- |"
            for row in rows[:SHOWN]:
                yield "| " + " | ".join(_cell(text) for text in (row.question, row.asker, row.expected, row.was, row.now)) + " |"
            if len(rows) > SHOWN:
                yield f"\n… and {len(rows) - SHOWN} more."


def _listed(head: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"\n#### {head} ({len(lines)})\n"
        yield from (f"- {_cell(line)}" for line in lines[:SHOWN])
        if len(lines) > SHOWN:
            yield f"- … and {len(lines) - SHOWN} more."


def _cell(text: str) -> str:
    """Text as text: nothing in it becomes markup, mentions anybody or breaks a table."""
    line = " ".join(text.split())[:500].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
    return "".join("\\" + c if c in "\\`*_[]|#!~" else c for c in line)
