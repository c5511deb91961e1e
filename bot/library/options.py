"""Where several articles fit about equally well and differ in something that a person can name: what to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desk.ports import Option
from bot.library.articles import Article
from bot.library.index import View
from bot.library.kinds import kinds, kinds_of, meaning, without
from bot.library.rank import Hit
from bot.library.words import WEAK, terms

MOST, MANY = 4, 10
"""Options that a question offers at most; and how many of the best articles may be among them."""
NEAR = ((0.75, 0.65), (0.4, 0.88))
"""An article is about as good as the first where their titles are as much alike as the first number says, kinds left out, and its score
is at least that share of the first one's: of twins that only differ in their platform, the question's other words say little."""


def options(question: str, hits: Sequence[Hit], view: View) -> tuple[Option, ...]:
    """What to let somebody choose from, best first: articles that say the same for different platforms, products or versions. Nothing
    where one is clearly the best, or where the question says which it is about."""
    articles = view.index.articles
    first = articles[hits[0].article]
    twins = [h for h in hits[1:MANY] if _apart(articles[h.article], first, h.score / hits[0].score, view)]
    chosen = [first]
    for twin in sorted(twins, key=lambda h: -_alike(articles[h.article], first, view)):
        article = articles[twin.article]
        if len(chosen) < MOST and all(_apart(article, other, 1.0, view) for other in chosen):
            chosen.append(article)
    own = [kinds_of(a) - frozenset[str]().union(*(kinds_of(o) for o in chosen if o is not a)) for a in chosen]
    if len(chosen) < 2 or not all(own) or frozenset[str]().union(*own) & kinds(question):
        return ()
    return tuple(_option(a, sorted(named)) for a, named in zip(chosen, own, strict=True))


def _apart(one: Article, other: Article, share: float, view: View) -> bool:
    """Whether two articles are about the same thing, each for a case of its own that has a name, and one about as good as the other."""
    mine, theirs = kinds_of(one), kinds_of(other)
    if not (mine - theirs and theirs - mine):
        return False
    alike = _alike(one, other, view)
    return any(least <= alike and near <= share for least, near in NEAR)


def _alike(one: Article, other: Article, view: View) -> float:
    """How much their titles say the same, kinds left out: the worth of the words that both have, against the geometric mean of what
    each has (cosine)."""
    mine, theirs = (frozenset(terms(without(a.title))) - WEAK for a in (one, other))

    def worth(words: frozenset[str]) -> float:
        return sum(view.whole.idf(view.id(word)) for word in words)

    return worth(mine & theirs) / (worth(mine) * worth(theirs)) ** 0.5 if mine and theirs else 0.0


def _option(article: Article, named: Sequence[str]) -> Option:
    words = tuple(word for name in named for word in meaning(name))
    return Option(article.path, ", ".join(named), article.title, words, "everyone" in article.audience)
