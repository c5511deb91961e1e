"""From the record to gaps: open questions, apart by who may read of them, clustered, named, and held against the articles."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.desk.answer import EVERYONE, audiences
from bot.domain.directory import Directory
from bot.library.articles import Article
from bot.library.encoder import Encoder
from bot.library.gaps.answers import Runs, Spoken, answers, closed_to
from bot.library.gaps.clusters import clusters
from bot.library.gaps.heard import Heard, Outcome, Question
from bot.library.gaps.names import Rarity, Said, keywords, name, spellings
from bot.library.gaps.redact import LEFT_OUT, Redactor, general
from bot.library.index import View
from bot.library.search import FolderLibrary
from bot.library.words import STOP, WEAK, terms

NEAREST = 3
ASKED_AGAIN = 5
"""Questions of a cluster that the articles are searched with."""
TOLD = 500
"""Questions between two signs of progress."""
RATED = (Outcome.UNHELPFUL, Outcome.ESCALATED)


@dataclass(frozen=True)
class Gap:
    """One thing that people asked for in vain. `audience` is who may read of it. `lines` are the questions, redacted, the most typical
    first and each person's first before their second; empty where fewer than the floor's people asked. `improve` is the article that
    answered badly, "" where one has to be written; `nearest` are the articles that come nearest, best first. `answers` is what humans
    said, redacted, ticket by ticket; `unsaid` counts lines of theirs that repeat an article which this audience may not read."""

    name: str
    audience: str
    people: int
    outcomes: Mapping[Outcome, int]
    first: datetime
    last: datetime
    tickets: tuple[str, ...]
    lines: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    improve: str = ""
    answers: tuple[Spoken, ...] = ()
    unsaid: int = 0

    @property
    def size(self) -> int:
        """How many questions."""
        return sum(self.outcomes.values())


def _silent(_: str) -> None:
    return None


@dataclass(frozen=True)
class Means:
    """What finding gaps takes. `floor`: the fewest people whose words are shown. `general`: words of general language. `progress` is given
    a sentence now and then."""

    library: FolderLibrary
    directory: Directory
    encoder: Encoder | None = None
    general: frozenset[str] = frozenset()
    floor: int = 2
    progress: Callable[[str], None] = _silent


def find(heard: Heard, means: Means) -> list[Gap]:
    """All gaps, those of most people first. What only some may read has no part in what is found for others."""
    apart: dict[str, list[Question]] = defaultdict(list)
    for number, question in enumerate(heard.questions, 1):
        if not _mended(question, means):
            apart[reader(question, means)].append(question)
        if number % TOLD == 0:
            means.progress(f"Asking again what the articles may answer by now: {number:,} of {len(heard.questions):,}")
    found = [gap for audience, questions in sorted(apart.items()) for gap in _Finder(audience, questions, heard, means).gaps()]
    return sorted(found, key=lambda gap: (-gap.people, -gap.size, gap.first, gap.name))


def reader(question: Question, means: Means) -> str:
    """Who may read of a question: everyone, unless its answer came from an article that not all may read, or the person is one of those
    for whom there are such articles; then one group alone, the smallest that both have in common."""
    view = means.library.view(frozenset())
    person = means.directory.person(question.person)
    own = (audiences(person, means.directory) & view.index.audiences) - {EVERYONE}
    cited = [view.index.by_path[path].audience for path in question.cited if path in view.index.by_path]
    fit = own
    for audience in cited:
        if EVERYONE not in audience:
            fit = fit & audience
    return min(fit or own, key=lambda group: (_members(group, means.directory), group)) if own else _public(cited)


def _public(cited: Sequence[frozenset[str]]) -> str:
    """For somebody of no group: what they were shown was everyone's then; an article that has been restricted since stays restricted."""
    closed = [audience for audience in cited if EVERYONE not in audience]
    return min(min(closed, key=sorted)) if closed else EVERYONE


def _members(group: str, directory: Directory) -> int:
    return len(directory.groups[group].members) if group in directory.groups else 0


def _mended(question: Question, means: Means) -> bool:
    """Whether the knowledge base answers it by now, or the article that was rated badly has been reviewed since."""
    if question.outcome in RATED:
        article = means.library.view(frozenset()).index.by_path.get(question.cited[0]) if question.cited else None
        return article is not None and article.reviewed is not None and article.reviewed > question.at.date()
    person = means.directory.person(question.person)
    found = means.library.find(question.text, audiences(person, means.directory))
    return found.answer is not None and not found.answer.closest


