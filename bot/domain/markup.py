"""The small markdown that replies and articles are written in, parsed once for every channel.

Inline: ``**bold**``, ``*italics*``, ``_italics_``, `` `code` ``, ``[label](https://…)`` and bare http(s) addresses. Blocks: paragraphs,
headings, bullet lists, numbered steps (both may nest), quotes, fenced code, tables and rules. Anything else, HTML included, is plain
text: what is parsed here can never carry a script, and a link leads to http or https only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

_INLINE = re.compile(
    r"(?P<escaped>\\[\\`*_{}\[\]()#+\-.!|<>])"
    r"|(?P<code>`+)(?P<coded>.+?)(?P=code)(?!`)"
    r"|!?\[(?P<label>[^\[\]\n]{0,300})\]\((?P<target>[^()\s]{1,2000}(?:\([^()\s]*\)[^()\s]*)?)(?:\s+\"[^\"\n]*\")?\)"
    r"|<?(?P<bare>https?://[^\s<>\"'`|\\‹›]{1,2000}[^\s<>\"'`|\\‹›.,;:!?)\]*_])>?"
    r"|(?P<strong>\*\*|__)(?=\S)(?P<bold>.+?)(?<=\S)(?P=strong)(?!\*)"
    r"|(?<!\w)(?P<mark>[*_])(?=\S)(?P<slant>[^*_\n]+?)(?<=\S)(?P=mark)(?!\w)",
    re.S,
)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>])")
_ITEM = re.compile(r"^(?P<indent> *)(?:(?P<bullet>[-*+•])|(?P<number>\d{1,4})[.)])\s+(?P<rest>.*)$")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_FENCE = re.compile(r"^ *(```+|~~~+)\s*\S*\s*$")
_DIVIDER = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_RULE = re.compile(r"^ *([-*_])( *\1){2,} *$")
_MENTION = re.compile(r"(?<!\w)@(everyone|here|channel|all|team|group)\b|<(?=[!@#])|(?<=</)(?=at>)", re.I)
_SITE = re.compile(r"(?:[\w-]{1,63}\.){1,8}[a-z]{2,}", re.I)
"""What a reader takes for a site; bounded, so that no text makes it slow."""
_DEEPEST = 8


@dataclass(frozen=True)
class Span:
    """A run of text in one style; `href` is an http(s) address, or a relative one where the caller allowed those."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    href: str = ""


@dataclass(frozen=True)
class Block:
    """`kind` is paragraph, heading (1–6 in `level`), list, steps (from `level`), quote, code, table or rule.

    `spans` holds the text of paragraphs, headings and code; `items` the list items or the quote, each a tuple of blocks;
    `rows` the table, head first.
    """

    kind: str
    spans: tuple[Span, ...] = ()
    items: tuple[tuple[Block, ...], ...] = ()
    rows: tuple[tuple[tuple[Span, ...], ...], ...] = ()
    level: int = 0


def clean(text: str) -> str:
    """The text without control characters, text-direction overrides and broken Unicode; newlines and tabs stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in text if c in "\n\t" or (unicodedata.category(c) != "Cc" and c not in _DIRECTION))


_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def quiet(text: str) -> str:
    """The text with every mention that could call people ("@everyone", "<!channel>", "<at>") broken by a zero-width space."""
    return _MENTION.sub(lambda m: m[0][:1] + "\u200b" + m[0][1:], text)


def verbatim(text: str) -> str:
    """Somebody's own words for a place among words of ours that are parsed: on one line, and with no mark that means anything."""
    return re.sub(r"https?://\S+|[\\`*_\[\]]", lambda m: m[0] if len(m[0]) > 1 else f"\\{m[0]}", " ".join(text.split()))


def inline(text: str, *, relative: bool = False, **style: Any) -> tuple[Span, ...]:
    """One paragraph's text as spans."""
    spans: list[Span] = []
    at = 0
    for match in _INLINE.finditer(text):
        spans += _plain(text[at : match.start()], style)
        spans += _styled(match, relative, style)
        at = match.end()
    return tuple(spans + _plain(text[at:], style))


def _plain(text: str, style: dict[str, Any]) -> list[Span]:
    return [Span(_ESCAPED.sub(r"\1", text), **style)] if text else []


