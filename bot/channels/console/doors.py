"""The machine-readable doors: JSON lines in, JSON lines out, one for one and in order. Nothing is executed.

A line that cannot be answered gets ``{"id": …, "error": "a sentence"}`` in its place and never stops the stream. One line is held
at a time, so memory does not grow with the stream.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any

from bot.desk.ports import Judge, Library, Understander
from bot.domain.calls import Call
from bot.domain.directory import Directory
from bot.domain.messages import Post
from bot.domain.people import Person, Standing
from bot.domain.understanding import Understanding
from bot.errors import BadInput, BellhopError, NotAllowed

log = logging.getLogger(__name__)

MAX_LINE = 1_000_000
"""Longest line taken, in characters or bytes."""

Lines = Iterable[str | bytes]
FetchFacts = Callable[[Call, Person, datetime, frozenset[str]], Awaitable[Mapping[str, Any]]]
"""`(call, speaker, now, names) -> facts`: what is true now of the facts named, from the record and the vendors."""
Answer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def bounded(stream: IO[Any], limit: int = MAX_LINE) -> Iterator[Any]:
    """The stream's lines, cut one past `limit`, so that an endless line is refused instead of filling the memory."""
    while line := stream.readline(limit + 1):
        yield line
        while len(line) > limit and line[-1:] not in ("\n", b"\n"):
            line = stream.readline(limit + 1)
            if not line:
                return


async def _door(lines: Lines, answer: Answer) -> AsyncIterator[str]:
    for line in lines:
        if not line.strip():
            continue
        asked: dict[str, Any] = {}
        try:
            asked = _object(line)
            told = {"id": asked.get("id"), **await answer(asked)}
        except BellhopError as error:
            told = {"id": asked.get("id"), "error": str(error)}
        except Exception:  # one line must not cost the others theirs; the log says what broke
            log.exception("could not answer line %r", asked.get("id"))
            told = {"id": asked.get("id"), "error": "Something went wrong on our side; the log has the details."}
        yield json.dumps(told, default=str)


def _object(line: str | bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise BadInput(f"The line is longer than {MAX_LINE:,} characters.")
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"This is not valid JSON: {error}") from None
    if not isinstance(data, dict):
        raise BadInput("Each line must be a JSON object.")
    return data


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str):
        raise BadInput(f"{name!r} must be text.")
    return value.encode("utf-8", "replace").decode()


def _now(asked: Mapping[str, Any]) -> datetime:
    """The moment the line says it is; UTC where it names no zone, and the present where it says nothing."""
    value = asked.get("now")
    if value is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(_text(asked, "now"))
    except ValueError:
        raise BadInput(f"'now' must be an ISO date and time, not {value!r}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _speaker(asked: Mapping[str, Any], directory: Directory) -> Person:
    person = directory.person(_text(asked, "speaker"))
    if person.status is Standing.OFFBOARDED:
        raise NotAllowed(f"{person.name} no longer works here, so nobody can ask as them.")
    return person


async def search_door(lines: Lines, library: Library, audiences: Callable[[str | None], frozenset[str]]) -> AsyncIterator[str]:
    """``{id, query, as?}`` → ``{id, answered, score, ranking, passages}``, and `ask` where the desk would ask which case is meant. That
    does not count as answered, nor does what is only the closest there is. `audiences` says what an e-mail address may read, or what
    anyone may where a line names nobody."""

    async def answer(asked: dict[str, Any]) -> dict[str, Any]:
        reader = _text(asked, "as") if asked.get("as") is not None else None
        found = await library.search(_text(asked, "query"), audiences(reader))
        return {
            "answered": found.answer is not None and not found.answer.closest and not found.options,
            "score": round(found.score, 6),
            "ranking": list(found.ranking[:10]),
            "passages": [dict(p) for p in found.passages],
            **({"ask": [{"path": o.path, "label": o.label} for o in found.options]} if found.options else {}),
        }

    async for line in _door(lines, answer):
        yield line


async def understand_door(lines: Lines, understander: Understander, directory: Directory) -> AsyncIterator[str]:
    """``{id, text, speaker, now}`` → ``{id, kind, calls, clarify}``."""

    async def answer(asked: dict[str, Any]) -> dict[str, Any]:
        text, speaker = _text(asked, "text"), _speaker(asked, directory)
        return understanding_json(await understander.understand(text, speaker, directory, _now(asked)))

    async for line in _door(lines, answer):
        yield line


def understanding_json(understood: Understanding) -> dict[str, Any]:
    """What was meant, as the door says it: each gap names what is missing, or the values to choose from."""
    return {
        "kind": str(understood.intent),
        "calls": [c.model_dump(mode="json") for c in understood.calls],
        "clarify": [
            {"argument": g.argument, "call": g.call, **({"choices": list(g.choices)} if g.choices else {"missing": True})}
            for g in understood.gaps
        ],
    }


async def judge_door(lines: Lines, judge: Judge, directory: Directory, fetch: FetchFacts) -> AsyncIterator[str]:
    """``{id, call: {action, arguments}, speaker, now, facts}`` → ``{id, outcome, approvals, companions, requirements, reasons}``.

    A fact that the line does not give is fetched. `approvals` are kinds in the order of their stages; `needs` has the whole of each.
    """

    async def answer(asked: dict[str, Any]) -> dict[str, Any]:
        call, speaker, now = _call(asked), _speaker(asked, directory), _now(asked)
        given = asked.get("facts") or {}
        if not isinstance(given, dict):
            raise BadInput("'facts' must be an object of names and values.")
        facts = _typed(given)
        if missing := judge.facts_for(call) - facts.keys():
            facts = {**await fetch(call, speaker, now, missing), **facts}
        decision = judge.judge(call, speaker, directory, facts, now)
        return {
            "outcome": str(decision.verdict),
            "approvals": [n.kind for n in sorted(decision.approvals, key=lambda n: n.stage)],
            "companions": list(decision.companions),
            "requirements": list(decision.requirements),
            "reasons": [r.model_dump() for r in decision.reasons],
            "needs": [n.model_dump(mode="json", exclude={"approvers", "steps"}) for n in decision.approvals],
        }

    async for line in _door(lines, answer):
        yield line


def _call(asked: Mapping[str, Any]) -> Call:
    given = asked.get("call")
    if not isinstance(given, dict) or not isinstance(given.get("action"), str) or not isinstance(given.get("arguments", {}), dict):
        raise BadInput('\'call\' must be {"action": …, "arguments": {…}}.')
    return Call(action=given["action"], arguments=given.get("arguments", {}))


def _typed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no sets: a list is one."""
    return {name: frozenset(map(str, value)) if isinstance(value, list) else value for name, value in facts.items()}


def replies_json(posts: Sequence[Post]) -> list[dict[str, Any]]:
    """Posts as `bellhop ask --json` prints them: where each was said, and the reply as it stands."""
    return [
        {
            "ticket": p.ticket,
            "audience": p.audience,
            "place": p.place.model_dump(),
            "at": p.at.isoformat(),
            "reply": p.reply.model_dump(mode="json"),
        }
        for p in posts
    ]
