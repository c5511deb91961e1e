"""The list of gaps as a terminal shows it, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.library.articles import Article
from bot.library.gaps.branches import Written
from bot.library.gaps.draft import folder_of, outcomes, owner_of
from bot.library.gaps.find import Gap

SHOWN = 3
"""Questions shown of each gap."""
_STATES = {
    "new": "a new branch",
    "updated": "written anew, there is more to it",
    "as before": "nothing new",
    "taken over": "left alone, somebody works on it",
}


def text(gaps: Sequence[Gap], least: int, since: datetime, articles: Mapping[str, Article]) -> Iterator[str]:
    """Line by line: those of at least `least` people one by one, the others in one sentence."""
    shown = [gap for gap in gaps if gap.people >= least]
    total = sum(gap.size for gap in gaps)
    if not gaps:
        yield f"Since {since:%Y-%m-%d} nothing was asked in vain that the articles do not answer by now."
        return
    topics = f"{_count(len(shown), 'topic')}:" if shown else "No topic"
    many = "" if least == 1 else f" that {least} people or more asked about"
    yield f"Since {since:%Y-%m-%d}, {_count(total, 'question')} asked in vain. {topics.rstrip(':')}{many}{':' if shown else '.'}"
    for number, gap in enumerate(shown, 1):
        yield ""
        yield f"{number:3}. {gap.name}: {_people(gap.people)}, {_count(gap.size, 'question')}, {_when(gap)}{_for(gap)}"
        yield from (f"     {line}" for line in _about(gap, articles))
    few = [gap for gap in gaps if gap.people < least]
    if few:
        yield ""
        yield f"Besides, {_count(sum(gap.size for gap in few), 'question')} that fewer people asked (--least 1 lists them, by topic)."


def _about(gap: Gap, articles: Mapping[str, Article]) -> Iterator[str]:
    yield from (f"“{line}”" for line in gap.lines[:SHOWN])
    if not gap.lines:
        yield "(too few people asked to show their words)"
    yield outcomes(gap)
    yield what_to_do(gap, articles)


def what_to_do(gap: Gap, articles: Mapping[str, Article]) -> str:
    """One sentence: improve which article, or write one where, and what there is to begin with."""
    folder = folder_of(gap)
    owner = articles[gap.improve].owner if gap.improve in articles else owner_of(folder, articles)
    whose = f" ({owner})" if owner else ""
    told = f"; {_count(len(gap.answers), 'answer')} by colleagues to begin with" if gap.answers else ""
    if gap.improve:
        return f"-> improve {gap.improve}{whose}{told}"
    near = f"; nearest is {gap.nearest[0]}" if gap.nearest else ""
    return f"-> write a new article in {folder or 'the knowledge folder'}{'/' if folder else ''}{whose}{near}{told}"


def drafted(written: Sequence[Written]) -> Iterator[str]:
    """What became of each draft."""
    for one in written:
        at = f" at {one.tip[:10]}" if one.tip else ""
        yield f"{one.name}{at}: {_STATES[one.state] if at or one.state != 'new' else 'a new file'}"


def as_json(gap: Gap, articles: Mapping[str, Article]) -> dict[str, Any]:
    """One gap as a JSON object."""
    return {
        "name": gap.name,
        "audience": gap.audience,
        "people": gap.people,
        "questions": gap.size,
        "first": gap.first.isoformat(),
        "last": gap.last.isoformat(),
        "outcomes": {str(outcome): count for outcome, count in sorted(gap.outcomes.items())},
        "lines": list(gap.lines),
        "tickets": list(gap.tickets),
        "nearest": list(gap.nearest),
        "improve": gap.improve,
        "answers": [{"ticket": spoken.ticket, "lines": list(spoken.lines)} for spoken in gap.answers],
        "owner": articles[gap.improve].owner if gap.improve in articles else owner_of(folder_of(gap), articles),
    }


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def _when(gap: Gap) -> str:
    first, last = f"{gap.first:%Y-%m-%d}", f"{gap.last:%Y-%m-%d}"
    return first if first == last else f"{first} to {last}"


def _for(gap: Gap) -> str:
    return "" if gap.audience == "everyone" else f" (only for {gap.audience})"
