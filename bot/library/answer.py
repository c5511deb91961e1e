"""The extractive answer: of the best article, the steps that matter, in order, cut cleanly and cited. Nothing is rephrased."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.domain.messages import Answer, Citation
from bot.library.articles import Article
from bot.library.clean import plain
from bot.library.index import View
from bot.library.passages import Passage
from bot.library.rank import Hit, Ranked

LENGTH = 1500
"""Characters that an answer aims at; a list of steps that began is shown to a later end."""
STEPS_LENGTH = 2400
QUOTE = 180
SHARE = 0.6
"""A passage of the article is shown too if it scores at least this share of the best one."""

_REMEDY = re.compile(r"\b(resol\w+|solution\w*|work ?arounds?|fix\w*|how to|steps?|what to do|mitigat\w+|methods?|try|options?)\b", re.I)
_BACKGROUND = re.compile(
    r"^(symptoms?|problem|issue|causes?|references?|more (information|help)|see also|related\b.*|applies to|status|summary|next steps|"
    r"original .*|feedback|learn more|additional (information|resources)|still need help\??)$",
    re.I,
)
_LEADS = re.compile(r"(:|\b(following|below|these)\b[^.\n]{0,80}\.?)\W*\Z", re.I)
"""Last words that announce what comes next."""
_ABOUT = re.compile(
    r"(?:[_*]{0,2}(?:applies to|original [\w ]{1,20}|last (?:updated|reviewed|modified)|authors?|owners?|audience|tags?)\b:?[_*]{0,2}:?"
    r"[^\S\n][^\n]{0,200}(?:\n|\Z))+\Z|"
    r"(?:\*\*\w+:?\*\* )?This (?:article|topic|page|document|guide)(?: also)? (?:provides|describes|discusses|explains|helps|contains|"
    r"introduces|lists|shows|gives|addresses|outlines|covers|offers|is about)\b[^\n]{0,400}\Z",
    re.I,
)
"""Paragraphs that tell of the page rather than of the matter: number, product, what it is about."""
_ITEM = re.compile(r"\n(?=(?:\d+[.)]|[-*+]) )")


def answer(ranked: Ranked, view: View, *, closest: bool, today: date) -> tuple[Answer, tuple[int, ...]]:
    """The answer from the first hit, and the numbers of the passages it quotes. Where it is only the closest there is, the next two
    articles are cited as well."""
    hit = ranked.hits[0]
    article = view.index.articles[hit.article]
    start = int(view.index.first[hit.article])
    scores = [float(ranked.passages[start + i]) for i in range(len(article.passages))]
    chosen = choose(article.passages, scores)
    main = max(chosen, key=lambda i: _value(article.passages[i], scores[i], max(scores)))
    citations = [cite(article, article.passages[main], today)]
    if closest:
        citations += [_cite_best(other, ranked, view, today) for other in ranked.hits[1:3]]
    text = compose(article.passages, chosen)
    return Answer(text=text, citations=tuple(citations), closest=closest), tuple(start + i for i in chosen)


def choose(passages: Sequence[Passage], scores: Sequence[float]) -> list[int]:
    """Numbers of the passages to show, in the page's order: all of a short page, else the best one with what belongs to it, and others
    that score nearly as well, while there is room."""
    if sum(len(p.text) for p in passages) <= LENGTH:
        useful = [i for i, p in enumerate(passages) if not _is_aside(p)]
        return useful or list(range(len(passages)))
    values = [_value(p, s, max(scores)) for p, s in zip(passages, scores, strict=True)]
    order = sorted(range(len(passages)), key=lambda i: -values[i])
    best = order[0]
    chosen = set(_unit(passages, best, STEPS_LENGTH))
    for number in order[1:]:
        if values[number] < SHARE * values[best] or number in chosen or _is_aside(passages[number]):
            continue
        room = LENGTH - sum(len(passages[i].text) for i in chosen)
        unit = set(_unit(passages, number, room)) - chosen
        if sum(len(passages[i].text) for i in unit) <= room:
            chosen |= unit
    return sorted(chosen)


def _unit(passages: Sequence[Passage], number: int, room: int) -> range:
    """The passage with what makes it whole, as far as there is room for: its section from the beginning, to the end of it, and what
    its last words announce ("use one of the following methods"), which stands in the sections below."""
    first = last = number
    used = len(passages[number].text)
    while first and _section(passages[first - 1]) == _section(passages[number]) and used + len(passages[first - 1].text) <= room:
        first -= 1
        used += len(passages[first].text)
    while last + 1 < len(passages) and _goes_on(passages[last], passages[last + 1], passages[number]):
        used += len(passages[last + 1].text)
        if used > room:
            break
        last += 1
    return range(first, last + 1)


def _goes_on(passage: Passage, following: Passage, of: Passage) -> bool:
    """Whether the next passage belongs to what is said in `of`: to its section, or below it where the words before lead there."""
    if _section(following) == _section(of):
        return True
    below = _section(following)[: len(_section(of))] == _section(of)
    return below and (_section(passage) != _section(of) or bool(_LEADS.search(passage.text)))


def _section(passage: Passage) -> tuple[str, ...]:
    return (*passage.trail, passage.heading) if passage.heading else ()


def _is_aside(passage: Passage) -> bool:
    return bool(_BACKGROUND.match(passage.heading.strip())) or len(_substance(passage.text)) < 30


def _substance(text: str) -> str:
    """The passage without what only tells of its page."""
    return "\n\n".join(p for p in text.split("\n\n") if not _ABOUT.match(p.lstrip()))


def _value(passage: Passage, score: float, best: float) -> float:
    """A passage's score as an answer, given the best score on the page: people who describe a symptom want the remedy."""
    if _is_aside(passage):
        return 0.15 * score
    return 1.3 * score + 0.25 * best if passage.steps or _REMEDY.search(passage.heading) else score


