"""Who plays which part in a request: every person named, put into the argument that the sentence gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.calls import Argument, Kind, Risk
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.moments import Moment
from bot.language.phrases.passages import Passage
from bot.language.phrases.rank import Profile
from bot.language.phrases.signs import opening
from bot.language.phrases.text import Token, fold, tokens
from bot.language.phrases.who import NOBODY, SELF
from bot.language.phrases.wording import patterns

_COVERING = re.compile(r"\b(?:covering|standing in|filling in|stepping in|deputising) for\s+$")
_NOT_OWNED = frozenset(("his", "her", "their", "my", "our", "the", "a", "an", "to", "in", "on", "all", "access", ""))
_REASON = patterns("things")["reason"]
NAMED = frozenset((Kind.SYSTEM, Kind.GROUP, Kind.DEVICE))
"""Kinds of things that the directory names, persons aside."""


@dataclass(frozen=True)
class Material:
    """What there is to fill with. `inherited` is the person an earlier part of the message is about."""

    passage: Passage
    moments: Sequence[Moment]
    speaker: str
    inherited: Mention | None = None
    it: Sequence[Mention] = ()
    """The systems, groups and devices that "it" stands for."""
    implied: bool = False
    """Whether these are meant without an "it": "add Kofi to the list, take Bob out"."""


def persons(profile: Profile, material: Material) -> dict[str, list[Mention]]:
    wanted = profile.arguments(Kind.PERSON)
    said = _with_speaker([m for m in outside_reason(material.passage) if m.kind is Kind.PERSON], material.passage)
    said = [m for m in said if not (material.implied and m.role == "pronoun" and not m.values)]  # "lock them": the laptops
    if any(m.role == "mine" for m in said):
        # "they broke the window, and my laptop is gone", "my password and my MFA, both of them"
        said = [m for m in said if m.said not in ("they", "them") or m.values]
    newcomer = "name" in profile.action.declared
    explicit = [m for m in said if m.role not in ("i", "mine") and not (newcomer and not m.values and m.role in ("unknown", "pronoun"))]
    explicit += [m for m in said if m.role == "mine" and _owns(material.passage, m, profile)]
    named = {m.values for m in explicit if m.role == ""}
    owned = {m.values for m in explicit if m.role == "pronoun" and m.values in named and _possessive(material.passage, m, len(named))}
    explicit = [m for m in explicit if not (m.role == "pronoun" and m.values in named - owned) and not (m.role == "" and m.values in owned)]
    explicit = _without_wisher(explicit, wanted, material.passage)
    explicit = sorted(_without_beneficiary(explicit, wanted, material.passage), key=lambda m: m.first)
    found = _assign(profile, wanted, explicit, material.passage) if wanted else {}
    first = next((a for a in wanted if a.name == profile.action.subject), wanted[0] if wanted else None)
    if first and not found.get(first.name):
        other = _fallback(profile, first, said, material, found)
        if other:
            found[first.name] = [other]
    return {name: _without_repeats(mentions) for name, mentions in found.items()}


def outside_reason(passage: Passage) -> list[Mention]:
    """Without those who are only named to say why: "I need it because my manager wants the numbers"."""
    told = _REASON.search(passage.folded)
    starts = [passage.words[m.first].start for m in passage.mentions]
    stood_in = [m for m, s in zip(passage.mentions, starts, strict=True) if _COVERING.search(passage.folded, 0, s)]
    they = {m.values for m in stood_in}
    mentions = [m for m in passage.mentions if m not in stood_in and not (m.role == "pronoun" and m.values in they)]
    if told is None or not any(s < told.start() for s in starts):
        return mentions
    return [m for m in mentions if not told.start("reason") <= passage.words[m.first].start < told.end("reason")]


def _possessive(passage: Passage, mention: Mention, people: int) -> bool:
    """ "While Joy is away, her mail …": the pronoun says what Joy is in the request. "Their" may be that of several people."""
    word = passage.words[mention.first].text
    if word == "their" and people > 1:
        return False
    after = [t.text for t in passage.words[mention.last : mention.last + 2]]
    return word in ("his", "her", "their") and any((a,) in passage.wording.phrases for a in after)


def _without_beneficiary(said: list[Mention], wanted: Sequence[Argument], passage: Passage) -> list[Mention]:
    """ "Give me Sam's …", "can you take John off it for me": with one person to find, a named one outranks the speaker."""
    if len(wanted) == 1 and (whom := _handed_to(said, passage)):
        return whom
    others = [m for m in said if m.role not in (SELF, "mine")]
    together = any(m.role == SELF for m in said) and len(wanted) == 1
    if len(wanted) == 1 and others and together and not _coordinated(said, passage):
        return others
    if len(wanted) == 1 and others and not together:
        return others
    return said


def _handed_to(said: Sequence[Mention], passage: Passage) -> list[Mention]:
    """ "Give his seat to Will": whom something of somebody else's is given to."""
    deeds = {i.name for i in passage.wording.ideas([t.text for t in passage.words]) if i.form == "base"}
    owners = [m for m in said if _owner(passage.words, m) or (m.last < len(passage.words) and passage.words[m.last].text == "'s")]
    begin = min((m.first for m in owners), default=0)
    whom = [m for m in said if m not in owners and m.first > begin and passage.words[m.first - 1].text == "to"]
    return whom if owners and "give" in deeds and "take" not in deeds else []


