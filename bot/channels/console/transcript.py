"""Conversations as text files: what people say and press, and what Bellhop must answer.

::

    # Comments begin with #, blank lines part scenes.
    sam.okafor> Remove John's access to email and Slack.
    bellhop→sam.okafor: ? Which “John” do you mean? …
    sam.okafor> [choose John Smith]
    bellhop→sam.okafor: Plan: … [waiting for approval] …
    priya.nair@helpdesk> [press Decline: he is still under notice]
    bellhop→sam.okafor: …he is still under notice…
    bellhop↛john.smith: …

`name>` speaks in that person's open thread, `name@helpdesk>` in the newest ticket's thread there, `name@dm>` in the newest direct
message; ``[new]`` begins another thread. In brackets: ``[press Label]``, ``[press Label: reason]``, ``[choose Label]``,
``[form field=value "other field"=a,b document=@photo.png]``, ``[file photo.png] words``. A line that begins with spaces goes on with
the line above. ``*** 3 days later`` moves the clock, where the caller has one that moves.

An expectation is met by a post, shown since the last line said and after the expectation before it (per audience), whose whole text
fits; ``…`` stands for anything. Posts nobody expects are fine. ``bellhop↛who: pattern`` says that no such post may come before the
next line is said. ``->`` and ``...`` may be typed for ``→`` and ``…``, ``-/->`` for ``↛``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import BadInput

_SPOKEN = re.compile(r"^(?P<who>[\w.+-]+?(?:@[\w-]+(?:\.[\w-]+)+)?)(?:@(?P<where>helpdesk|dm))?>\s?(?P<text>.*)$", re.S)
_EXPECTED = re.compile(r"^bellhop\s*(?P<arrow>→|->|↛|-/->)\s*(?P<who>[\w.@+-]+)\s*:\s?(?P<pattern>.*)$", re.S)
LATER = re.compile(r"^\*{3}\s*(?P<n>\d+)\s*(?P<unit>second|minute|hour|day)s?\s+later\s*$")
BRACKET = re.compile(r"^\[(?P<what>new|press|choose|form|file)\b\s*(?P<rest>[^\]]*)\]\s*(?P<after>.*)$", re.S)


@dataclass(frozen=True)
class Line:
    """One thing the script says: `kind` is say, expect, never or later; `where` is "", helpdesk or dm."""

    number: int
    kind: str
    text: str
    who: str = ""
    where: str = ""


def read(lines: Iterable[str], speaker: str = "") -> list[Line]:
    """The script's lines; BadInput names a line that is none. Lines without a name are said by `speaker`."""
    whole: list[tuple[int, str]] = []
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n")
        if line[:1].isspace() and line.strip() and whole:
            whole[-1] = (whole[-1][0], f"{whole[-1][1]}\n{line.strip()}")
        elif line.strip() and not line.startswith("#"):
            whole.append((number, line.strip()))
    return [_line(number, text, speaker) for number, text in whole]


def _line(number: int, text: str, speaker: str) -> Line:
    if expected := _EXPECTED.match(text):
        kind = "expect" if expected["arrow"] in ("→", "->") else "never"
        return Line(number, kind, expected["pattern"], expected["who"])
    if LATER.match(text):
        return Line(number, "later", text)
    if spoken := _SPOKEN.match(text):
        return Line(number, "say", spoken["text"], spoken["who"], spoken["where"] or "")
    if speaker:
        return Line(number, "say", text, speaker)
    raise BadInput(f"Line {number}: nobody says this. Begin it with a name and “>”, for example “sam.okafor> {text[:40]}”.")


def pattern_of(text: str) -> re.Pattern[str]:
    """An expectation as a pattern over text with single spaces; … stands for anything."""
    parts = re.split(r"…|\.\.\.", " ".join(text.split()))
    return re.compile(".*".join(re.escape(p) for p in parts), re.S)


def short(conversation: str) -> str:
    """How a script calls a conversation: the part before the @, or "helpdesk"."""
    return conversation.partition("@")[0]
