"""The parts of an Adaptive Card 1.5, as plain dicts, and how many of them fit into one message.

Words that a person, an article or a model wrote are shown as text runs, which Teams shows as they are. A TextBlock reads markdown, so
it only ever holds words of our own; titles and labels go through `flat`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from bot.domain.markup import clean, quiet

Element = dict[str, Any]

ROOM = 25_000
"""Bytes of a card. Teams takes 28 KB for a whole message, counted in UTF-16; the rest is for what stands around the card."""
RUN = 800
"""Characters that one text block holds; longer ones go on in the next, so that a card can be cut between them."""
_LONG = 25
_GAP = "\u200b"
_CALLS = re.compile(r"\{(?=\{)|<(?=/?at\b)", re.I)


def safe(text: str) -> str:
    """The text with every mention and card function (``{{DATE(…)}}``) broken, without control characters."""
    text = quiet(text if text.isprintable() else clean(text))
    return _CALLS.sub(lambda m: m[0][0] + _GAP + m[0][1:], text)


def flat(text: str, limit: int = 200) -> str:
    """The text as one line of at most `limit` characters, for titles and labels: even where these read markdown, it holds none."""
    line = " ".join(safe(text[: 10 * limit]).split())
    line = re.sub(r"\](?=\()|(?<=[a-zA-Z]):(?=//)|[*_~`](?=\S)", lambda m: m[0] + _GAP, line)
    return shortened(line + "…" * (len(text) > 10 * limit), limit)


def shortened(text: str, limit: int) -> str:
    """The text cut at a word, with an ellipsis, where it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    head, _, _ = text[: limit - 1].rpartition(" ")
    return (head if len(head) > limit // 2 else text[: limit - 1]).rstrip() + "…"


def run(text: str, **style: Any) -> Element:
    """Somebody's words in one style, shown as they are; a dash where there are none, for Teams refuses an empty run."""
    return {"type": "TextRun", "text": safe(text) or "–", **style}


def rich(*runs: Element, **more: Any) -> Element:
    return {"type": "RichTextBlock", "inlines": list(runs), **more}


def says(text: str, **more: Any) -> Element:
    """A line of our own words. Never give it anybody else's: a TextBlock reads markdown."""
    return {"type": "TextBlock", "text": text, "wrap": True, **more}


def words(text: str, *, limit: int = 0, most: int = 0, **style: Any) -> list[Element]:
    """Somebody's own words, verbatim, line by line; at most `limit` characters and `most` lines of them where these are not 0."""
    told = shortened(clean(text[: 3 * limit]).strip(), limit) if limit else clean(text).strip()
    cut = bool(limit) and len(text.strip()) > 3 * limit and not told.endswith("…")
    lines = [part for line in told.split("\n") if line.strip() for part in pieces(line)]
    if cut or (most and len(lines) > most):
        lines = [*(lines[:most] if most else lines), "…"]
    return [rich(run(indented(line), **style), **({"spacing": "None"} if n else {})) for n, line in enumerate(lines)]


def indented(line: str) -> str:
    """The line with its leading blanks kept: cards drop ordinary ones."""
    line = line.expandtabs(4).rstrip()
    inner = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(inner)) + inner


def pieces(line: str, most: int = RUN) -> list[str]:
    """The line in pieces of at most `most` characters, cut between words where there are any."""
    parts = []
    while len(line) > most:
        at = line.rfind(" ", most // 2, most)
        at = most if at < 0 else at + 1
        parts.append(line[:at])
        line = line[at:]
    return [*parts, line]


def boxed(items: Sequence[Element], style: str = "emphasis", **more: Any) -> list[Element]:
    """Items on a ground of their own, in several boxes where they are long."""
    own = {"style": style} if style else {}
    return [{"type": "Container", **own, "items": group, **({"spacing": "None"} if n else more)} for n, group in enumerate(_groups(items))]


def column(items: Sequence[Element], width: str = "stretch", **more: Any) -> Element:
    return {"type": "Column", "width": width, "items": list(items), **more}


def columns(*parts: Element, **more: Any) -> Element:
    return {"type": "ColumnSet", "columns": list(parts), **more}


def hung(mark: Element | None, items: Sequence[Element], width: str = "24px", **more: Any) -> list[Element]:
    """Items beside a mark that hangs left of them, in several sets where they are long."""
    told: list[Element] = []
    for n, group in enumerate(_groups(items) if items else [[rich(run("–"))]]):
        left = [mark] if mark is not None and not n else []
        told.append(columns(column(left, width), column(group, spacing="Small"), **(more if not n else {"spacing": "None"})))
    return told


def _groups(items: Sequence[Element], most: int = 6_000) -> Iterable[list[Element]]:
    group: list[Element] = []
    room = most
    for item in items:
        room -= size(item)
        if group and room < 0:
            yield group
            group, room = [], most - size(item)
        group.append(item)
    if group:
        yield group


def size(card: Any) -> int:
    """Bytes of a card's JSON in UTF-16, as Teams counts them."""
    spelled = json.dumps(card, ensure_ascii=False, separators=(",", ":"))
    return 2 * len(spelled) if spelled.isascii() else len(spelled.encode("utf-16-le", "surrogatepass"))


def card(body: Sequence[Element], actions: Sequence[Element] = ()) -> Element:
    """A whole card; as wide as the window where it holds a table or is long."""
    told: Element = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "lang": "en",
        "fallbackText": "This card needs a newer version of Teams.",
        "body": list(body),
    }
    told |= {"actions": list(actions)} if actions else {}
    wide = any(element["type"] == "Table" for element in body) or len(body) > _LONG
    return told | ({"msteams": {"width": "Full"}} if wide else {})


def fits(body: Sequence[Element], room: int) -> int:
    """How many of these, from the first, fit into `room` bytes."""
    for n, element in enumerate(body):
        room -= size(element) + 2
        if room < 0:
            return n
    return len(body)