def _styled(match: re.Match[str], relative: bool, style: dict[str, Any]) -> tuple[Span, ...]:
    if match["escaped"]:
        return (Span(match["escaped"][1:], **style),)
    if match["code"]:
        return (Span(match["coded"].strip(), **{**style, "code": True}),)
    if match["bare"]:
        href = style.get("href") or match["bare"]
        return (Span(match["bare"] + elsewhere(match["bare"], match["bare"]), **{**style, "href": href}),)
    if match["target"]:
        href = match["target"] if _safe(match["target"], relative) and not match[0].startswith("!") else ""
        led = {**style, **({"href": href} if href else {})}
        *label, last = inline(match["label"] or match["target"], relative=relative, **led)
        return (*label, replace(last, text=last.text + elsewhere("".join(s.text for s in (*label, last)), href)))
    if match["strong"]:
        return inline(match["bold"], relative=relative, **{**style, "bold": True})
    return inline(match["slant"], relative=relative, **{**style, "italic": True})


def elsewhere(label: str, href: str) -> str:
    """Where an http(s) link leads, in brackets, if its label names another site, or its address is one that not all read alike."""
    if not re.match(r"https?://", href, re.I):
        return ""
    host = host_of(href)
    if not host:
        return f" ({_led(href) if label == href else href})"
    if label == href:
        return ""
    named = [name.lower().removeprefix("www.") for name in _SITE.findall(label)]
    return f" ({host})" if any(host != name and not host.endswith(f".{name}") for name in named) else ""


def _led(href: str) -> str:
    """Where an odd address leads by the common reading, for whom the address itself tells no more."""
    try:
        return urlsplit(href).hostname or href
    except ValueError:
        return href


def host_of(href: str) -> str:
    """The host of an address that every client reads alike; "" for any other: with a user's name, a backslash or letters that only
    look like Latin ones in it."""
    try:
        parts = urlsplit(href)
        host = parts.hostname or ""
    except ValueError:
        return ""
    same = parts.scheme in ("http", "https") and "@" not in parts.netloc and "\\" not in href and host.isascii()
    return host.removeprefix("www.") if same else ""


def _safe(target: str, relative: bool) -> bool:
    return bool(re.match(r"https?://[^/]", target, re.I)) or (relative and bool(re.match(r"(#|\.{0,2}/?\w)[^:\\]*$", target)))


def parse(text: str, *, relative: bool = False) -> tuple[Block, ...]:
    """The text as blocks. `relative` lets links lead to other articles, for pages that know where they stand."""
    return _Parser(clean(text).expandtabs(4).split("\n"), relative).blocks()


def plain(text: str) -> str:
    """The text without its markup, block by block on lines of their own."""
    return "\n".join(_flat(parse(text)))


def _flat(blocks: tuple[Block, ...], indent: str = "") -> Iterator[str]:
    for block in blocks:
        if block.kind in ("list", "steps"):
            for n, item in enumerate(block.items, block.level):
                first, *rest = list(_flat(item, indent + "  ")) or [""]
                yield f"{indent}{f'{n}.' if block.kind == 'steps' else '•'} {first.strip()}"
                yield from rest
        elif block.kind == "quote":
            yield from (f"{indent}> {line}" for item in block.items for line in _flat(item))
        elif block.kind == "table":
            yield from (indent + " | ".join("".join(s.text for s in cell) for cell in row) for row in block.rows)
        elif block.kind == "rule":
            yield indent + "—"
        else:
            yield from (indent + line for line in "".join(_told(s) for s in block.spans).split("\n"))


def _told(span: Span) -> str:
    return span.text if not span.href or span.href == span.text else f"{span.text} ({span.href})"