def _without_wisher(said: list[Mention], wanted: Sequence[Argument], passage: Passage) -> list[Mention]:
    """ "Freya wants Kwame off Hootsuite": whom it is about is who is named after the wish."""
    wish = {"wants", "needs", "want", "need", "likes", "like"}
    ends = [passage.words[m.last].text if m.last < len(passage.words) else "" for m in said]
    about = {m.first for m, after in zip(said, ends, strict=True) if after != "'s" and passage.words[m.first - 1].text in wish and m.first}
    wishers = [m for m in said if any(m.last < first <= m.last + 3 for first in about) and m.first not in about]
    return [m for m in said if m not in wishers] if len(wanted) == 1 else said


def _with_speaker(said: list[Mention], passage: Passage) -> list[Mention]:
    """ "Sam and I need …": the speaker is one of them."""
    ends = {m.last for m in said if m.role not in ("i", "mine")}
    joined = {m.first for m in said if m.role == "i" and m.first - 1 in ends and passage.words[m.first - 1].text in ("and", "&")}
    return [replace(m, role=SELF) if m.first in joined else m for m in said]


def _coordinated(said: Sequence[Mention], passage: Passage) -> bool:
    """Whether the speaker stands beside another name: "me and Sam"."""
    owners = [m for m in said if _owner(passage.words, m)]  # "me: his account is locked"
    pairs = [
        (a, b) for a in said for b in said if a is not b and SELF in (a.role, b.role) and 0 <= b.first - a.last <= 2 and b not in owners
    ]
    between = [[t.text for t in passage.words[a.last : b.first]] for a, b in pairs]
    return any(words in ([], ["and"], ["&"], ["n"], ["plus"], ["and", "for"], ["n", "for"], ["and", "also"]) for words in between)


def _owns(passage: Passage, mention: Mention, profile: Profile) -> bool:
    """Whether "my" is about what the action touches: "my laptop", not "my friend Bob"."""
    after = [t.text for t in passage.words[mention.last : mention.last + 4]]
    spans = {m.first for m in passage.mentions if m.kind in NAMED}
    ideas = {i.name for i in passage.wording.ideas(after)}
    return any(n in spans for n in range(mention.last, mention.last + 3)) or bool(ideas & profile.features)


def _fallback(
    profile: Profile, first: Argument, said: Sequence[Mention], material: Material, found: Mapping[str, list[Mention]]
) -> Mention | None:
    """Whom a clause is about that names nobody: the one spoken of before, or the speaker who says "I need …"."""
    own = any(m.role in ("i", "mine", SELF, "pronoun") for m in said)
    if not own and not first.required and any(m.kind is Kind.DEVICE and m.values for m in material.passage.mentions):
        return None  # a device that is named says by itself whose it is
    if material.inherited and not any(m.role in ("i", "mine", SELF) for m in said):
        return material.inherited
    speaking = [m for m in said if m.role in ("i", "mine", SELF)]
    if not said and not found and "name" not in profile.action.declared and _only_me(profile, material):
        return Mention(Kind.PERSON, (material.speaker,), 0, 1, "i", role="i")
    if profile.action.risk is Risk.HIGH and all(m.role == "mine" for m in speaking):
        return None  # what cannot be undone is not done to somebody for a "my" beside it
    nobody = next((m for m in said if m.role == NOBODY), None)
    if nobody and speaking and (" " in nobody.said or all(m.role == SELF for m in speaking)):
        return nobody  # "unlock someone for me", "a colleague of mine is locked out"
    return _speaker(profile, said, speaking, material, found)


