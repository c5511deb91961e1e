"""The small markdown of replies and articles as elements of a card.

All of it becomes text runs, which Teams shows as they are: what the parser did not read as markup cannot become any. A link shows where
it leads where its label names another place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from bot.channels.teams.cards import RUN, Element, boxed, hung, indented, pieces, rich, run
from bot.domain.markup import Block, Span, host_of, parse

_ROWS = 8
_WIDEST = 6
_MARK = "24px"
_EMPTY = rich(run("\u00a0"))
"""Stands in an empty cell: one without any content is not drawn, and its row's others move."""


def blocks(text: str) -> list[Element]:
    """Marked-up text as elements, none of them so long that a card could not be cut beside it."""
    return _drawn(parse(text))


def _drawn(parsed: Iterable[Block]) -> list[Element]:
    told: list[Element] = []
    ruled = False
    for block in parsed:
        if block.kind == "rule":
            ruled = bool(told)
            continue
        drawn = _block(block)
        if ruled and drawn:
            drawn[0] = drawn[0] | {"separator": True, "spacing": "Medium"}
            ruled = False
        told += drawn
    return told


def _block(block: Block) -> list[Element]:
    match block.kind:
        case "list" | "steps":
            return _list(block)
        case "quote":
            return boxed([e for item in block.items for e in _drawn(item)])
        case "code":
            return boxed(_code(block))
        case "table":
            return _table(block)
        case "heading":
            return [line | {"spacing": "Medium"} for line in lines(block.spans, weight="Bolder", size="Medium")]
        case _:
            return lines(block.spans)


def _list(block: Block) -> list[Element]:
    told: list[Element] = []
    for number, item in enumerate(block.items, block.level):
        mark = f"{number}." if block.kind == "steps" else "•"
        told += hung(rich(run(mark)), _drawn(item), "32px" if len(mark) > 2 else _MARK, spacing="Small")
    return told


def _code(block: Block) -> list[Element]:
    code = "\n".join(span.text for span in block.spans).strip("\n").split("\n")
    told = [part for line in code for part in pieces(line)]
    return [rich(run(indented(line) or "\u00a0", fontType="Monospace"), spacing="None") for line in told]


def lines(spans: Sequence[Span], **style: Any) -> list[Element]:
    """Spans as text blocks, one for each line of theirs."""
    told = [[_styled(s, style) for s in line] for line in _lines(spans)]
    return [rich(*runs, **({"spacing": "None"} if n else {})) for n, runs in enumerate(told)]


def _lines(spans: Sequence[Span]) -> Iterable[list[Span]]:
    """The spans line by line, long lines in several."""
    line: list[Span] = []
    room = RUN
    for span in _shorter(spans):
        if (span.text == "\n" or len(span.text) > room) and any(s.text.strip() for s in line):
            yield line
        if span.text == "\n" or len(span.text) > room:
            line, room = [], RUN
        if span.text != "\n":
            line.append(span)
            room -= len(span.text)
    if any(s.text.strip() for s in line):
        yield line


def _shorter(spans: Sequence[Span]) -> Iterable[Span]:
    """The same spans, none longer than a line; where a line ends, a span of just that."""
    for span in spans:
        for n, line in enumerate(span.text.split("\n")):
            if n:
                yield Span("\n")
            yield from (Span(part, span.bold, span.italic, span.code, span.href) for part in pieces(line) if part)


def _styled(span: Span, style: dict[str, Any]) -> Element:
    own: dict[str, Any] = dict(style)
    own |= {"weight": "Bolder"} if span.bold else {}
    own |= {"italic": True} if span.italic else {}
    own |= {"fontType": "Monospace"} if span.code else {}
    return run(span.text, **own, **link(span.href))


def link(href: str) -> dict[str, Any]:
    """What makes a text run lead to an http(s) address; nothing where it is not one."""
    if not host_of(href):
        return {}
    url = re.sub(r"[^!#-;=?-\[\]_a-z~]", lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), href)
    return {"underline": True, "color": "Accent", "selectAction": {"type": "Action.OpenUrl", "url": url}}


def _table(block: Block) -> list[Element]:
    wide = max(len(row) for row in block.rows)
    head, *rest = block.rows
    if wide > _WIDEST or not rest or any(sum(len(s.text) for cell in row for s in cell) > RUN for row in block.rows):
        return _records(block)
    return [_grid((head, *rest[n : n + _ROWS]), wide) for n in range(0, len(rest), _ROWS)]


def _grid(rows: Sequence[Sequence[Sequence[Span]]], wide: int) -> Element:
    drawn = [[_cell(row[n] if n < len(row) else (), head=not at) for n in range(wide)] for at, row in enumerate(rows)]
    return {
        "type": "Table",
        "columns": [{"width": 1} for _ in range(wide)],
        "firstRowAsHeader": True,
        "rows": [{"type": "TableRow", "cells": cells} for cells in drawn],
    }


def _cell(spans: Sequence[Span], head: bool) -> Element:
    return {"type": "TableCell", "items": lines(spans, **({"weight": "Bolder"} if head else {})) or [_EMPTY]}


def _records(block: Block) -> list[Element]:
    """A table too wide for a chat, row by row: each cell after the name of its column."""
    head, *rest = block.rows
    told: list[Element] = []
    for row in rest or [head]:
        named = [(*(head[n] if rest and n < len(head) else ()), Span(": ")) if rest else () for n in range(len(row))]
        told += hung(rich(run("•")), [e for name, cell in zip(named, row, strict=True) for e in lines((*name, *cell))], _MARK)
    return told
