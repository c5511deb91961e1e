"""What a message answers of that which the desk has asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.calls import Argument, Call, Kind
from bot.domain.people import Person
from bot.domain.understanding import Gap, Intent, Understanding
from bot.language.phrases import things
from bot.language.phrases.heard import Heard, passage
from bot.language.phrases.pieces import Followup, Piece
from bot.language.phrases.rank import Profile
from bot.language.phrases.roles import Material
from bot.language.phrases.slots import fill
from bot.language.phrases.text import tokens
from bot.language.phrases.tickets import ticket
from bot.language.phrases.wording import patterns

_RE = patterns("followup")
_NTH = {
    "first": 0,
    "1st": 0,
    "1": 0,
    "second": 1,
    "2nd": 1,
    "2": 1,
    "third": 2,
    "3rd": 2,
    "3": 2,
    "fourth": 3,
    "4th": 3,
    "4": 3,
    "last": -1,
}
_PICK = re.compile(
    r"^(?:it'?s |it is |take |option |number |no\.? ?|nr\.? ?|the )*#?(?P<nth>"
    + "|".join(_NTH)
    + r")(?: (?:one|option|person|on the list))*$"
)
_ENDS = frozenset(("until", "duration"))
_DETAILS = frozenset((Kind.DATE, Kind.DURATION, Kind.ADDRESS, Kind.CHOICE))
PART = 3
"""Letters of a word that tell what begins with them: "dev" for Development."""


def answer(
    draft: Understanding, said: Followup, profiles: Mapping[str, Profile], fresh: Understanding, before: frozenset[str]
) -> Understanding | None:
    """The draft with every gap filled that this message answers; None where it answers none. `before` are the words said earlier."""
    if (fresh.calls and not fresh.gaps) or not said.sure:
        return None
    calls = [dict(c.arguments) for c in draft.calls]
    left: list[Gap] = []
    further: list[tuple[Gap, str]] = []
    given: dict[tuple[str, str, tuple[str, ...]], Any] = {}
    alone = len({(g.said, g.choices) for g in draft.gaps}) == 1 and fresh.intent is not Intent.CHAT
    for gap in draft.gaps:
        key = (gap.argument if not gap.choices else "", gap.said, gap.choices)
        if key not in given:
            given[key] = _value(gap, draft.calls[gap.call], said, profiles, alone, before)
        value = given[key]
        if value is None:
            left.append(gap)
        elif isinstance(value, Gap):
            left.append(value.model_copy(update={"call": gap.call, "argument": gap.argument}))
        elif isinstance(value, tuple):
            calls[gap.call][gap.argument] = value[0]
            further += [(gap, v) for v in value[1:]]
        else:
            calls[gap.call][gap.argument] = value
    if all(v is None for v in given.values()) or (fresh.calls and len(said.heard.words) > 6):
        return None
    for call, arguments in zip(draft.calls, calls, strict=True):
        told = details(call.action, said.heard, profiles)
        arguments |= {n: v for n, v in told.items() if n not in arguments and not {n, *arguments} >= _ENDS}
    made = tuple(Call(action=c.action, arguments=a) for c, a in zip(draft.calls, calls, strict=True))
    if further and left:
        return None
    made += tuple(made[g.call].model_copy(update={"arguments": {**made[g.call].arguments, g.argument: v}}) for g, v in further)
    intent = Intent.CLARIFY if left else Intent.REQUEST
    return draft.model_copy(update={"intent": intent, "calls": made, "gaps": tuple(left), "because": ""})


def details(action: str, heard: Heard, profiles: Mapping[str, Profile]) -> dict[str, Any]:
    """The dates, levels and places that a message gives for an action, whoever and whatever it is about."""
    profile = profiles.get(action)
    whole = passage(heard, [(0, len(heard.raw))])
    made = fill(profile, Material(whole, heard.moments, heard.speaker.email)) if profile else []
    declared = profile.action.declared if profile else {}
    return {n: v for n, v in (made[0].arguments if made else {}).items() if declared[n].kind in _DETAILS or n == "model"}


def _value(gap: Gap, call: Call, said: Followup, profiles: Mapping[str, Profile], alone: bool, before: frozenset[str]) -> Any:
    argument = profiles[call.action].action.declared[gap.argument] if call.action in profiles else None
    if gap.choices:
        return _chosen(gap, said, before)
    if argument is None:
        return None
    return _said(argument, said, alone)


# ── one of several ───────────────────────────────────────────────────────────────────────────────────────────────────


def _several(gap: Gap, said: Followup) -> tuple[str, ...]:
    """ "Both", or two and more of the choices by their names."""
    if said.asides or said.spans(out=True):
        return ()
    every = next((m for p in said.pieces if (m := _RE["all"].match(said.heard.folded[p.start : p.end]))), None)
    if every and (len(gap.choices) == 2 or every["all"] != "both"):
        return gap.choices
    named = [m for m in said.heard.mentions if m.role == "" and set(m.values) <= set(gap.choices)]
    chosen = tuple(dict.fromkeys(v for m in named for v in m.values))
    return chosen if len(chosen) > 1 and all(len(m.values) == 1 for m in named) else ()


def _chosen(gap: Gap, said: Followup, before: frozenset[str]) -> str | tuple[str, ...] | Gap | None:
    """Which of the choices is meant: by name, number, title, department, kind or place; or by which of them are not."""
    left = list(gap.choices)
    if several := _several(gap, said):
        return several
    for piece in said.pieces:
        if piece.other:
            continue
        nth = _PICK.match(said.heard.folded[piece.start : piece.end].strip())
        if nth and -1 <= _NTH[nth["nth"]] < len(gap.choices):
            return gap.choices[_NTH[nth["nth"]]]
        fitting = [c for c in gap.choices if _fits(c, gap.choices, piece, said, before)]
        if fitting:
            left = [c for c in left if (c in fitting) is not piece.out]
    if len(left) == 1:
        return left[0]
    return gap.model_copy(update={"choices": tuple(left)}) if 1 < len(left) < len(gap.choices) else None


def _fits(choice: str, choices: Sequence[str], piece: Piece, said: Followup, before: frozenset[str]) -> bool:
    """Whether a piece names or describes this choice and nothing that it is not; what was said before in the thread tells nothing."""
    heard = said.heard
    own = [n for n, w in enumerate(heard.words) if piece.start <= w.start < piece.end]
    named = [m for m in (*heard.mentions, *said.all_named) if set(m.values) & set(choices) and m.role in ("", "self")]
    called = {n for m in named if choice in m.values for n in range(m.first, m.last)}
    if any(choice not in m.values and m.first in own for m in named):
        return False
    facts, idle = _facts(choice, heard), heard.lexicon.wording.data["followup"]["idle"].split()
    telling = [n for n in own if n in called or heard.words[n].text not in idle]
    known = [n for n in telling if n in called or _told(heard.words[n].text, facts)]
    return bool(known) and len(telling) <= 6 and all(n in known or heard.words[n].text in before for n in telling)


def _told(word: str, facts: frozenset[str]) -> bool:
    return word in facts or word.removesuffix("s") in facts or (len(word) >= PART and any(f.startswith(word) for f in facts))


def _facts(choice: str, heard: Heard) -> frozenset[str]:
    """The words that tell a choice from others."""
    directory = heard.lexicon.directory
    if choice in directory.people:
        facts = _of_person(directory.people[choice])
    elif choice in directory.systems:
        system = directory.systems[choice]
        facts = f"{choice} {system.name} {' '.join(system.aliases)} {system.category}"
    elif choice in directory.groups:
        facts = f"{choice} {directory.groups[choice].description}"
    else:
        facts = choice
    return frozenset(t.text for t in tokens(facts.replace(".", " ").replace("-", " "))) | {t.text for t in tokens(facts)}


def _of_person(person: Person) -> str:
    local = person.email.split("@", maxsplit=1)[0]
    return f"{person.name} {person.title} {person.department} {person.location} {person.type.value} {local}"


# ── what was missing ─────────────────────────────────────────────────────────────────────────────────────────────────


def _said(argument: Argument, said: Followup, alone: bool) -> Any:
    """A value for an argument that was missing altogether; a Gap with choices where the words fit several."""
    heard = said.heard
    if argument.kind in (Kind.PERSON, Kind.SYSTEM, Kind.GROUP, Kind.DEVICE):
        return _named(argument, said, alone)
    if argument.kind in (Kind.DATE, Kind.DURATION):
        return next((m.value for m in said.moments if m.value and m.lasting is (argument.kind is Kind.DURATION)), None)
    if argument.kind is Kind.TICKET:
        return ticket(heard.folded)
    if argument.kind in (Kind.ADDRESS, Kind.CHOICE):
        finder = things.ship_to if argument.kind is Kind.ADDRESS else things.level
        return finder(passage(heard, [(0, len(heard.raw))]), argument.choices)
    return _words(argument, heard) if alone and len(heard.words) <= 60 else None


def _words(argument: Argument, heard: Heard) -> Any:
    plain = heard.raw.strip(" .\n\"'")
    return _parts(plain) if argument.many else plain


_ME = re.compile(r"\b(?:me|myself|mine|my own|self|i am|it's me)\b")


def _named(argument: Argument, said: Followup, alone: bool) -> Any:
    heard = said.heard
    spoken = said.named(Kind.PERSON) if argument.kind is Kind.PERSON else heard.mentions
    fitting = [m for m in spoken if m.kind is argument.kind and m.role not in ("i", "nobody") and m.values]
    if argument.kind is Kind.PERSON and not fitting and alone and _ME.search(heard.folded):
        return heard.speaker.email
    if not fitting:
        return None
    if argument.many:
        return [m.values[0] for m in fitting if len(m.values) == 1] or None
    values = fitting[0].values
    several = tuple(dict.fromkeys(m.values[0] for m in fitting if len(m.values) == 1))
    if len(several) > 1 and len(fitting) == len(several) and not said.asides:
        return several
    return values[0] if len(values) == 1 else Gap(call=0, argument=argument.name, choices=values, said=fitting[0].said)


def _parts(text: str) -> Sequence[str]:
    return [p.strip() for p in re.split(r",|&|\band\b", text) if p.strip()]
