"""Words as Slack draws them.

Whatever people, articles and models wrote goes into rich text elements and plain text objects, which Slack does not parse; only the few
captions that Bellhop words itself are mrkdwn, with every borrowed word escaped by `literal`. Limits are those of Slack's Block Kit
reference, counted as Slack may count at worst: in UTF-16 units, with & < > as their entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from bot.domain.markup import Block, Span, clean, parse, quiet

Json = dict[str, Any]

LONGEST = 2400
"""Characters of one rich text element, with what its runs cost; longer ones are split."""
_RUN = 70
"""Characters that a run takes beside its text."""
WIDEST = 76
"""Characters across of a table that is still drawn in columns."""
_DEEPEST = 5
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ALIKE = {"*": "∗", "~": "∼", "`": "ˋ", "_": "ˍ", ":": "∶", ">": "›"}
_MARKS = re.compile(r"[*~`]|(?<![^\W_])_|_(?![^\W_])|:(?=[\w+'-]+:)|^>")
_ADDRESS = re.compile(r"\b(?:[\w-]+\.)+[a-z]{2,}\b", re.I)


def size(text: str) -> int:
    """How long Slack may find a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 + sum(
        text.count(mark) * (len(entity) - 1) for mark, entity in _ENTITIES.items()
    )


def short(text: str, limit: int) -> str:
    """The text, cut at a word with an ellipsis where it is longer than `limit`."""
    if size(text) <= limit:
        return text
    return f"{text[: _reach(text, limit - 1)].rstrip()}…"


