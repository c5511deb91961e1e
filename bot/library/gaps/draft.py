"""A gap as an article to be read, mended and merged by a human, and as the message of the commit that brings it.

What people said is data here: it can make no field, no heading, no link, no markup and no mention. An article that nobody has answered
yet says so in a place that `bellhop knowledge check` does not let pass, and so does one from which something was taken out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from bot.library.articles import SUFFIXES, Article
from bot.library.gaps.answers import Spoken
from bot.library.gaps.find import Gap
from bot.library.gaps.names import slug
from bot.library.gaps.redact import LEFT_OUT
from bot.library.words import WEAK, terms

REVIEW_EVERY = "30 days"
"""A draft is to be read again soon."""
ASKED_AS, EVIDENCE, ANSWERS = 5, 20, 4
"""How many questions stand in the article, how many in the commit's message, and how many answers in the article."""
LONGEST_LINE = 120
TO_DO = "To be written:"
_UNWRITTEN = re.compile(rf"\[{TO_DO}[^\]]*\]")
_TAKEN_OUT = re.compile(r"\\?\[[a-z][a-z -]{0,30} left out\\?\]", re.I)
_ENDS = re.compile(r"^[\s,.;:!)'’-]+|(?:[\s,;:('’-]+(?:a|an|and|at|by|do|for|from|i|in|is|my|need|of|on|or|the|to|with)?)+$", re.I)
"""What hangs loose where something was taken out."""
_HEADINGS = ("One answer", "Another answer", "A third answer", "A fourth answer")


@dataclass(frozen=True)
class Draft:
    """A file to be written: its path in the knowledge folder and its content; `replaces` the article that it is a new version of ("":
    none). `message` is what the commit says, without its trailers; `evidence` a digest of what it came from."""

    path: str
    content: bytes
    message: str
    evidence: str
    key: str
    tickets: tuple[str, ...]
    replaces: bool = False


@dataclass(frozen=True)
class House:
    """What a draft has to fit in with: the articles there are, every file beside them, what an article's file holds (None: it is not
    where drafts are written to), and today."""

    articles: Mapping[str, Article]
    files: Collection[str]
    content: Callable[[str], bytes | None]
    today: date


def draft(gap: Gap, house: House, taken: set[str]) -> Draft:
    """The draft of one gap; `taken` are the paths that others have, and this one is added to them."""
    base = _utf8(house.content(gap.improve)) if gap.improve else None
    path = gap.improve if base is not None else _free(gap, house, taken)
    content = _longer(base, gap) if base is not None else _page(gap, house)
    taken.add(path)
    key = hashlib.sha256(f"{gap.audience}\0{gap.tickets[0]}".encode()).hexdigest()[:8]
    return Draft(path, content.encode(), _message(gap), _evidence(gap), key, gap.tickets, base is not None)


def folder_of(gap: Gap) -> str:
    """The folder where the nearest article lives; "" for the knowledge folder itself."""
    place = str(PurePosixPath(gap.nearest[0]).parent) if gap.nearest else "."
    return "" if place == "." else place


def owner_of(folder: str, articles: Mapping[str, Article]) -> str:
    """Who owns most articles of a folder, else most of all; "" where nobody owns any."""
    there = Counter(a.owner for path, a in articles.items() if a.owner and str(PurePosixPath(path).parent) == (folder or "."))
    everywhere = Counter(a.owner for a in articles.values() if a.owner)
    counts = there or everywhere
    return min(counts, key=lambda owner: (-counts[owner], owner)) if counts else ""


def unfinished(text: str) -> Iterator[tuple[int, str]]:
    """Line (first is 1) and reason of each place where a draft still has to be finished."""
    for number, line in enumerate(text.splitlines(), 1):
        if _UNWRITTEN.search(line):
            yield number, "this draft still has to be written"
        for gap in _TAKEN_OUT.findall(line):
            yield number, f"something was left out of this draft: {gap.replace(chr(92), '')}; say it in general words, or drop it"


def harmless(text: str) -> str:
    """Somebody's words for a place among words of ours that are read as markdown: shown letter for letter, calling and linking nobody.
    Only angle brackets become others: readers differ in what they take for a tag, however it is marked."""
    text = "".join(c if c.isprintable() else " " for c in text).translate(str.maketrans("<>", "‹›"))
    text = " ".join(text.split()).replace("@", "(at)").replace("](", "] (").replace("~~~", "~")
    text = re.sub(r"&(?=#?\w{1,31};)", "& ", text)
    text = re.sub(r"[\\`*_{}\[\]#|!]", lambda m: f"\\{m[0]}", text)
    return re.sub(r"^(?:([-+])|(\d+)([.)])(?=\s|$))", lambda m: f"\\{m[1]}" if m[1] else f"{m[2]} {m[3]}", text)


def _free(gap: Gap, house: House, taken: set[str]) -> str:
    folder = folder_of(gap)
    stem = f"{folder}/{slug(gap.name)}".lstrip("/")
    number = 1
    there = {path.casefold() for path in (*house.articles, *house.files, *taken)}
    while (path := f"{stem}{f'-{number}' if number > 1 else ''}{SUFFIXES[0]}").casefold() in there:
        number += 1
    return path


def _utf8(raw: bytes | None) -> str | None:
    """The text of an article that may be added to; None where it is in another encoding."""
    try:
        return raw.decode("utf-8") if raw is not None else None
    except UnicodeDecodeError:
        return None


