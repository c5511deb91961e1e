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
    text = compose([article.passages[i] for i in chosen])
    return Answer(text=text, citations=tuple(citations), closest=closest), tuple(start + i for i in chosen)


def choose(passages: Sequence[Passage], scores: Sequence[float]) -> list[int]:
    """Numbers of the passages to show, in the page's order: all of a short page, else the best one, its continuation, and others
    that score nearly as well, while there is room."""
    if sum(len(p.text) for p in passages) <= LENGTH:
        useful = [i for i, p in enumerate(passages) if not _is_aside(p)]
        return useful or list(range(len(passages)))
    values = [_value(p, s, max(scores)) for p, s in zip(passages, scores, strict=True)]
    best = max(range(len(passages)), key=lambda i: (values[i], -i))
    chosen, room = {best}, LENGTH - len(passages[best].text)
    following = [i for i in (best + 1,) if i < len(passages) and passages[i].heading == passages[best].heading]
    for i in following + sorted(range(len(passages)), key=lambda i: -values[i]):
        worth = i in following or (values[i] >= SHARE * values[best] and not _is_aside(passages[i]))
        if i not in chosen and worth and len(passages[i].text) <= room:
            chosen.add(i)
            room -= len(passages[i].text)
    return sorted(chosen)


def _is_aside(passage: Passage) -> bool:
    return bool(_BACKGROUND.match(passage.heading.strip())) or len(passage.text) < 30


def _value(passage: Passage, score: float, best: float) -> float:
    """A passage's score as an answer, given the best score on the page: people who describe a symptom want the remedy."""
    if _is_aside(passage):
        return 0.15 * score
    return 1.3 * score + 0.25 * best if passage.steps or _REMEDY.search(passage.heading) else score


def compose(passages: Sequence[Passage]) -> str:
    """The passages as one text, each section under its heading."""
    parts: list[str] = []
    heading = ""
    room = LENGTH
    for passage in passages:
        if passage.heading and passage.heading != heading:
            parts.append(f"**{passage.heading}**")
        heading = passage.heading
        text = shortened(passage.text, max(room, 300), STEPS_LENGTH if passage.steps and not parts[1:] else max(room, 300))
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
