"""Numbers of tickets, as people write them."""

from __future__ import annotations

import re

from bot.language.phrases.clauses import sentences

TICKET = re.compile(
    r"\b(?P<id>bh-\d{1,8}|(?<=\bticket )[a-z]{2,6}-\d{2,8})\b|"
    r"(?:#|\btickets? (?:numbers? |no\.? )?|\bcase |\brequest )(?P<number>\d{1,8})\b"
)
_NUMBER = r"(?:ticket |case )?(?:(?:bh-|#)\d{1,8}|\d{3,8})\b"
_NEXT_TICKET = re.compile(
    rf"\s*(?:&|\+|/|(?:,\s*)?\b(?:and|plus)\b)\s*(?:also )?{_NUMBER}"
    r"(?!\s+(?:stays?|is|was|remains?|has|needs|(?:should|must) (?:stay|remain|not))\b)|"
    rf"\s*,\s*{_NUMBER}"
    r"(?=\s*(?:$|[,.;:!?&+/]|\b(?:and|please|pls|as|because|too|today|now|asap|both|with|that|are|were)\b))"
)
"""How a list of tickets goes on: not where the next one is what something else is said of ("…, BH-1002 stays open")."""


def tickets(folded: str) -> list[str]:
    """Ticket numbers as they are kept ("BH-1001"): the first one named, and those of a list that begins with it."""
    match = TICKET.search(folded)
    if not match:
        return []
    found = [match["id"].upper() if match["id"] else f"BH-{match['number']}"]
    while match := _NEXT_TICKET.match(folded, match.end()):
        found.append(f"BH-{re.sub(r'[^0-9]', '', match.group())}")
    return found


def ticket(folded: str) -> str | None:
    """The first ticket number, as it is kept."""
    return next(iter(tickets(folded)), None)


def ticket_before(folded: str, start: int) -> str | None:
    """The ticket spoken of in the sentence before this place, or so far in its own: "BH-1001 works again. You may close it"."""
    near = [a for a, _ in sentences(folded[:start])][-2:]
    return ticket(folded[near[0] : start]) if near else None