def _page(gap: Gap, house: House) -> str:
    titles = {article.title.casefold() for article in house.articles.values()}
    title = gap.name if gap.name.casefold() not in titles else f"{gap.name} (draft)"
    owner = owner_of(folder_of(gap), house.articles)
    fields = [f"title: {_scalar(title[:120])}", *([f"owner: {_scalar(owner)}"] if owner else []), f"audience: [{_scalar(gap.audience)}]"]
    fields += [f"reviewed: {house.today.isoformat()}", f"review_every: {REVIEW_EVERY}", "asked_as:"]
    fields += [f"  - {_scalar(line)}" for line in asked_as(gap)]
    return "\n".join(["---", *fields, "---", "", *_body(gap.answers), ""])


def _scalar(text: str) -> str:
    """As a double-quoted scalar, which can hold no other field."""
    return json.dumps("".join(c if c.isprintable() else " " for c in text), ensure_ascii=False)


def asked_as(gap: Gap) -> list[str]:
    """The most typical questions, as lines that have to find the page; where something was taken out, what of them is whole."""
    found: dict[tuple[str, ...], str] = {}
    for line in sorted(gap.lines, key=lambda text: bool(LEFT_OUT.search(text))):
        short = _whole(line, gap.name)
        own = tuple(terms(short))
        if len(set(own) - WEAK) > 1 and len(short) >= 3:
            found.setdefault(own, short)
    return list(found.values())[:ASKED_AS] or [gap.name.lower()]


def _whole(line: str, called: str) -> str:
    """A question as it stands or, of one that is long or has gaps, the sentence or piece that is most about it."""
    line = line.strip(" \"'“”")
    if len(line) <= LONGEST_LINE and not LEFT_OUT.search(line):
        return line
    about = set(terms(called))
    pieces = [piece for part in LEFT_OUT.split(line) for piece in re.split(r"(?<=[.!?])\s+", _ENDS.sub("", part)) if piece] or [""]
    best = max(pieces, key=lambda s: (len(about & set(terms(s))), len(set(terms(s)) - WEAK), -len(s)))
    return _ENDS.sub("", best if len(best) <= LONGEST_LINE else best[:LONGEST_LINE].rsplit(" ", 1)[0])


def _body(answers: Sequence[Spoken]) -> list[str]:
    if not answers:
        return [f"[{TO_DO} what to do, in numbered steps, the remedy first. What people asked stands in the message of this commit.]"]
    shown = answers[:ANSWERS]
    parts = []
    for heading, spoken in zip(_HEADINGS, shown, strict=False):
        steps = [f"{number}. {harmless(line)}" for number, line in enumerate(spoken.lines, 1)]
        parts.append("\n".join([*([f"## {heading}", ""] if len(shown) > 1 else []), *steps]))
    return ["\n\n".join(parts)]


def _longer(base: str, gap: Gap) -> str:
    """The article with one more section at its end; what stood there stays byte for byte."""
    end = "\r\n" if "\r\n" in base else "\n"
    steps = "\n".join(_body(gap.answers)).replace("## ", "### ")
    section = f"## {harmless(gap.name)}\n\n{steps}\n"
    return base + ("" if base.endswith("\n") else end) + end + section.replace("\n", end)


def _evidence(gap: Gap) -> str:
    """The same for the same questions and answers."""
    told = [gap.audience, sorted(gap.tickets), sorted((str(o), n) for o, n in gap.outcomes.items()), sorted(s.ticket for s in gap.answers)]
    return hashlib.sha256(json.dumps([*told, sum(len(s.lines) for s in gap.answers)]).encode()).hexdigest()[:16]


def outcomes(gap: Gap) -> str:
    """ "3 not answered, 1 handled by a human"."""
    return "; ".join(f"{count} {outcome}" for outcome, count in sorted(gap.outcomes.items(), key=lambda one: (-one[1], one[0])))


def _message(gap: Gap) -> str:
    subject = f"Improve {gap.improve}: {gap.name}" if gap.improve else f"Draft: {gap.name}"
    when = f"from {gap.first:%Y-%m-%d} to {gap.last:%Y-%m-%d}" if gap.first.date() != gap.last.date() else f"on {gap.first:%Y-%m-%d}"
    lines = [_spoken(subject)[:100], "", f"{gap.people} people asked {gap.size} questions {when}: {outcomes(gap)}.", ""]
    lines += ["What was asked:", *(f"  - {_spoken(line)}" for line in gap.lines[:EVIDENCE])]
    if len(gap.lines) > EVIDENCE:
        lines.append(f"  and {len(gap.lines) - EVIDENCE} more")
    lines += ["", f"Tickets: {', '.join(gap.tickets[:60])}{' …' if len(gap.tickets) > 60 else ''}"]
    if gap.nearest:
        lines.append(f"Nearest articles: {', '.join(gap.nearest)}")
    lines += ["", *_source(gap)]
    lines.append("Names, addresses and numbers were taken out by rules, which can miss some: read this before you publish it.")
    return "\n".join(lines)


def _source(gap: Gap) -> Iterator[str]:
    if gap.answers:
        told = ", ".join(spoken.ticket for spoken in gap.answers)
        yield f"The steps are what colleagues at the help desk answered in {told}. Nobody has checked them."
        if len(gap.answers) > 1:
            yield "They do not say the same: keep what is right."
    else:
        yield "Nobody has answered this in a ticket that was resolved, so what to do has to be written."
    if gap.unsaid:
        yield f"{gap.unsaid} of their lines are not in it: they repeat an article that is not for this audience ({gap.audience})."


def _spoken(text: str) -> str:
    """For a commit's message, which a pull request may show as markdown."""
    text = "".join(c if c.isprintable() else " " for c in text)
    text = re.sub(r"#(?=\d)", "no. ", " ".join(text.split())).replace("@", "(at)").replace("](", "] (")
    return text.translate(str.maketrans("<>`*#|", "‹›'··/"))
