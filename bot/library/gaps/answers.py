"""What humans answered, made fit for an article: their lines only, redacted, without small talk and without what others may not read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from bot.library.articles import Article
from bot.library.gaps.heard import Told
from bot.library.index import View
from bot.library.words import WEAK, terms

MOST_LINES = 20
ALIKE = 85
"""Two answers that rapidfuzz finds this much alike (0–100, words in any order) are one."""
SHARED = 0.3
"""A line of which this part of its three-word runs stands only in articles that its readers may not read repeats them."""

_NUMBER = re.compile(r"^\s*(?:\(?\d{1,2}[.):]|[-*•–])\s+")
_SMALL_TALK = re.compile(
    r"(?i)^(?:hi|hello|hey|hallo|dear|good (?:morning|afternoon|evening)|thanks?|thank you|thx|cheers|sure|ok(?:ay)?|"
    r"no problem|"
    r"you'?re welcome|welcome|sorry|perfect|great|glad|done|fixed|solved|resolved|will do|on it|one (?:moment|sec(?:ond)?)|just a|"
    r"i'?ll (?:have|take) a look|i(?:'m| am) (?:looking|on|checking)|i'?ll (?:check|get back|be|come|call)|looking into|"
    r"let me (?:check|see|look|know)|"
    r"have a (?:nice|good|great)|no worries|anything else|did (?:that|it)|does (?:that|it)|hope (?:that|this)|all good)\b"
)
_ASKS = re.compile(r"(?i)^(?:can|could|would|will|do|did|does|have|has|are|is|which|what|when|where|who|how|why)\b.*\?\s*$")
_REMEDY = re.compile(
    r"(?i)\b(?:open|click|select|choose|press|go to|install|uninstall|restart|reboot|run|enter|type|sign|log|use|ask|order|request|book|"
    r"set|turn|switch|enable|disable|clear|delete|remove|add|change|update|check|connect|download|plug|hold|wait|fill|send|call|visit|"
    r"must|need)\b"
)


@dataclass(frozen=True)
class Spoken:
    """One answer by humans: the ticket it was given in, and its lines, redacted."""

    ticket: str
    lines: tuple[str, ...]


Runs = frozenset[tuple[str, ...]]


def answers(told: Sequence[Told], redact: Callable[[str], str], closed: Runs) -> tuple[tuple[Spoken, ...], int]:
    """The answers, the fullest first, one of several that say the same; and how many lines were left out because they repeat what only
    `closed` articles say."""
    found: list[Spoken] = []
    unsaid = 0
    for one in told:
        lines = []
        for raw in _pieces(one.lines):
            if _repeats(raw, closed):
                unsaid += 1
                continue
            lines.append(redact(raw))
        if lines:
            found.append(Spoken(one.ticket, tuple(dict.fromkeys(lines))[:MOST_LINES]))
    return tuple(_different(sorted(found, key=lambda s: (-sum(map(len, s.lines)), s.ticket)))), unsaid


def _pieces(texts: Sequence[str]) -> list[str]:
    """Each line of what was said that tells how something is done or where it stands."""
    lines = [_NUMBER.sub("", line).strip() for text in texts for line in text.splitlines()]
    return [line for line in lines if _tells(line)]


def _tells(line: str) -> bool:
    said = terms(line)
    remedy = bool(_REMEDY.search(line))
    if len(said) < (1 if remedy else 2) or _ASKS.match(line) or (line.rstrip().endswith("?") and not remedy):
        return False
    plain = [term for term in said if term not in WEAK]
    return not _SMALL_TALK.match(line) or (remedy and len(plain) >= 3)


def _runs(text: str) -> Runs:
    words = terms(text)
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def closed_to(view: View) -> Runs:
    """Three-word runs that stand only in articles which the view's readers may not read."""
    apart: tuple[list[Article], list[Article]] = ([], [])
    for article in view.index.articles:
        apart[bool(article.audience & view.audiences)].append(article)
    closed, open_ = apart
    runs = {run for article in closed for passage in article.passages for run in _runs(passage.text)}
    for article in open_ if runs else ():
        for passage in article.passages:
            runs -= _runs(passage.text)
    return frozenset(runs)


def _repeats(line: str, closed: Runs) -> bool:
    runs = _runs(line)
    return bool(runs) and len(runs & closed) >= SHARED * len(runs)


def _different(found: Sequence[Spoken]) -> list[Spoken]:
    kept: list[Spoken] = []
    for one in found:
        if not any(fuzz.token_set_ratio(" ".join(one.lines), " ".join(other.lines)) >= ALIKE for other in kept):
            kept.append(one)
    return kept