def _speaker(
    profile: Profile, said: Sequence[Mention], speaking: Sequence[Mention], material: Material, found: Mapping[str, list[Mention]]
) -> Mention | None:
    """The speaker, where nobody else is named and nothing speaks against it."""
    orders = re.search(r"\bi (?:need|want|'d like|would like) you\b|\bi (?:hired|fired|let go)\b", material.passage.folded)
    name = profile.action.declared.get("name")
    if _ELLIPTIC.search(opening(material.passage.folded.strip())) and not name and not found:
        return Mention(Kind.PERSON, (material.speaker,), 0, 1, "i", role="i")
    deeds = any(i.name[-1] != "." for i in material.passage.wording.ideas([t.text for t in material.passage.words]))
    wished = [m for m in material.passage.mentions if m.kind in NAMED and m.first == 0]
    if wished and not found and not name and not said and not deeds and _ALONE.search(_undated(material)):
        return Mention(Kind.PERSON, (material.speaker,), 0, 1, "i", role="i")  # "AnyConnect please": nothing but what is wished for
    if all(m.role == "i" for m in speaking) and _begins(material.passage):
        return None
    if speaking and not orders and not name and not any(material.speaker in m.values for ms in found.values() for m in ms):
        return speaking[0]
    return None


_TO = re.compile(r"\bi(?:'d like| would like|'d love| want| need| have| wish|'m going|'d have| wanted| am going) to ")


def _begins(passage: Passage) -> bool:
    """ "I'd like to open a ticket", "I need to start an offboarding", "I have to reset a password": whoever says so begins it, and says
    nothing of whom it is about."""
    wish = _TO.search(passage.folded)
    if not wish:
        return False
    words = [t.text for t in passage.words if t.start >= wish.end()]
    deeds = {i.name for i in passage.wording.ideas(words) if i.first == 0 and i.form in ("base", "state")}
    return bool(deeds & {"create", "do"}) or (bool(deeds & _TO_SOME) and words[1:2] in (["a"], ["an"], ["another"], ["some"]))


_TO_SOME = frozenset(("reset", "unlock", "lock", "wipe", "forward", "delegate"))
"""Deeds that are done to what somebody has."""


def _only_me(profile: Profile, material: Material) -> bool:
    """ "New phone, lost all my codes. MFA reset please": the sentence before tells of the speaker and nobody else."""
    around = [m for m in material.passage.around if m.kind is Kind.PERSON]
    if any(m.role not in ("i", "mine", SELF) for m in around) or _ANY.search(material.passage.folded):
        return False
    told = _sentences_before(material.passage)
    if any(m.role == "i" for m in around) and _only_named(material):
        return profile.action.risk is not Risk.HIGH
    if profile.action.risk is Risk.HIGH and profile.takes(Kind.DEVICE):
        return False
    elliptic = any(_ELLIPTIC.search(opening(s.strip())) for s in told)
    mine = any(m.role in ("mine", SELF) for m in material.passage.before if m.kind is Kind.PERSON)
    return elliptic or (mine and profile.action.risk is not Risk.HIGH)


def _only_named(material: Material) -> bool:
    """ "Admin on Grafana, I'm chasing a bug": a thing wished for, without a deed and without a word of whom it is for."""
    start = opening(material.passage.folded.strip())
    level = start.split(" ", 1)[0] in material.passage.wording.levels
    deeds = not level and any(
        i.first == 0 and i.form == "base" for i in material.passage.wording.ideas([t.text for t in tokens(start)][:3])
    )
    return not deeds and not re.search(r"\bfor\b", _undated(material))


def _sentences_before(passage: Passage) -> list[str]:
    """The parts of the message before the passage, as far as the sentence before it."""
    start = len(passage.folded) - len(passage.folded.lstrip())
    told = fold(passage.whole)[:start]
    return [p for p in re.split(r"[.!?,\n]+", told) if p.strip()][-4:]


_ANY = patterns("slots")["any"]


def _undated(material: Material) -> str:
    """The folded passage up to where it says until when."""
    return material.passage.folded[: min((m.start for m in material.moments if m.start), default=None)].rstrip(" .,")


_ALONE = re.compile(r"^\W*(?:\S+\s+){1,3}(?:please|pls|plz|asap)\W*$")
_ELLIPTIC = patterns("slots")["elliptic"]
"""Sentences that leave out "I"."""


def _assign(profile: Profile, wanted: Sequence[Argument], said: Sequence[Mention], passage: Passage) -> dict[str, list[Mention]]:
    """Every mention to the argument whose place in the declared examples, or whose usual words, fit best."""
    found: dict[str, list[Mention]] = {}
    previous: tuple[Mention, str] | None = None
    owned = any(_owns_thing(passage.words, m) for m in said)
    for mention in said:
        owner = next((n for n, ms in found.items() if _goes_on_owning(passage, ms[-1], mention)), "")
        if owner or (previous and _listed(passage, previous[0], mention) and previous[1] in found):
            name = owner or (previous[1] if previous else "")
        else:
            scores = {a.name: _fit(profile, a, mention, passage, owned) - 2.0 * (a.name in found) for a in wanted}
            name = max(scores, key=lambda n: scores[n])
            if scores[name] <= -1.0:
                continue
        found.setdefault(name, []).append(mention)
        previous = (mention, name)
    return found


