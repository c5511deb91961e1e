"""Links and images of an article that lead nowhere: to a file that is not there, out of the folder, or to a heading that no page has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.library.articles import SUFFIXES, BadArticle, body_of, read_bytes

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)
_HTML = re.compile(r"<(a|img)\b[^<>]{0,500}?\b(?:href|src)\s*=\s*[\"']?([^\"'\s<>]+)", re.I)
_ANCHOR = re.compile(r"<[a-z]+\b[^<>]{0,300}?\b(?:id|name)\s*=\s*[\"']?([\w.:-]+)|\{#([\w.:-]+)\}", re.I)
_TOP = {"", "top"}


def broken(file: Path, root: Path) -> Iterator[str]:
    """A sentence for each, with its line. `root` is the resolved knowledge folder. BadArticle where the file cannot be read."""
    name = file.relative_to(root).as_posix()
    before, body = body_of(read_bytes(file, name), name)
    for line, kind, target in _targets(body):
        if not _ELSEWHERE.match(target):
            why = _why(target, file, root)
            if why:
                yield f"{name}:{before + line}: the {kind} {target[:200]} {why}"


def _why(target: str, file: Path, root: Path) -> str:
    """What is wrong with a target, or ""."""
    place, _, anchor = target.partition("#")
    place = unquote(place.split("?")[0])
    try:
        path = (root / place.lstrip("/") if place.startswith("/") else file.parent / place).resolve() if place else file
        if not path.is_relative_to(root) or not path.exists():
            return "leads nowhere"
        if (
            path.suffix.lower() in SUFFIXES
            and path.is_file()
            and unquote(anchor).casefold() not in _TOP | anchors(path, path.stat().st_mtime_ns)
        ):
            return "leads to a heading that is not there"
    except (OSError, ValueError, RuntimeError):  # a name too long, with a NUL byte, or of links in a circle
        return "leads nowhere"
    except BadArticle:
        return ""
    return ""


def _targets(body: str) -> Iterator[tuple[int, str, str]]:
    """Line (the first is 1), kind and target of every link and image, code left out."""
    for token in _parser().parse(body):
        line = token.map[0] + 1 if token.map else 1
        if token.type == "html_block":
            for match in _HTML.finditer(token.content):
                yield line + token.content[: match.start()].count("\n"), _kind(match[1]), match[2]
        yield from _inline(token.children or (), line)


def _inline(tokens: list[Token] | tuple[()], line: int) -> Iterator[tuple[int, str, str]]:
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        elif token.type == "link_open":
            yield line, "link", str(token.attrGet("href") or "")
        elif token.type == "image":
            yield line, "image", str(token.attrGet("src") or "")
        elif token.type == "html_inline" and (match := _HTML.match(token.content)):
            yield line, _kind(match[1]), match[2]


def _kind(tag: str) -> str:
    return "image" if tag.lower() == "img" else "link"


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": 20}).enable("table")


@lru_cache(maxsize=2000)
def anchors(file: Path, _changed: int) -> frozenset[str]:
    """What a link into this page may point to: its headings as GitHub writes them into addresses, and what names itself."""
    _, body = body_of(read_bytes(file, file.name), file.name)
    found = {(m[1] or m[2]).casefold() for m in _ANCHOR.finditer(body)}
    seen: dict[str, int] = {}
    tokens = _parser().parse(body)
    for token, text in pairwise(tokens):
        if token.type == "heading_open":
            slug = _slug("".join(c.content for c in text.children or () if c.type in ("text", "code_inline")))
            found.add(slug if slug not in seen else f"{slug}-{seen[slug]}")
            seen[slug] = seen.get(slug, 0) + 1
    return frozenset(found)


def _slug(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().casefold())
    return kept.replace(" ", "-")
