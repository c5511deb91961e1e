"""Words as Slack draws them.

Everything is mrkdwn in sections, or plain text objects. Whatever people, articles and models wrote passes through `literal`, `_run` or
`_fenced`, which leave nothing in it that Slack would read; only marks, links and dates that Bellhop writes itself are live. Limits are
those of Slack's Block Kit reference, counted as Slack may count at worst: in UTF-16 units, with & < > as their entities.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from bot.domain.markup import Block, Span, clean, parse, quiet

Json = dict[str, Any]

LONGEST = 2300
"""Characters of one unit, with what its runs and lines cost; longer ones are split."""
_SECTION = 2950
"""Characters of a section's text; Slack takes 3,000."""
_LINK = 700
"""Characters of an address that is still a link."""
_RUN = 12
"""Characters that a run's marks may take."""
_BREAK = 8
"""Characters that a line's mark and indent may take."""
WIDEST = 76
"""Characters across of a table that is still drawn in columns."""
_DEEPEST = 4
_LIVE = "*_`"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ALIKE = {"*": "∗", "~": "∼", "`": "ˋ", "_": "ˍ", ":": "∶", ">": "›"}
_MARKS = re.compile(
    r"(?<![^\W_])[*_~](?=\S)|(?<=\S)[*_~](?![^\W_])"
    r"|^[*_~]|[*_~]$|`|:(?=[\w+'-]*[a-z][\w+'-]*:)|^>",
    re.I | re.M,
)


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


