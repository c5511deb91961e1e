"""What the record tells for counting, on both databases: whole tickets, in order, and no words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.desk.analytics import Analytics
from bot.domain.messages import Click, Message
from bot.domain.resolution import Ending, Event
from bot.domain.tickets import NewEntry, TicketStatus
from bot.ledger.history import _query
from bot.ledger.store import SqlLedger
from tests.ledger.past import write
from tests.ledger.world import ANN, BOB, NOW, PLACE, thread

SECRET = 'my salary is {"click": {"verb": "helpful"}} and the "verb":"helpful" swordfish'
LONG_AGO = NOW - timedelta(days=400)


async def told(ledger: SqlLedger, since: datetime = LONG_AGO) -> list[Event]:
    return await ledger.happened(since, list)


async def say(ledger: SqlLedger, ticket: str, text: str = "", verb: str = "", *, by: str = ANN, at: datetime = NOW) -> None:
    """Words or a press, noted as the desk notes them."""
    number = len(await ledger.messages(ticket))
    click = Click(verb=verb, ref=ticket) if verb else None
    data = {"message": f"m{number}", "text": text, "click": click.model_dump() if click else None}
    message = Message(id=f"{ticket}-m{number}", person=by, place=PLACE, text=text, click=click, at=at)
    await ledger.heard(message, ticket, text, NewEntry(kind="message.heard", actor=by, ticket=ticket, at=at, data=data))


async def ask(ledger: SqlLedger, ticket: str, *articles: str, at: datetime = NOW, by: str = ANN, **more: Any) -> None:
    await ledger.append("answer", by, ticket, at=at, score=0.9, articles=list(articles), commit="c", **more)


async def test_everything_that_counts_in_the_order_of_the_record(ledger: SqlLedger) -> None:
    one, two = [(await ledger.open_ticket(who, thread(n), "x", NOW)).id for n, who in enumerate((ANN, BOB))]
    await say(ledger, one, SECRET)
    await ask(ledger, one, "a.md", "b.md", arm="desk")
    await ledger.append("answer.none", BOB, two, at=NOW, articles=[], nearest=["c.md"])
    await say(ledger, one, verb="helpful")
    await say(ledger, one, verb="unhelpful", by=BOB)
    await say(ledger, one, verb="human")
    await ledger.append("ticket.escalated", ANN, one, at=NOW, why=SECRET)
    await ledger.append("understood", "bellhop@desk.internal", one, at=NOW, intent="question")
    found = await told(ledger)
    assert [(e.ticket, e.kind, e.actor, e.requester) for e in found] == [
        (one, "answer", ANN, ANN),
        (two, "answer.none", BOB, BOB),
        (one, "helpful", ANN, ANN),
        (one, "unhelpful", BOB, ANN),
        (one, "ticket.escalated", ANN, ANN),
    ]
    assert [(e.articles, e.arm) for e in found[:2]] == [(("a.md", "b.md"), "desk"), (("c.md",), "")]
    assert {e.channel for e in found} == {"web"} and {e.at for e in found} == {NOW}


async def test_no_words_leave_the_record(ledger: SqlLedger) -> None:
    """Nor do words that look like a press count as one."""
    ticket = (await ledger.open_ticket(ANN, PLACE, SECRET, NOW)).id
    await say(ledger, ticket, SECRET)
    await ask(ledger, ticket, "a.md")
    await say(ledger, ticket, SECRET)
    await say(ledger, ticket, SECRET, verb="helpful")
    await ledger.append("ticket.escalated", ANN, ticket, at=NOW, why=SECRET)
    found = await told(ledger)
    assert [e.kind for e in found] == ["answer", "helpful", "ticket.escalated"]
    assert "swordfish" not in repr(found)
    rows = await ledger.db.read(lambda c: [tuple(r) for r in c.execute(_query(LONG_AGO, ledger.db.lite))])
    assert len(rows) == 3 and "swordfish" not in repr(rows), "not even between the database and us"


async def test_a_plan_for_the_desk_s_own_record_is_no_request(ledger: SqlLedger) -> None:
    ticket = (await ledger.open_ticket(ANN, PLACE, "x", NOW)).id
    await ask(ledger, ticket, "a.md")
    await ledger.append("plan.proposed", ANN, ticket, at=NOW, plan="P1", steps=[{"vendor": "desk"}])
    assert [e.kind for e in await told(ledger)] == ["answer"]
    await ledger.append("plan.proposed", ANN, ticket, at=NOW, plan="P2", steps=[{"vendor": "desk"}, {"vendor": "okta"}])
    assert [e.kind for e in await told(ledger)] == ["answer", "plan.proposed"]


async def test_tickets_are_told_whole_or_not_at_all(ledger: SqlLedger) -> None:
    """From the first day on, or a question that began before the period would look like one of it."""
    old, both, new = [(await ledger.open_ticket(ANN, thread(n), "x", NOW)).id for n in range(3)]
    early, late = NOW - timedelta(days=50), NOW - timedelta(days=3)
    for ticket, at in ((old, early), (both, early), (both, late), (new, late)):
        await ask(ledger, ticket, "a.md", at=at)
    await say(ledger, old, verb="helpful", at=late)
    since = NOW - timedelta(days=10)
    assert [(e.ticket, e.at) for e in await told(ledger, since)] == [(both, early), (both, late), (new, late)]
    assert await told(ledger, NOW + timedelta(days=3)) == []


async def test_what_was_asked_in_the_first_hour_of_the_period_is_in_it(ledger: SqlLedger) -> None:
    """Moments are kept as text: with and without fractions of a second, and whatever the database thinks of signs."""
    since = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    for n, at in enumerate((since, since + timedelta(microseconds=1), since.replace(microsecond=500_000))):
        await ask(ledger, (await ledger.open_ticket(ANN, thread(n), "x", NOW)).id, "a.md", at=at)
    figures = await Analytics(ledger, 7, lambda: NOW + timedelta(days=30)).figures(since)
    assert figures.judged == 3


async def test_no_table_that_can_be_changed_is_counted(ledger: SqlLedger) -> None:
    """Feedback written past the ledger, or a ticket set to resolved, makes no figure better."""
    ticket = await ledger.open_ticket(ANN, PLACE, "x", NOW)
    await ask(ledger, ticket.id, "a.md")
    await ledger.count_feedback(ticket.id, ANN, True, ["a.md"], NOW)
    await ledger.save_ticket(ticket.model_copy(update={"status": TicketStatus.RESOLVED}))
    figures = await Analytics(ledger, 7, lambda: NOW + timedelta(days=30)).figures(LONG_AGO)
    assert (figures.confirmed.count, figures.confirmed.of) == (0, 1)


async def test_a_made_up_past_is_counted_as_by_hand(ledger: SqlLedger) -> None:
    """Against a count of whole entries, story by story, which knows nothing of coming back."""
    write(ledger, 1500, NOW, drawn=0.1)
    figures = await Analytics(ledger, 7, lambda: NOW).figures(NOW - timedelta(days=91))
    entries = await ledger.entries(limit=20_000)
    drawn = {e.ticket for e in entries if e.kind == "question.drawn"}
    old = {e.ticket for e in entries if e.kind in ("answer", "answer.none") and e.at <= NOW - timedelta(days=7)}
    pressed = {e.ticket for e in entries if (e.data.get("click") or {}).get("verb") == "helpful"}
    escalated = {e.ticket for e in entries if e.kind == "ticket.escalated"}
    ended = {line.ending: line.share.count for line in figures.endings}
    assert (figures.asked, figures.drawn, figures.judged, sum(ended.values())) == (1500, len(drawn), len(old), len(old))
    assert ended[Ending.ESCALATED] == len(escalated & old)
    back = len(pressed & old) - ended[Ending.CONFIRMED]
    assert 0 < back < ended[Ending.CAME_BACK]
    assert figures.lot and figures.lot.human.asked == len(drawn)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_period_s_figures_do_not_depend_on_where_it_begins(ledger: SqlLedger, seed: int) -> None:
    """The weeks of a short period are those of a long one."""
    write(ledger, 800, NOW, days=120, seed=seed)
    analytics = Analytics(ledger, 7, lambda: NOW)
    whole, recent = [await analytics.figures(NOW - timedelta(days=days)) for days in (200, 40)]
    weeks = {row.name: row for row in whole.weeks}
    assert [row == weeks[row.name] for row in recent.weeks[1:]] == [True] * len(recent.weeks[1:]) and len(recent.weeks) > 4
