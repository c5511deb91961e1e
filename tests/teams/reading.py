"""A card as a person sees it, for examples to compare with; standin/cardplay.py presses its buttons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Element = dict[str, Any]


def seen(card: Element) -> str:
    """A card line by line: bold between asterisks, links with where they lead, boxes with a bar, buttons in brackets."""
    return "\n".join([*_elements(card.get("body", [])), *_bar(card.get("actions", []))])


def _elements(elements: list[Element]) -> Iterator[str]:
    for element in elements:
        if element.get("isVisible", True):
            yield from _element(element)


def _element(element: Element) -> Iterator[str]:
    kind = element["type"]
    if kind == "TextBlock":
        yield element["text"]
    elif kind == "RichTextBlock":
        yield "".join(map(_run, element["inlines"]))
    elif kind == "Container":
        yield from (("▌ " if element.get("style") == "emphasis" else "") + line for line in _elements(element["items"]))
    elif kind == "ColumnSet":
        yield from _columns(element["columns"])
    elif kind == "Table":
        yield from (" | ".join(" ".join(_elements(c["items"])) for c in row["cells"]) for row in element["rows"])
    elif kind == "ActionSet":
        yield from _bar(element["actions"])
    else:
        yield _input(element)


def _run(run: Element) -> str:
    told = run["text"]
    told = f"*{told}*" if run.get("weight") == "Bolder" else told
    told = f"_{told}_" if run.get("italic") else told
    told = f"`{told}`" if run.get("fontType") == "Monospace" else told
    return told + (f"<{run['selectAction']['url']}>" if "selectAction" in run else "")


def _columns(columns: list[Element]) -> Iterator[str]:
    left, *rest = ([*_elements(c["items"])] for c in columns)
    if str(columns[0]["width"]).endswith("px"):
        yield from (f"{left[0] if left and not n else '':<2} {line}" for n, line in enumerate(rest[0]))
    else:
        yield from (line + (f"   {rest[0][0]}" if rest and n == len(left) - 1 else "") for n, line in enumerate(left))


def _input(given: Element) -> str:
    mark = "*" if given.get("isRequired") else ""
    offered = " / ".join(c["title"] for c in given.get("choices", ()))
    return f"{given['label']}{mark}: [{given.get('value', '')}]" + (f" of {offered}" if offered else "")


def _bar(actions: list[Element]) -> Iterator[str]:
    if not actions:
        return
    yield " ".join(("…" if a.get("mode") == "secondary" else "") + f"[{a['title']}]" for a in actions)
    for action in actions:
        if action["type"] == "Action.ShowCard":
            yield from (f"    {line}" for line in seen(action["card"]).split("\n"))


def walk(part: Any) -> Iterator[Element]:
    """Every object in a card, with everything in it."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from walk(inner)


def shown(card: Any) -> str:
    """All words on a card, hidden ones too, in order."""
    return " ".join(e["text"] for e in walk(card) if isinstance(e.get("text"), str))