def _reach(text: str, limit: int) -> int:
    """How many characters of a text that is longer make a piece of at most `limit`: to the end of a line, a sentence or a word."""
    end = min(len(text), limit)
    while size(text[:end]) > limit:
        end -= max(1, (size(text[:end]) - limit) // 5)
    for mark in ("\n", ". ", " "):
        at = text.rfind(mark, end // 2, end)
        if at > 0:
            return at + len(mark)
    return max(end, 1)


def own(text: str) -> str:
    """Somebody's words as they are, without control characters and without calling anybody."""
    return quiet(clean(text)).strip()


def plain_text(text: str, limit: int) -> Json:
    """A plain text object; never empty, because Slack refuses that."""
    return {"type": "plain_text", "text": short(" ".join(own(text).split()) or "–", limit), "emoji": False}


def literal(text: str) -> str:
    """Borrowed words inside mrkdwn, on one line: they call nobody and link nowhere, and marks that Slack would read give way to others
    that look like them."""
    return escaped(_MARKS.sub(lambda m: _ALIKE[m[0]], " ".join(own(text).split())))


def escaped(text: str) -> str:
    return re.sub("[&<>]", lambda m: _ENTITIES[m[0]], text)


def mrkdwn(text: str) -> Json:
    """A mrkdwn object. `text` is Bellhop's own wording; borrowed words in it went through `literal`. Slack links nothing by itself."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def when(at: datetime) -> str:
    """A moment in the reader's own time zone, as mrkdwn; in UTC where Slack cannot show that."""
    utc = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return f"<!date^{int(utc.timestamp())}^{{date_short_pretty}} at {{time}}|{utc:%a %d %b %Y, %H:%M} UTC>"


def fallback(text: str, limit: int = 3000) -> str:
    """What notifications and screen readers say: plain words, escaped, because Slack parses this field."""
    return escaped(short(own(text), limit) or "–")


def header(text: str) -> Json:
    return {"type": "header", "text": plain_text(text, 150)}


def context(*texts: str) -> Json:
    """Small print; each text is mrkdwn that is safe already."""
    return {"type": "context", "elements": [mrkdwn(t if 0 < size(t) <= 2000 else "…") for t in texts[:10]]}


# Rich text ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """One rich text element: the least that is shown or left out when a long reply is cut. `opens` begins a block of its own, `leads`
    is a heading, which is nothing without what follows it, `goes_on` the rest of what the unit before it says."""

    element: Json
    opens: bool = True
    leads: bool = False
    goes_on: bool = False


def spans(text: str, *, bold: bool = False) -> tuple[Span, ...]:
    """Words as they are, as one run."""
    told = own(text)
    return (Span(told, bold=bold),) if told else ()


def section(*runs: Sequence[Span], opens: bool = True) -> list[Unit]:
    """A paragraph made of these runs; as many units as its length takes."""
    return _pieces("rich_text_section", [s for run in runs for s in run], opens)


def heading(told: Sequence[Span], *, opens: bool = True) -> list[Unit]:
    return [replace(u, leads=True) for u in section([replace(s, bold=True) for s in told], opens=opens)]


def quoted(text: str) -> list[Unit]:
    """Somebody's own words, set apart as a quotation."""
    return _pieces("rich_text_quote", spans(text), opens=False)


def units(text: str) -> list[Unit]:
    """The small markdown as rich text."""
    return list(_units(parse(text)))


def blocks(of: Iterable[Unit]) -> list[Json]:
    """The units as rich text blocks; items of one list are joined again."""
    drawn: list[Json] = []
    for unit in of:
        if unit.opens or not drawn:
            drawn.append({"type": "rich_text", "elements": []})
        elements = drawn[-1]["elements"]
        if elements and _continues(elements[-1], unit.element):
            elements[-1] = {**elements[-1], "elements": [*elements[-1]["elements"], *unit.element["elements"]]}
        else:
            elements.append(unit.element)
    return drawn


def _continues(last: Json, following: Json) -> bool:
    same = all(last.get(key) == following.get(key) for key in ("type", "style", "indent"))
    if not same or last["type"] != "rich_text_list":
        return False
    expected: int = last.get("offset", 0) + len(last["elements"])
    return bool(last["style"] == "bullet" or following.get("offset", 0) == expected)


def _units(parsed: Sequence[Block]) -> Iterator[Unit]:
    before = ""
    for block in parsed:
        opens = before not in ("heading", "paragraph") if block.kind in ("list", "steps", "code", "quote", "table") else before != "heading"
        yield from _block(block, opens, 0)
        before = block.kind


def _block(block: Block, opens: bool, indent: int) -> Iterator[Unit]:
    match block.kind:
        case "list" | "steps":
            yield from _list(block, opens, indent)
        case "code":
            yield from _pieces("rich_text_preformatted", [replace(s, code=False) for s in block.spans], opens, exact=True)
        case "quote":
            yield from _pieces("rich_text_quote", _flat([b for item in block.items for b in item]), opens)
        case "table":
            yield from _table(block, opens)
        case "rule":
            yield from section((Span("———"),), opens=opens)
        case "heading":
            yield from heading(block.spans, opens=opens)
        case _:
            yield from section(block.spans, opens=opens)


def _list(block: Block, opens: bool, indent: int) -> Iterator[Unit]:
    ordered = block.kind == "steps"
    for n, item in enumerate(block.items):
        nested = ("list", "steps", "code", "table", "quote")
        told = _flat([b for b in item if b.kind not in nested]) or [Span("–")]
        head: Json = {"type": "rich_text_list", "style": "ordered" if ordered else "bullet", "indent": min(indent, _DEEPEST)}
        if ordered and n + block.level > 1:
            head["offset"] = n + block.level - 1
        for m, piece in enumerate(split(told)):
            element = {"type": "rich_text_section", "elements": [_element(s) for s in piece]}
            yield Unit({**head, "elements": [element]} if not m else element, opens and n == 0 and m == 0, goes_on=m > 0)
        for inner in item:
            if inner.kind in nested:
                yield from _block(inner, False, indent + 1)


def _table(block: Block, opens: bool) -> Iterator[Unit]:
    """A table in columns; a wide one as a list of its rows, each value with its column's name."""
    rows = [["".join(s.text for s in cell) for cell in row] for row in block.rows]
    across = max(map(len, rows))
    rows = [row + [""] * (across - len(row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + 3 * across <= WIDEST:
        lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        lines.insert(1, "   ".join("─" * width for width in widths))
        yield from _pieces("rich_text_preformatted", [Span("\n".join(lines))], opens, exact=True)
        return
    names, *values = rows
    items = tuple(_row(names, row) for row in values)
    yield from _list(Block("list", items=items), opens, 0)


def _row(names: Sequence[str], row: Sequence[str]) -> tuple[Block, ...]:
    told = [Span(row[0] or "–", bold=True)]
    for name, value in zip(names[1:], row[1:], strict=True):
        told += [Span(f"\n{name}: " if name else "\n"), Span(value or "–")]
    return (Block("paragraph", tuple(told)),)


def _flat(parsed: Sequence[Block], mark: str = "") -> list[Span]:
    """Blocks inside a quotation or a list item, as lines of one paragraph."""
    told: list[Span] = []
    for block in parsed:
        if told:
            told.append(Span("\n"))
        told += [Span(mark)] if mark else []
        told += block.spans
        for n, item in enumerate(block.items, block.level):
            inner = _flat(item, f"{n}. " if block.kind == "steps" else "• " if block.kind == "list" else "")
            told += [*([Span("\n")] if told and told[-1].text != "\n" else []), *inner]
        for row in block.rows:
            told += [*([Span("\n")] if told else []), Span("   ".join("".join(s.text for s in cell) for cell in row))]
        mark = ""
    return told


def split(told: Iterable[Span], limit: int = LONGEST) -> list[list[Span]]:
    """Runs in pieces of at most `limit` characters, each cut at the end of a line, a sentence or a word."""
    pieces: list[list[Span]] = [[]]
    room = limit
    for span in told:
        text = span.text
        room -= _RUN + len(span.href)
        while size(text) > room:
            if room > limit // 2 or (not pieces[-1] and room > 0):
                end = _reach(text, room)
                pieces[-1].append(replace(span, text=text[:end]))
                text = text[end:]
            pieces.append([])
            room = max(limit - _RUN - len(span.href), limit // 4)
        if text:
            pieces[-1].append(replace(span, text=text))
            room -= size(text)
    return [piece for piece in pieces if any(s.text.strip() or s.code for s in piece)]


def _pieces(kind: str, told: Sequence[Span], opens: bool, *, exact: bool = False) -> list[Unit]:
    made = []
    for n, piece in enumerate(split(told)):
        made.append(Unit({"type": kind, "elements": [_element(s, exact=exact) for s in piece]}, opens and n == 0, goes_on=n > 0))
    return made


def _element(span: Span, *, exact: bool = False) -> Json:
    """One run. Code stays exactly as it is, so that it can be copied: Slack looks for nothing in it."""
    style = {name: True for name in ("bold", "italic", "code") if getattr(span, name)}
    text = span.text if exact or span.code else quiet(span.text)
    element: Json = {"type": "link", "url": span.href, "text": _label(text, span.href)} if span.href else {"type": "text", "text": text}
    return {**element, "style": style} if style else element


def _label(label: str, href: str) -> str:
    """The label of a link; where it names another site than the one it leads to, it says which that is."""
    host = (urlsplit(href).hostname or "").lower() if _parses(href) else ""
    named = [name.lower() for word in label.split() for name in _ADDRESS.findall(re.split("[/?#]", word.split("://")[-1])[0])]
    honest = all(host == name or host.endswith(f".{name}") for name in named)
    return label if honest else f"{label} ({host or href})"


def _parses(href: str) -> bool:
    try:
        urlsplit(href)
    except ValueError:
        return False
    return True
