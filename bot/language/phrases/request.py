"""One thing that a message asks for, and the calls it comes to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.calls import Kind
from bot.language.phrases.heard import Heard, away, covers, passage, spoken_of
from bot.language.phrases.levels import levels
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.moments import Moment
from bot.language.phrases.passages import Passage
from bot.language.phrases.rank import Profile
from bot.language.phrases.roles import Material
from bot.language.phrases.signs import imperative, opening, wanted
from bot.language.phrases.slots import Filled, fill
from bot.language.phrases.who import NOBODY

BARE = 6
"""Words of a request that names only what is to be done."""


@dataclass
class Request:
    """One thing asked for: the nearest action and the spans of the message that belong to it."""

    profile: Profile
    score: float
    spans: list[tuple[int, int]]
    sentence: int
    it: tuple[Mention, ...] = ()
    implied: bool = False
    """Whether `it` is meant without an "it"."""
    told: bool = False
    """Whether a statement asked for it, rather than an order or a wish."""
    named: tuple[Mention, ...] = ()
    filled: list[Filled] = field(default_factory=list)
    own: tuple[tuple[int, int], ...] = ()


def fill_in(heard: Heard, requests: Sequence[Request]) -> None:
    """Gives each request its calls; whom one is about who is not named again is whom the one before was about."""
    about: Mention | None = None
    for request in requests:
        own = passage(heard, request.spans)
        beside = [m for m in heard.moments if any(holds(heard, m, request) for holds in (_waits, _leads, _both, _lasts))]
        moments = [m for m in heard.moments if covers(request.spans, m.start) or m in beside]
        before = spoken_of(heard, request.spans[0][0]) or about
        request.filled = fill(request.profile, Material(own, moments, heard.speaker.email, before, request.it, request.implied))
        if (
            (_empty(request) and not _bare(heard, request))
            or _beside_the_point(heard, request)
            or (_one_sided(request) and not any(m.role == NOBODY for m in own.mentions))
            or _of_a_level(own, request)
            or _own_affair(own, request)
        ):
            request.filled = []
        persons = [m for m in own.mentions if m.kind is Kind.PERSON and m.role not in ("i", "mine", "nobody")]
        about = persons[0] if persons else about


def _waits(heard: Heard, moment: Moment, request: Request) -> bool:
    """Whether a beginning that nobody can look up stands before the request, in the same sentence."""
    start = request.spans[0][0]
    return moment.cue == "when" and not moment.value and moment.end <= start and not set(heard.folded[moment.end : start]) & set(".!?\n")


def _leads(heard: Heard, moment: Moment, request: Request) -> bool:
    """ "For two weeks, forward my mail to Tom": whether the sentence begins with this moment alone, and then with the request."""
    start = request.spans[0][0]
    before = re.split(r"[.!?;\n]", heard.folded[: moment.start])[-1] if moment.end <= start else ""
    return moment.end <= start and not heard.folded[moment.end : start].strip(" ,:-") and bool(_NOTHING.fullmatch(before))


_NOTHING = re.compile(r"\W*(?:(?:so|and|please|pls|just|only|but|ok|okay|hi|hello|then)\W+)*")


def _both(heard: Heard, moment: Moment, request: Request) -> bool:
    """ "Give his meetings to Tom and forward his mail to Tom, both until Friday": a moment that is said of all that stands before it."""
    end = request.spans[-1][1]
    between = heard.folded[end : moment.start] if end <= moment.start else "."
    return bool(_OF_ALL.search(heard.folded, 0, moment.start)) and not set(between) & set(".!?;\n")


_OF_ALL = re.compile(r"\b(?:both|all|each)(?: of (?:them|it|these|those))?(?: only| just)?\s+\Z")


def _lasts(heard: Heard, moment: Moment, request: Request) -> bool:
    """ "I'm away until Friday, forward my mail to Tom": what is handed over while somebody is not there is handed over until they are."""
    start = request.spans[0][0]
    hands = sum(a.kind is Kind.PERSON for a in request.profile.action.declared.values()) > 1
    told = away(heard, start) if hands and moment.cue in _ENDS and moment.value and moment.end <= start else None
    own = any(m.cue in _ENDS or m.lasting for m in heard.moments if covers(request.spans, m.start))
    return bool(told) and not own and covers([told or (0, 0)], moment.start)


_ENDS = frozenset(("until", "till", "til", "through", "thru", "up to", "up until", "up to and including"))


def _bare(heard: Heard, request: Request) -> bool:
    """ "Create a group": a deed and its thing alone, with nothing beside them that could tell of something else."""
    return len([w for w in heard.words if covers(request.own, w.start)]) <= BARE


def _empty(request: Request) -> bool:
    """Whether nothing at all was said of the several things that the action needs: "create a group for the Hamburg team"."""
    needed = [a.name for a in request.profile.action.declared.values() if a.required]
    said = any(f.arguments or any(said or choices for choices, said in f.asks.values()) for f in request.filled)
    return len(needed) > 1 and not said


def _parts(profile: Profile) -> set[str]:
    """The persons whom the examples of an action name as a rule: who gives something up and who gets it, or only whom it is about."""
    return {a.name for a in profile.arguments(Kind.PERSON) if profile.uses[a.name] > profile.uses[profile.action.subject] / 2}


def _one_sided(request: Request) -> bool:
    """Whether a statement says whose something is and not who is to have it: "my meetings go to four hours a day"."""
    profile = request.profile
    people = _parts(profile)
    return (
        request.told
        and len(people) > 1
        and any(len(people & (f.arguments.keys() | {n for n, (choices, _) in f.asks.items() if choices})) < 2 for f in request.filled)
    )


def _of_a_level(own: Passage, request: Request) -> bool:
    """Whether a statement says that a level is not needed ("does not need Jira admin"): to take everything would be more than that."""
    denies = request.told and re.search(r"\b(?:needs?|uses?|using|requires?)\b", own.folded)
    return bool(denies) and "level" not in request.profile.action.declared and bool(levels(own, ()))


def _own_affair(own: Passage, request: Request) -> bool:
    """Whether somebody is only said to see to what is theirs: "Carlos should read his mail more often"."""
    people = [m for m in own.mentions if m.kind is Kind.PERSON]
    theirs = len(people) == 2 and [m.role for m in people] == ["", "pronoun"] and people[0].values == people[1].values
    theirs = theirs and [w.text for w in own.words[people[0].last : people[0].last + 1]] != ["'s"]  # "his mail needs forwarding while he …"
    hands = sum(a.kind is Kind.PERSON for a in request.profile.action.declared.values()) > 1
    asked = imperative(opening(own.folded.strip()), own.wording) or wanted(own.folded) or own.folded.rstrip().endswith("?")
    if not (theirs and hands) or asked:
        return False
    return all(((), "") in f.asks.values() for f in request.filled)


def _beside_the_point(heard: Heard, request: Request) -> bool:
    """Whether a common verb ("add", "set up") is all that speaks for handing something from somebody nobody named to somebody else: "add
    Omar to the meeting"; or for installing nothing that is named: "set everything up"; or whether a group itself is to be made or
    deleted."""
    action = request.profile.action
    words = [w.text for w in heard.words if covers(request.own or request.spans, w.start)]
    ideas = heard.lexicon.wording.ideas(words)
    deeds = {i.name for i in ideas if i.form in ("base", "ing") and i.name[-1] != "."}
    if request.profile.needs_apps and all(f.asks.get(a.name) for f in request.filled for a in action.declared.values() if a.many):
        return deeds <= _COMMON and not any(i.form == "noun" and i.name in request.profile.features for i in ideas)
    unnamed = request.filled and all(f.asks.get(action.subject) == ((), "") for f in request.filled)
    if not unnamed:
        return False
    if len(_parts(request.profile)) > 1:
        return deeds <= _COMMON
    return action.declared[action.subject].kind is Kind.PERSON and any(
        m.kind is Kind.GROUP and not _LED & {w.text for w in heard.words[max(0, m.first - 3) : m.first]} for m in request.named
    )


_COMMON = frozenset(("give", "need", "create", "take", "do", "fix"))
_LED = frozenset(("to", "from", "in", "into", "of", "off", "on", "out", "join"))