def _goes_on_owning(passage: Passage, one: Mention, other: Mention) -> bool:
    """ "Joy's mail and Bill's": a second owner of the same."""
    words = [t.text for t in passage.words]
    return (
        words[other.first - 1 : other.first] in (["and"], ["&"])
        and words[one.last : one.last + 1] == words[other.last : other.last + 1] == ["'s"]
        and one.last < other.first <= one.last + 5
    )


def _listed(passage: Passage, one: Mention, other: Mention) -> bool:
    """Whether two names are parts of one list: "John and Rosa", "John, Rosa & Tom", "John (admin) and Rosa as viewer"."""
    if one.first == other.first:
        return True  # "both"
    first, second = passage.words[one.last - 1], passage.words[other.first]
    between = re.sub(r"^\s*\([^()]*\)|^ as (?:an? )?[\w\-]+", "", passage.folded[first.end : second.start])
    return bool(re.fullmatch(r"(?:'s)?\s*(?:,|&|\+|/|and|'?n'?|,\s*and|as well as)\s*(?:also )?(?:one )?(?:for )?", between))


def _fit(profile: Profile, argument: Argument, mention: Mention, passage: Passage, owned: bool) -> float:
    """How well somebody fits an argument; where what it is about is `owned` by one of them, "for" tells of no owner."""
    words = passage.words
    before = [t.text for t in words[max(0, mention.first - 3) : mention.first]]
    while before and before[-1] in ("the", "our", "user", "colleague", "employee", "is", "will", "be"):
        before.pop()
    last = before[-1] if before else "^"
    owns = _owns_thing(words, mention)
    total = profile.uses[argument.name] or 1
    learned = min(profile.before[argument.name][last] / total, 0.5) + (profile.owns[argument.name] / total if owns else 0.0)
    score = learned + (0.3 if argument.name == profile.action.subject else 0.0) + (0.1 if argument.required else 0.0)
    cues = passage.wording.list("cues", argument.name)
    if cues:
        spoken = " ".join(before)
        hit = any(spoken == c or spoken.endswith(f" {c}") for c in cues)
        score += 1.2 if hit and not owns and not (owned and profile.owns[argument.name]) else 0.0
    if _said_after(words, mention, argument):
        score += 2.5
    if mention.role == NOBODY and argument.name == profile.action.subject:
        return -9.0
    if argument.name not in ("to", "from", profile.action.subject) and not (cues and score > 1.0):
        score -= 1.4 * (not argument.required)
    often = profile.owns[argument.name] / total
    if (owns and not profile.owns[argument.name]) or (not owns and often > 0.6 and score < 1.0):
        score -= 0.8
    return score


def _said_after(words: Sequence[Token], mention: Mention, argument: Argument) -> bool:
    """ "Marcus is her manager", "with Marcus as manager": what somebody is, said right after the name."""
    after = [t.text for t in words[mention.last : mention.last + 5]]
    if argument.name not in after or after[0] not in ("is", "will", "as", "being"):
        return False
    return set(after[: after.index(argument.name)]) <= {"is", "will", "be", "as", "being", "his", "her", "their", "the", "line", "new"}


_GETS = frozenset(("gets", "receives"))
_CAME = patterns("slots")["came"]


def _owns_thing(words: Sequence[Token], mention: Mention) -> bool:
    """Whether something is said to be somebody's: "Joy's mail", "her mail", "whatever mail Joy gets", "mail addressed to Joy"."""
    after = words[mention.last].text if mention.last < len(words) else ""
    comes = _CAME.search(" ".join(w.text for w in words[max(0, mention.first - 6) : mention.first]))
    gets = after in _GETS and _MAIL & {w.text for w in words[max(0, mention.first - 3) : mention.first]}
    return after == "'s" or bool(comes or gets) or _owner(words, mention)


_MAIL = frozenset(("mail", "mails", "email", "emails", "e-mail", "e-mails", "messages", "whatever", "everything", "anything"))


def _owner(words: Sequence[Token], mention: Mention) -> bool:
    """Whether a pronoun owns what follows: in "give her his meetings" she does not."""
    after = words[mention.last].text if mention.last < len(words) else ""
    return words[mention.last - 1].text in ("my", "his", "her", "their") and after not in _NOT_OWNED


def _without_repeats(mentions: Sequence[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in mentions:
        if not any(
            m.values == mention.values and (m.values or m.said == mention.said or "pronoun" in (m.role, mention.role)) for m in kept
        ):
            kept.append(mention)
    real = [m for m in kept if m.role != NOBODY]
    return real or kept[:1]