def to_json(blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
    """The blocks as small JSON objects: only what is set."""
    return [_block_json(b) for b in blocks]


def _block_json(block: Block) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": block.kind}
    if block.spans:
        told["spans"] = [_span_json(s) for s in block.spans]
    if block.items:
        told["items"] = [to_json(item) for item in block.items]
    if block.rows:
        told["rows"] = [[[_span_json(s) for s in cell] for cell in row] for row in block.rows]
    if block.level:
        told["level"] = block.level
    return told


def _span_json(span: Span) -> dict[str, Any]:
    return {k: v for k, v in vars(span).items() if v}


@dataclass
class _Parser:
    """Reads blocks line by line; lists, quotes and their contents are parsed again without their marks."""

    lines: list[str]
    relative: bool
    depth: int = 0
    at: int = 0
    done: list[Block] = field(default_factory=list)

    def blocks(self) -> tuple[Block, ...]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.strip():
                self.at += 1
            elif (fence := _FENCE.match(line)) is not None:
                self._code(fence[1])
            elif (heading := _HEADING.match(line)) is not None:
                self._add(Block("heading", self._spans(heading[2]), level=len(heading[1])))
            elif _RULE.match(line):
                self._add(Block("rule"))
            elif self._starts_table():
                self._table()
            elif line.lstrip().startswith(">") and self.depth < _DEEPEST:
                self._quote()
            elif _ITEM.match(line) and self.depth < _DEEPEST:
                self._list()
            else:
                self._paragraph()
        return tuple(self.done)

    def _spans(self, text: str) -> tuple[Span, ...]:
        return inline(text, relative=self.relative)

    def _inner(self, lines: list[str]) -> tuple[Block, ...]:
        return _Parser(lines, self.relative, self.depth + 1).blocks()

    def _add(self, block: Block) -> None:
        self.done.append(block)
        self.at += 1

    def _code(self, fence: str) -> None:
        start = self.at + 1
        end = next((n for n in range(start, len(self.lines)) if self.lines[n].strip().startswith(fence)), len(self.lines))
        self.done.append(Block("code", (Span("\n".join(self.lines[start:end]), code=True),)))
        self.at = end + 1

    def _starts_table(self) -> bool:
        return "|" in self.lines[self.at] and self.at + 1 < len(self.lines) and bool(_DIVIDER.match(self.lines[self.at + 1]))

    def _table(self) -> None:
        rows = [self._row(self.lines[self.at])]
        self.at += 2
        while self.at < len(self.lines) and "|" in self.lines[self.at]:
            rows.append(self._row(self.lines[self.at]))
            self.at += 1
        self.done.append(Block("table", rows=tuple(rows)))

    def _row(self, line: str) -> tuple[tuple[Span, ...], ...]:
        cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
        return tuple(self._spans(c.strip()) for c in cells)

    def _quote(self) -> None:
        inner = []
        while self.at < len(self.lines) and self.lines[self.at].lstrip().startswith(">"):
            inner.append(re.sub(r"^\s*> ?", "", self.lines[self.at]))
            self.at += 1
        self.done.append(Block("quote", items=(self._inner(inner),)))

    def _list(self) -> None:
        first = _ITEM.match(self.lines[self.at])
        assert first
        numbered, indent = first["number"] is not None, len(first["indent"])
        items: list[tuple[Block, ...]] = []
        while self.at < len(self.lines):
            mark = _ITEM.match(self.lines[self.at])
            if not mark or len(mark["indent"]) != indent or (mark["number"] is not None) != numbered:
                break
            items.append(self._inner(self._item(mark["rest"], indent)))
        self.done.append(Block("steps" if numbered else "list", items=tuple(items), level=int(first["number"] or 0)))

    def _item(self, first: str, indent: int) -> list[str]:
        """The item's own lines: those indented deeper, and a lazy continuation of its paragraph."""
        inner = [first]
        self.at += 1
        while self.at < len(self.lines):
            line = self.lines[self.at]
            deeper = len(line) - len(line.lstrip()) > indent
            following = next((text for text in self.lines[self.at :] if text.strip()), "")
            if not line.strip() and len(following) - len(following.lstrip()) <= indent:
                break
            if line.strip() and not deeper and (not inner[-1].strip() or self._opens_block(line)):
                break
            inner.append(line[indent + 2 :] if deeper and line[: indent + 2].isspace() else line.lstrip())
            self.at += 1
        self._skip_gap(indent)
        return inner

    def _skip_gap(self, indent: int) -> None:
        """Blank lines between two items of one list do not end it."""
        ahead = self.at
        while ahead < len(self.lines) and not self.lines[ahead].strip():
            ahead += 1
        mark = _ITEM.match(self.lines[ahead]) if ahead < len(self.lines) else None
        if mark and len(mark["indent"]) == indent:
            self.at = ahead

    def _opens_block(self, line: str) -> bool:
        return bool(_ITEM.match(line) or _HEADING.match(line) or _FENCE.match(line) or _RULE.match(line) or line.lstrip().startswith(">"))

    def _paragraph(self) -> None:
        inner = [self.lines[self.at].strip()]
        self.at += 1
        while self.at < len(self.lines) and self.lines[self.at].strip() and not self._opens_block(self.lines[self.at]):
            if self._starts_table():
                break
            inner.append(self.lines[self.at].strip())
            self.at += 1
        self.done.append(Block("paragraph", self._spans("\n".join(inner))))
