"""A page cut into citable passages: by heading, lists of steps kept whole."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.library.clean import clean, plain

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

SIZE = 1200
"""Characters after which a new passage begins, at the next block."""
LONGEST = 2800
"""Characters after which even a single list is cut, at an item; a single block longer than this is cut at a line."""

_local = threading.local()


@dataclass(frozen=True)
class Passage:
    """A piece of a page. `heading` is the one it stands under ("" before the first), `trail` the headings above that one."""

    heading: str
    trail: tuple[str, ...]
    text: str
    steps: bool = False


@dataclass(frozen=True)
class Block:
    """One block of the page's source: its cleaned text, and the level and words of the heading if it is one."""

    text: str
    level: int = 0
    steps: bool = False


def _parser() -> MarkdownIt:
    """Block structure only: inline markup is cleaned by our own rules, and parsing it would double the time."""
    if not hasattr(_local, "parser"):
        from markdown_it import MarkdownIt

        _local.parser = MarkdownIt("commonmark", {"maxNesting": 20}).enable("table")
        _local.parser.core.ruler.disable(["inline"])
    parser: MarkdownIt = _local.parser
    return parser


def blocks(markdown: str) -> list[Block]:
    """The page's outermost blocks, in order; blocks that leave no text (images, comments) are dropped."""
    lines = markdown.split("\n")
    found: list[Block] = []
    for token in _parser().parse(markdown):
        if token.level or not token.map or token.nesting < 0 or token.type == "inline":
            continue
        source = "\n".join(lines[token.map[0] : token.map[1]])
        if token.type == "heading_open":
            heading = plain(re.sub(r"\n[=-]+\s*$|\s#+\s*$", "", source))
            found.append(Block(heading, level=int(token.tag[1])))
        elif token.type in ("ordered_list_open", "bullet_list_open"):
            found += [Block(part, steps=token.type.startswith("ordered")) for part in _list_parts(clean(source))]
        elif token.type in ("fence", "code_block"):
            found += [Block(part) for part in _cut(source.rstrip())]
        elif token.type != "hr":
            found += [Block(part) for part in _cut(clean(source))]
    return [block for block in found if block.text.strip()]


def _list_parts(text: str) -> list[str]:
    """The list whole, or in parts cut between items where it is too long to quote."""
    if len(text) <= LONGEST:
        return [text]
    items = re.split(r"\n(?=(?:\d+[.)]|[-*+]) )", text)
    return [piece for group in _grouped(items, LONGEST, "\n") for piece in _cut(group)]


def _cut(text: str) -> list[str]:
    """The text, or pieces of at most LONGEST characters, cut at line ends where there are any."""
    if len(text) <= LONGEST:
        return [text]
    lines = [line[i : i + LONGEST] for line in text.split("\n") for i in range(0, max(1, len(line)), LONGEST)]
    return _grouped(lines, LONGEST, "\n")


def _grouped(parts: list[str], size: int, glue: str) -> list[str]:
    groups: list[str] = []
    for part in parts:
        if groups and len(groups[-1]) + len(part) <= size:
            groups[-1] += glue + part
        else:
            groups.append(part)
    return groups


def passages(markdown: str, title: str = "") -> list[Passage]:
    """The page's passages in order. A first heading that only repeats the title is no section."""
    found: list[Passage] = []
    trail: list[tuple[int, str]] = []
    pending: list[Block] = []

    def close() -> None:
        if pending:
            names = [name for _, name in trail]
            text = "\n\n".join(block.text for block in pending)
            found.append(Passage(names[-1] if names else "", tuple(names[:-1]), text, any(b.steps for b in pending)))
            pending.clear()

    for block in blocks(markdown):
        if block.level:
            close()
            trail = [(level, name) for level, name in trail if level < block.level]
            if block.text.casefold() != title.casefold():
                trail.append((block.level, block.text))
            continue
        size = sum(len(b.text) for b in pending)
        introduces = bool(pending) and pending[-1].text.rstrip().endswith(":")
        if size and size + len(block.text) > SIZE and not (introduces and size + len(block.text) <= LONGEST):
            close()
        pending.append(block)
    close()
    return found
