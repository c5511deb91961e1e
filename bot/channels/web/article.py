"""An article as a page: elements from parsed markdown, every text escaped, no script."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import chain, count
from posixpath import dirname, join, normpath
from urllib.parse import quote, urlencode

from bot.desk.ports import Page
from bot.domain.markup import Block, Span, parse

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Bellhop</title>
<link rel="stylesheet" href="/static/style.css">
</head>
<body class="article">
<main>
<p class="eyebrow">Knowledge · {path}</p>
<h1>{title}</h1>
{note}{body}
</main>
</body>
</html>
"""


def article_page(page: Page, reader: str) -> str:
    """The whole HTML page; links to other articles keep who is reading."""
    blocks = parse(page.text, relative=True)
    if blocks and blocks[0].kind == "heading" and "".join(s.text for s in blocks[0].spans) == page.title:
        blocks = blocks[1:]
    note = f'<p class="note">{escape(page.note)}</p>\n' if page.note else ""
    return _PAGE.format(title=escape(page.title), path=escape(page.path), note=note, body=_Html(page.path, reader).blocks(blocks))


class _Html:
    """Turns blocks into HTML. Every piece of text goes through `escape` exactly once."""

    def __init__(self, path: str, reader: str) -> None:
        self._folder = dirname(path)
        self._reader = reader
        self._taken: set[str] = set()

    def blocks(self, blocks: Iterable[Block]) -> str:
        return "\n".join(self._block(b) for b in blocks)

    def _block(self, block: Block) -> str:
        text = self._spans(block.spans)
        match block.kind:
            case "heading":
                level = min(max(block.level, 2), 4)
                html = f'<h{level} id="{escape(self._id(block.spans))}">{text}</h{level}>'
            case "list":
                html = f"<ul>{self._items(block)}</ul>"
            case "steps":
                html = f'<ol start="{block.level}">{self._items(block)}</ol>'
            case "quote":
                html = f"<blockquote>{self.blocks(block.items[0])}</blockquote>"
            case "code":
                html = f'<pre tabindex="0">{text}</pre>'
            case "table":
                html = self._table(block)
            case "rule":
                html = "<hr>"
            case _:
                html = f"<p>{text}</p>"
        return html

    def _id(self, heading: Iterable[Span]) -> str:
        """The heading's anchor; a second heading of the same words gets a number, since ids are unique."""
        words = anchor("".join(s.text for s in heading))
        given = next(i for i in chain((words,), (f"{words}-{n}" for n in count(2))) if i not in self._taken)
        self._taken.add(given)
        return given

    def _items(self, block: Block) -> str:
        return "".join(f"<li>{self.blocks(i)}</li>" for i in block.items)

    def _table(self, block: Block) -> str:
        head, *rows = block.rows
        top = "".join(f'<th scope="col">{self._spans(c)}</th>' for c in head)
        body = "".join(f"<tr>{''.join(f'<td>{self._spans(c)}</td>' for c in row)}</tr>" for row in rows)
        return f'<div class="wide" tabindex="0"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'

    def _spans(self, spans: Iterable[Span]) -> str:
        return "".join(self._span(s) for s in spans)

    def _span(self, span: Span) -> str:
        html = escape(span.text)
        for on, tag in ((span.code, "code"), (span.italic, "em"), (span.bold, "strong")):
            html = f"<{tag}>{html}</{tag}>" if on else html
        return f"<a {self._link(span.href)}>{html}</a>" if span.href else html

    def _link(self, href: str) -> str:
        if href.lower().startswith(("http://", "https://")):
            return f'href="{escape(href)}" rel="noreferrer noopener" target="_blank"'
        if href.startswith("#"):
            return f'href="{escape(href)}"'
        path, _, section = href.partition("#")
        target = normpath(join(self._folder, path.lstrip("/") if path.startswith("/") else path))
        return (
            f'href="/knowledge/{escape(quote(target))}?{escape(urlencode({"as": self._reader}))}{escape("#" + section if section else "")}"'
        )


def anchor(heading: str) -> str:
    """The id under which an article page shows the section with this heading, and by which a citation leads there."""
    return "-".join("".join(c if c.isalnum() else " " for c in heading.lower()).split())
