"""A made-up past: many people's questions and what became of them, written into the record as the desk would have."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from bot.ledger.audit import append_all
from bot.ledger.chain import Said, say
from bot.ledger.store import SqlLedger
from bot.ledger.tables import TICKETS

BATCH = 2000
ENDS = {"helpful": 44, "silence": 27, "unhelpful": 6, "human": 11, "unknown": 8, "request": 4}
"""How often each story ends how, in per cent, before anybody comes back."""


def write(ledger: SqlLedger, tickets: int, until: datetime, *, days: int = 90, seed: int = 1, drawn: float = 0.0, **more: Any) -> None:
    """Puts so many tickets into an empty record, spread over the days before `until`; `articles` names what they are about."""
    chance = random.Random(seed)
    articles = more.get("articles") or [f"it/article-{n:03}.md" for n in range(120)]
    people = [f"person{n}@corp.example" for n in range(max(3, tickets // 25))]
    moments = sorted(until - timedelta(seconds=chance.uniform(60, days * 86400)) for _ in range(tickets))
    for start in range(0, tickets, BATCH):
        some = list(enumerate(moments[start : start + BATCH], start + 1001))

        def work(connection: Connection, some: list[tuple[int, datetime]] = some) -> None:
            stories = [(n, at, chance.choice(people), chance.choice(("slack", "slack", "teams", "web"))) for n, at in some]
            connection.execute(insert(TICKETS), [_ticket(*story) for story in stories])
            entries = [s for n, at, who, _ in stories for s in _story(f"BH-{n}", at, who, chance, articles, drawn)]
            append_all(connection, entries)

        ledger.db.write_now(work)


def _ticket(number: int, at: datetime, who: str, channel: str) -> dict[str, Any]:
    fixed = {
        "conversation": who,
        "thread": f"t{number}",
        "summary": "words of somebody",
        "status": "answered",
        "assignee": None,
        "draft": {},
    }
    return {"number": number, "id": f"BH-{number}", "requester": who, "channel": channel, "created": at, "updated": at, **fixed}


def _story(ticket: str, at: datetime, who: str, chance: random.Random, articles: list[str], drawn: float) -> Iterator[Said]:
    first = int(min(chance.expovariate(6 / len(articles)), len(articles) - 1))
    found = [articles[(first + n) % len(articles)] for n in (0, 7, 13)]
    end = chance.choices(list(ENDS), list(ENDS.values()))[0]
    heard = {"message": f"m-{ticket}", "text": "why is " + "the thing that i use so very slow " * 3, "click": None}
    yield say("message.heard", who, ticket, at, heard)
    yield say("understood", "bellhop@desk.internal", ticket, at, {"intent": "question", "calls": [], "open": []})
    human = drawn and chance.random() < drawn
    arm = {"arm": "human" if human else "desk"} if drawn else {}
    if human:
        yield say("question.drawn", who, ticket, at, {"nearest": found, **arm})
        yield say("ticket.escalated", "bellhop@desk.internal", ticket, at, {"why": "lot"})
        solved = at + timedelta(minutes=chance.lognormvariate(5.5, 1))
        yield say("ticket.resolved", "analyst@corp.example", ticket, solved, {"reason": ""})
        if chance.random() < 0.55:
            yield _press(who, ticket, solved + timedelta(minutes=5), "helpful")
        return
    kind = "answer.none" if end == "unknown" else "answer"
    told = {"score": 0.7, "commit": "c0ffee", "articles": [] if end == "unknown" else found, **arm}
    yield say(kind, who, ticket, at, {**told, **({"nearest": found} if end == "unknown" else {})})
    later = at + timedelta(minutes=chance.lognormvariate(2, 1))
    if end in ("helpful", "unhelpful"):
        yield _press(who, ticket, later, end)
    elif end == "human":
        yield say("ticket.escalated", who, ticket, later, {"why": "Asked for a human."})
    elif end == "request":
        yield say("plan.proposed", who, ticket, later, {"plan": "P", "steps": [{"vendor": "demo"}]})


def _press(who: str, ticket: str, at: datetime, verb: str) -> Said:
    return say("message.heard", who, ticket, at, {"message": "m", "text": "", "click": {"verb": verb, "ref": ticket}})
