"""The App Home: where one's own matters stand, and what waits for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.channels.slack.cards import capital, guarded, sheet, sign
from bot.channels.slack.sheet import Limits, lay
from bot.channels.slack.text import Json, Unit, context, header, link, literal, mrkdwn, short, when
from bot.domain.home import Access, Home
from bot.domain.messages import Post
from bot.domain.tickets import Ticket

_CARDS = 5
_CARD = Limits(10, 20_000, 6000)
_ROWS = 12


def home_view(home: Home, company: str, links: Mapping[str, str] | None = None) -> Json:
    """The page of one person. `links` leads to tickets' threads, by ticket."""
    known = links or {}
    blocks = [
        header(f"Hello {home.name}"),
        context(f"{literal(company)} IT help desk. Write to me under Messages, or mention me in a channel; every need has its own thread."),
        *_approvals(home.approvals),
        *_tickets("My open tickets", home.tickets, known, "Nothing is open. Write to me whenever you need something."),
        *_access(home.access),
    ]
    if home.analyst:
        blocks += _tickets("Help desk queue", home.queue, known, "Nobody is waiting. Well done.", who=True)
    return {"type": "home", "blocks": blocks}


def nobody_home_view(sentence: str) -> Json:
    """The page of somebody whom the desk does not know, with the reason why."""
    return {"type": "home", "blocks": [header("Hello"), {"type": "section", "text": mrkdwn(literal(short(sentence, 2500)) or "–")}]}


def _approvals(posts: Sequence[Post]) -> list[Json]:
    if not posts:
        return []
    drawn = [header("Waiting for your answer")]
    for n, post in enumerate(posts[:_CARDS]):
        made = sheet(post.reply)
        made = replace(made, units=_joined(made.units))
        laid = lay(made, _CARD, post.ref)
        if laid.cut:
            laid = lay(replace(made, buttons=guarded(made.buttons)), _CARD, post.ref)
        drawn += [*(numbered(b, n) for b in laid.blocks), {"type": "divider"}]
    if len(posts) > _CARDS:
        drawn.append(context(f"{len(posts) - _CARDS} more wait in your messages from me."))
    return drawn


def numbered(block: Json, number: int) -> Json:
    """The block with an id that no other card's block has; what stands behind its number stays."""
    if "block_id" not in block:
        return block
    prefix, place, at = block["block_id"].split(":", 2)
    return {**block, "block_id": f"{prefix}:{place}.{number}:{at}"}


def _joined(units: Sequence[Unit]) -> list[Unit]:
    """A card's units in as few blocks as they fit into: what had a block of its own has an empty line above it."""
    before = [None, *units]
    apart = [u.opens and not u.leads and b is not None and not b.leads for b, u in zip(before, units, strict=False)]
    return [replace(u, opens=u.leads, text=f"\n{u.text}" if a else u.text) for a, u in zip(apart, units, strict=True)]


def _tickets(title: str, tickets: Sequence[Ticket], links: Mapping[str, str], none: str, *, who: bool = False) -> list[Json]:
    rows = [_ticket(t, links.get(t.id, ""), who) for t in tickets[:_ROWS]]
    if len(tickets) > _ROWS:
        rows.append(context(f"and {len(tickets) - _ROWS} more"))
    return [header(title), *(rows or [context(none)])]


def _ticket(ticket: Ticket, url: str, who: bool) -> Json:
    number = short(ticket.id, 40)
    name = link(url, number) or literal(number)
    asked = f"{literal(short(ticket.requester, 150))} · " if who else ""
    told = (
        f"*{name}*  {literal(short(ticket.summary, 200))}\n{sign(ticket.status)} {capital(ticket.status)} · {asked}{when(ticket.updated)}"
    )
    return {"type": "section", "text": mrkdwn(told)}


def _access(access: Sequence[Access]) -> list[Json]:
    """Soonest end first, open-ended last."""
    ordered = sorted(access, key=lambda a: (a.until is None, a.until.timestamp() if a.until else 0, a.system))
    rows = [f"• *{literal(short(a.system, 100))}*, {literal(short(a.level, 60))}{_until(a.until)}" for a in ordered[:30]]
    if len(ordered) > 30:
        rows.append(f"and {len(ordered) - 30} more")
    parts = ["\n".join(rows[n : n + 8]) for n in range(0, len(rows), 8)]
    told: list[Json] = [{"type": "section", "text": mrkdwn(part)} for part in parts]
    return [header("My access"), *(told or [context("You have no access on record. Ask me for what you need.")])]


def _until(until: datetime | None) -> str:
    return f" · ends {when(until)}" if until else ""