def _reach(text: str, limit: int, cost: Callable[[str], int] = size) -> int:
    """How many characters of a text that is longer make a piece of at most `limit`: to the end of a line, a sentence or a word."""
    end = min(len(text), limit)
    while end > 1 and cost(text[:end]) > limit:
        end -= max(1, (cost(text[:end]) - limit) // 10)
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
    """Borrowed words in a caption, on one line: they call nobody and link nowhere, and marks that Slack would read give way to others
    that look like them."""
    return _words(" ".join(own(text).split()))


def _words(text: str) -> str:
    return escaped(_MARKS.sub(lambda m: _ALIKE[m[0]], quiet(text)))


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


# Units -------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """A paragraph, a list item, a piece of code: the least that is shown or left out when a long reply is cut, as mrkdwn. `opens` begins
    a block of its own, `leads` is a heading, which is nothing without what follows it, `goes_on` the rest of what the unit before says.
    """

    text: str
    opens: bool = True
    leads: bool = False
    goes_on: bool = False


def spans(text: str, *, bold: bool = False) -> tuple[Span, ...]:
    """Words as they are, as one run."""
    told = own(text)
    return (Span(told, bold=bold),) if told else ()


def section(*runs: Sequence[Span], opens: bool = True) -> list[Unit]:
    """A paragraph made of these runs; as many units as its length takes."""
    return _pieces(_written, [s for run in runs for s in run], opens)


def heading(told: Sequence[Span], *, opens: bool = True) -> list[Unit]:
    return [replace(u, leads=True) for u in section([replace(s, bold=True) for s in told], opens=opens)]


def quoted(text: str) -> list[Unit]:
    """Somebody's own words, set apart as a quotation."""
    return _pieces(_quotation, spans(text), True)


def units(text: str) -> list[Unit]:
    """The small markdown as units."""
    return list(_units(parse(text)))


def blocks(of: Iterable[Unit]) -> list[Json]:
    """The units as sections. `expand`: Slack is not to hide their ends by itself."""
    told: list[str] = []
    for unit in of:
        if unit.opens or not told or size(told[-1]) + size(unit.text) >= _SECTION:
            told.append(unit.text)
        else:
            told[-1] += f"\n{unit.text}"
    return [{"type": "section", "text": mrkdwn(text), "expand": True} for text in told]


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
            yield from _pieces(_fenced, block.spans, opens)
        case "quote":
            yield from _pieces(_quotation, _flat([b for item in block.items for b in item]), opens)
        case "table":
            yield from _table(block, opens)
        case "rule":
            yield from section((Span("———"),), opens=opens)
        case "heading":
            yield from heading(block.spans, opens=opens)
        case _:
            yield from section(block.spans, opens=opens)


_NESTED = ("list", "steps", "code", "table", "quote")


def _list(block: Block, opens: bool, indent: int) -> Iterator[Unit]:
    space = "\u2003" * min(indent, _DEEPEST)
    for n, item in enumerate(block.items):
        told = _flat([b for b in item if b.kind not in _NESTED]) or [Span("–")]
        mark = f"{block.level + n}." if block.kind == "steps" else "◦" if indent % 2 else "•"
        for m, unit in enumerate(_pieces(_written, told, opens and n == 0)):
            start = f"{space}{mark} " if not m else f"{space}\u2003"
            yield replace(unit, text=start + unit.text.replace("\n", f"\n{space}\u2003"))
        for inner in item:
            if inner.kind in _NESTED:
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
        yield from _pieces(_fenced, [Span("\n".join(lines))], opens)
        return
    names, *values = rows
    yield from _list(Block("list", items=tuple(_row(names, row) for row in values)), opens, 0)


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


def _cost(text: str) -> int:
    return size(text) + _BREAK * text.count("\n")


def split(told: Iterable[Span], limit: int = LONGEST) -> list[list[Span]]:
    """Runs in pieces of at most `limit` characters, each cut at the end of a line, a sentence or a word."""
    pieces: list[list[Span]] = [[]]
    room = limit
    for span in told:
        text, marks = span.text, _RUN + len(span.href)
        while _cost(text) + marks > room:
            if room > limit // 2 and room > marks * 2:
                end = _reach(text, room - marks, _cost)
                pieces[-1].append(replace(span, text=text[:end]))
                text = text[end:]
            pieces.append([])
            room = max(limit, marks * 3)
        if text:
            pieces[-1].append(replace(span, text=text))
            room -= _cost(text) + marks
    return [piece for piece in pieces if any(s.text.strip() for s in piece)]


def _pieces(write: Callable[[Sequence[Span]], str], told: Sequence[Span], opens: bool) -> list[Unit]:
    return [Unit(write(piece), opens and n == 0, goes_on=n > 0) for n, piece in enumerate(split(told))]


# Runs as mrkdwn ----------------------------------------------------------------------------------------------------------------------


def _written(told: Sequence[Span]) -> str:
    """Runs side by side. Marks that touch a word are set apart from it by a space of no width: Slack would not see them otherwise."""
    text = ""
    for run in map(_run, told):
        ends = text[-1:] + run[:1]
        touching = len(ends) == 2 and any(mark in ends for mark in _LIVE) and all(c.isalnum() or c in _LIVE for c in ends)
        text += f"\u200b{run}" if touching else run
    return text.strip("\n") or "–"


def _run(span: Span) -> str:
    """One run, line by line, because no mark reaches beyond its line."""
    if span.href:
        return _styled(link(span.href, span.text) or _words(span.text), span)
    return "\n".join(_styled(_coded(line) if span.code else _words(line), span) for line in span.text.split("\n"))


def _styled(text: str, span: Span) -> str:
    inner = text.strip()
    if not inner or not (span.bold or span.italic):
        return text
    marks = ("*" if span.bold else "") + ("_" if span.italic else "")
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{marks}{inner}{marks[::-1]}{after}"


def _coded(line: str) -> str:
    """Code stays exactly as it is, so that it can be copied, but for what would end it."""
    return f"`{escaped(line.replace('`', _ALIKE['`']))}`" if line.strip() else line


def _fenced(told: Sequence[Span]) -> str:
    text = "".join(s.text for s in told).strip("\n").replace("```", _ALIKE["`"] * 3)
    return f"```\n{escaped(text)}\n```"


def _quotation(told: Sequence[Span]) -> str:
    return "\n".join(f"> {line}" for line in _written(told).split("\n"))


def link(url: str, label: str) -> str:
    """A link as mrkdwn; "" where the address is none that people should be led to."""
    if not re.match(r"https?://[^/\s]", url, re.I) or len(url) > _LINK:
        return ""
    address = quote(url, safe="%/:?#[]@!$&'()*+,;=~-._").replace("&", "&amp;")
    named = " ".join(own(label).split())
    return f"<{address}>" if named in ("", url) else f"<{address}|{_words(named).replace('|', '¦')}>"