class _Finder:
    """The gaps of one audience."""

    def __init__(self, audience: str, questions: Sequence[Question], heard: Heard, means: Means) -> None:
        self._audience, self._heard, self._means = audience, heard, means
        self._view = means.library.view(frozenset({audience}))
        users: dict[str, set[str]] = defaultdict(set)
        for question in questions:
            for term in terms(question.text):
                users[term].add(question.person)
        self._common = frozenset(term for term, who in users.items() if len(who) >= max(2, means.floor))
        self._redactor = Redactor(means.directory, self._ordinary, fluent=bool(means.general))
        redacted = [(q, self._redacted(q.text)) for q in questions]
        self._asked = [(q, line, LEFT_OUT.sub(" ", line)) for q, line in redacted if terms(LEFT_OUT.sub(" ", line))]
        self._rarity = Rarity([bare for _, _, bare in self._asked])

    def gaps(self) -> list[Gap]:
        groups = clusters([bare for _, _, bare in self._asked], self._means.encoder, self._means.library.synonyms)
        return [self._gap([self._asked[n] for n in group]) for group in groups]

    def _redacted(self, text: str) -> str:
        return self._redactor.strangers(self._redactor.line(text), self._ordinary)

    def _ordinary(self, word: str) -> bool:
        """Whether a word is more than one person's: of general language, of the articles that this audience may read, or of several
        people's questions."""
        if word in STOP or general(word, self._means.general):
            return True
        own = terms(word)
        return bool(own) and all(term in self._common or self._view.id(term) >= 0 for term in own)

    def _gap(self, asked: Sequence[tuple[Question, str, str]]) -> Gap:
        questions = [q for q, _, _ in asked]
        people = len({q.person for q in questions})
        open_ = people >= self._means.floor
        typical = _typical([(q.person, line, bare) for q, line, bare in asked], self._rarity)
        said: list[Said] = [(q.person, bare) for q, _, bare in asked]
        known = [term for _, text in said for term in terms(text) if self._view.id(term) >= 0]
        called = (
            name(said, LEFT_OUT.sub(" ", typical[0]), self._rarity, min(2, people), self._spelled)
            if open_
            else keywords(said, self._rarity, known)
        )
        spoken, unsaid = self._answers(questions) if open_ else ((), 0)
        return Gap(
            name=called or "Something the articles have no word for",
            audience=self._audience,
            people=people,
            outcomes=Counter(q.outcome for q in questions if q.outcome is not None),
            first=min(q.at for q in questions),
            last=max(q.at for q in questions),
            tickets=tuple(dict.fromkeys(q.ticket for q in questions)),
            lines=tuple(typical) if open_ else (),
            nearest=nearest(self._means.library, self._view, [bare for _, _, bare in asked][: ASKED_AGAIN if open_ else 1]),
            improve=self._improve(questions, called),
            answers=spoken,
            unsaid=unsaid,
        )

    def _answers(self, questions: Sequence[Question]) -> tuple[tuple[Spoken, ...], int]:
        told = [self._heard.told[t] for t in dict.fromkeys(q.ticket for q in questions) if t in self._heard.told]
        return answers(told, self._redactor.line, self._closed) if told else ((), 0)

    @cached_property
    def _spelled(self) -> dict[str, str]:
        return spellings([article.title for article in self._view.index.articles if article.audience & self._view.audiences])

    @cached_property
    def _closed(self) -> Runs:
        return closed_to(self._view)

    def _improve(self, questions: Sequence[Question], called: str) -> str:
        """The article that answered more than half of these badly, if it is about the same, and what was learnt here may stand in it."""
        blamed = Counter(q.cited[0] for q in questions if q.outcome in RATED and q.cited)
        if not blamed:
            return ""
        path, count = min(blamed.items(), key=lambda one: (-one[1], one[0]))
        article = self._view.index.by_path.get(path)
        if article is None or 2 * count <= len(questions) or not _about(article, called):
            return ""
        alone = article.audience <= {self._audience} or (self._audience in article.audience and count == len(questions))
        return path if self._audience == EVERYONE or alone else ""


def _about(article: Article, called: str) -> bool:
    """Whether an article has at least half of the words of a name: what it does not even mention, it answered by mistake."""
    own = {term for text in (article.title, *article.asked_as, *(p.text for p in article.passages)) for term in terms(text)}
    wanted = set(terms(called)) - WEAK
    return 2 * len(wanted & own) >= len(wanted)


def _typical(said: Sequence[tuple[str, str, str]], rarity: Callable[[str], float]) -> list[str]:
    """The lines, those first that share most with the others, and each person's best before their second."""
    shared = Counter(term for _, _, bare in said for term in set(terms(bare)))

    def worth(entry: tuple[str, str, str]) -> tuple[int, float, int, str]:
        own = set(terms(entry[2]))
        total = sum((shared[term] - 1) * rarity(term) for term in own) / max(4, len(own))
        return len(LEFT_OUT.findall(entry[1])), -total, len(entry[1]), entry[1]

    rounds: dict[str, int] = defaultdict(int)
    placed: list[tuple[int, int, str]] = []
    for entry in sorted(said, key=worth):
        placed.append((rounds[entry[0]], len(placed), entry[1]))
        rounds[entry[0]] += 1
    return list(dict.fromkeys(line for _, _, line in sorted(placed)))


def nearest(library: FolderLibrary, view: View, questions: Sequence[str]) -> tuple[str, ...]:
    """Paths of the articles that these questions find, among those of the view: each question has a vote, the higher the place the more."""
    votes: dict[str, float] = defaultdict(float)
    for question in dict.fromkeys(questions):
        for place, hit in enumerate(library.ranked(question, view).hits[:NEAREST]):
            votes[view.index.articles[hit.article].path] += 1 / (1 + place)
    return tuple(sorted(votes, key=lambda path: (-votes[path], path))[:NEAREST])