def compose(passages: Sequence[Passage], chosen: Sequence[int]) -> str:
    """The chosen passages as one text, each section under its heading; an ellipsis where a section does not begin with its beginning."""
    parts: list[str] = []
    heading = ""
    room = LENGTH
    for number in chosen:
        passage = passages[number]
        said = _substance(passage.text) or passage.text
        if passage.heading and passage.heading != heading:
            parts.append(f"**{passage.heading}**")
        heading = passage.heading
        if (
            number
            and number - 1 not in chosen
            and _section(passages[number - 1]) == _section(passage)
            and not _is_aside(passages[number - 1])
        ):
            parts.append("…")
        text = shortened(said, max(room, 300), STEPS_LENGTH if passage.steps and not parts[1:] else max(room, 300))
        parts.append(text)
        room -= len(text)
    return "\n\n".join(parts)


def shortened(text: str, length: int, steps_length: int) -> str:
    """The text, or its beginning up to a whole paragraph, list item or sentence, with an ellipsis that says there is more."""
    if len(text) <= length or (_ITEM.search(text) and len(text) <= steps_length):
        return text
    limit = steps_length if _ITEM.search(text) else length
    head = text[:limit]
    cuts = [m.start() for m in _ITEM.finditer(head)] + [m.start() for m in re.finditer(r"\n\n(?! )|(?<=[^\W\d_][.!?:]) ", head)]
    end = max((c for c in cuts if c > limit // 3), default=head.rfind(" ") if " " in head else limit)
    head = head[:end].rstrip()
    if head.count("```") % 2:
        head += "\n```"
    return f"{head}\n\n…"


def cite(article: Article, passage: Passage, today: date) -> Citation:
    """Where the passage stands. An article past its review says so."""
    quote = plain(re.sub(r"^\s*>\s?|```\w*", "", passage.text, flags=re.M))
    if len(quote) > QUOTE:
        quote = quote[:QUOTE].rsplit(" ", 1)[0] + " …"
    return Citation(title=article.title, path=article.path, section=passage.heading, quote=quote, note=age(article, today))


def age(article: Article, today: date) -> str:
    """What a reader should know of an article that is past its review; "" for one that is not."""
    if article.due is None or article.reviewed is None or article.due >= today:
        return ""
    months = max(1, (today - article.reviewed).days // 30)
    return f"Last reviewed {article.reviewed.isoformat()}, {months} month{'s' * (months > 1)} ago; its review is overdue."


def _cite_best(hit: Hit, ranked: Ranked, view: View, today: date) -> Citation:
    article, start = view.index.articles[hit.article], int(view.index.first[hit.article])
    best = max(range(len(article.passages)), key=lambda i: float(ranked.passages[start + i]))
    return cite(article, article.passages[best], today)
