"""The JSON-lines doors: one line out for each in, in order, whatever is in them."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.console.doors import MAX_LINE, bounded, judge_door, replies_json, search_door, understand_door
from bot.desk.ports import Context, Found
from bot.domain.calls import Call
from bot.domain.decisions import Decision, Need, Reason, Verdict
from bot.domain.directory import Directory
from bot.domain.messages import Answer, Post, Text
from bot.domain.people import Person
from bot.domain.tickets import Place
from bot.domain.understanding import Gap, Intent, Understanding
from bot.errors import BadArguments
from tests.channels.conftest import JOHN, SAM
from tests.channels.echo import company

NOW = "2026-11-23T09:00:00+00:00"


class Books:
    """Implements ports.Library: knows one word."""

    async def search(self, question: str, audiences: frozenset[str]) -> Found:
        if question == "boom":
            raise RuntimeError("inner detail")
        answer = Answer(text="Yes") if question == "known" else None
        return Found(answer, 0.5, ranking=tuple(f"{a}/{n}.md" for a in sorted(audiences) for n in range(12)), passages=({"path": "a.md"},))


class Parrot:
    """Implements ports.Understander: one call with gaps."""

    async def understand(
        self, text: str, speaker: Person, directory: Directory, now: datetime, context: Context = Context()
    ) -> Understanding:
        call = Call(action="access.revoke", arguments={"said": text, "by": speaker.email, "at": now.isoformat()})
        gaps = (Gap(call=0, argument="person", choices=(JOHN, SAM), said="John"), Gap(call=0, argument="system"))
        return Understanding(intent=Intent.CLARIFY, calls=(call,), gaps=gaps)


class Scales:
    """Implements ports.Judge: asks for what the facts say."""

    digest = "x"

    def facts_for(self, call: Call) -> frozenset[str]:
        return frozenset({"given", "fetched"})

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
        if call.action == "odd":
            raise BadArguments("odd: person: Field required")
        because = f"{sorted((k, sorted(v) if isinstance(v, frozenset) else v) for k, v in facts.items())}"
        needs = (Need(kind="security", stage=2), Need(kind="manager", quorum=2, approvers=(SAM,)))
        return Decision(
            verdict=Verdict.ASK,
            approvals=needs,
            companions=("calendar.reassign",),
            requirements=("verification",),
            reasons=(Reason(rule="r", because=because),),
        )


async def collect(lines: AsyncIterator[str]) -> list[dict[str, Any]]:
    return [json.loads(line) async for line in lines]


def audiences(email: str | None) -> frozenset[str]:
    return frozenset({company().person(email).first_name}) if email else frozenset({"everyone"})


BROKEN = [
    "{",
    "[1]",
    "null",
    '{"id": 7}',
    '{"id": 8, "query": 5, "text": 5, "speaker": 5, "call": 5}',
    b"\xff\xfe",
    "[" * 100_000,
    '{"id": "x' + "x" * MAX_LINE + '"}',
]


@pytest.mark.parametrize("door", ["search", "understand", "judge"])
async def test_broken_lines_never_stop_the_stream(door: str) -> None:
    good = json.dumps(
        {"id": "good", "query": "known", "text": "t", "speaker": SAM, "now": NOW, "call": {"action": "a", "arguments": {}}, "facts": {}}
    )
    lines = [good, *BROKEN, "", good]
    told = await collect(open_door(door, lines))
    assert len(told) == len(BROKEN) + 2
    assert told[0] == told[-1]
    assert "error" not in told[0]
    assert all(set(t) == {"id", "error"} and t["error"] for t in told[1:-1])
    assert [t["id"] for t in told[4:6]] == [7, 8]


def open_door(door: str, lines: list[Any]) -> AsyncIterator[str]:
    if door == "search":
        return search_door(lines, Books(), audiences)
    if door == "understand":
        return understand_door(lines, Parrot(), company())
    return judge_door(lines, Scales(), company(), nothing)


async def nothing(call: Call, speaker: Person, now: datetime, names: frozenset[str]) -> dict[str, Any]:
    return {}


async def test_search() -> None:
    lines = [
        {"id": 1, "query": "known", "as": SAM},
        {"id": 2, "query": "?"},
        {"id": 3, "query": "boom"},
        {"id": 4, "query": "x", "as": "no@x"},
    ]
    told = await collect(search_door(map(json.dumps, lines), Books(), audiences))
    assert told[0] == {
        "id": 1,
        "answered": True,
        "score": 0.5,
        "ranking": [f"Sam/{n}.md" for n in range(10)],
        "passages": [{"path": "a.md"}],
    }
    assert (told[1]["answered"], told[1]["ranking"][0]) == (False, "everyone/0.md")
    assert "inner detail" not in told[2]["error"]
    assert "no@x" in told[3]["error"]


async def test_understand() -> None:
    line = json.dumps({"id": "u", "text": "Remove John", "speaker": SAM, "now": "2026-11-23T09:00:00"})
    (told,) = await collect(understand_door([line], Parrot(), company()))
    assert told["kind"] == "clarify"
    assert told["calls"] == [{"action": "access.revoke", "arguments": {"said": "Remove John", "by": SAM, "at": NOW}}]
    assert told["clarify"] == [
        {"argument": "person", "call": 0, "choices": [JOHN, SAM]},
        {"argument": "system", "call": 0, "missing": True},
    ]


@pytest.mark.parametrize("wrong", [{"speaker": "victor.hale@brightwater.example"}, {"speaker": "nobody@x"}, {"now": "soon"}, {"now": 5}])
async def test_speaker_and_moment_are_checked(wrong: dict[str, Any]) -> None:
    line = json.dumps({"id": 1, "text": "t", "speaker": SAM, "now": NOW} | wrong)
    (told,) = await collect(understand_door([line], Parrot(), company()))
    assert set(told) == {"id", "error"}


async def test_judge_fetches_what_is_not_given() -> None:
    asked: list[frozenset[str]] = []

    async def fetch(call: Call, speaker: Person, now: datetime, names: frozenset[str]) -> dict[str, Any]:
        asked.append(names)
        return dict.fromkeys(names, "fetched")

    line = {"id": 1, "call": {"action": "a", "arguments": {}}, "speaker": SAM, "now": NOW, "facts": {"given": ["b", "a"]}}
    both = line | {"facts": {"given": 1, "fetched": 2}}
    odd = line | {"call": {"action": "odd"}}
    told = await collect(judge_door(map(json.dumps, [line, both, odd]), Scales(), company(), fetch))
    assert told[0] == {
        "id": 1,
        "outcome": "ask",
        "approvals": ["manager", "security"],
        "companions": ["calendar.reassign"],
        "requirements": ["verification"],
        "reasons": [{"rule": "r", "because": "[('fetched', 'fetched'), ('given', ['a', 'b'])]"}],
        "needs": [
            {"kind": "security", "stage": 2, "quorum": 1, "rules": []},
            {"kind": "manager", "stage": 1, "quorum": 2, "rules": []},
        ],
    }
    assert asked == [frozenset({"fetched"}), frozenset({"fetched"})]
    assert told[2] == {"id": 1, "error": "odd: person: Field required"}


def test_endless_lines_are_cut() -> None:
    stream = io.BytesIO(b"a\n" + b"x" * 50 + b"\nb\n" + b"y" * 10)
    assert list(bounded(stream, 8)) == [b"a\n", b"x" * 9, b"b\n", b"y" * 9]
    assert list(bounded(io.StringIO("12345678\n9"), 8)) == ["12345678\n", "9"]


async def test_one_line_is_held_at_a_time() -> None:
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for n in range(1000):
            taken = n + 1
            yield json.dumps({"id": n, "query": "known"})

    door = search_door(lines(), Books(), audiences)
    assert json.loads(await anext(door))["id"] == 0
    assert taken == 1


def test_replies_as_json() -> None:
    place = Place(channel="console", conversation=SAM, thread="t")
    post = Post(ticket="BH-1", audience="requester", key="k", place=place, reply=Text(text="hi"), at=datetime(2026, 1, 1, tzinfo=UTC))
    (told,) = replies_json([post])
    assert json.loads(json.dumps(told))["reply"] == {"kind": "text", "text": "hi", "buttons": []}
