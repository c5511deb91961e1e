"""What a message means after what the thread already holds: answers to questions, corrections, additions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.desk.ports import Context
from bot.domain.calls import Argument, Call, Kind
from bot.domain.people import Person
from bot.domain.understanding import Gap, Intent, Understanding
from bot.language.phrases import things
from bot.language.phrases.heard import Heard, passage
from bot.language.phrases.lexicon import Lexicon, Mention
from bot.language.phrases.rank import Profile
from bot.language.phrases.roles import Material
from bot.language.phrases.slots import fill, ticket
from bot.language.phrases.text import tokens
from bot.language.phrases.wording import patterns

Profiles = Mapping[str, Profile]
"""The offered actions by name."""

_ALSO = patterns("followup")["also"]
_INSTEAD = patterns("followup")["instead"]
_OTHER = patterns("followup")["other"]
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
_YES = re.compile(r"^\W*(?:yes|yep|yeah|sure|ok|correct|right|the former)\b")


def earlier(context: Context, lexicon: Lexicon, speaker: Person) -> tuple[list[Mention], frozenset[str]]:
    """Persons named earlier in the thread, latest last, and those that were settled on there."""
    recent: list[Mention] = []
    for turn in list(context.turns)[-6:]:
        if turn.person == speaker.email:
            recent += [m for m in lexicon.mentions(tokens(turn.text[:1000])) if m.kind is Kind.PERSON]
    settled: list[str] = []
    for call in (*(context.draft.calls if context.draft else ()), *context.last):
        settled += [v for v in call.arguments.values() if isinstance(v, str) and v in lexicon.directory.people]
    if settled:
        recent.append(Mention(Kind.PERSON, (settled[-1],), 0, 1, settled[-1]))
    return recent, frozenset(settled)


def continued(fresh: Understanding, heard: Heard, context: Context, profiles: Profiles) -> Understanding | None:
    """The message read as going on with the thread; None where it stands for itself."""
    if fresh.intent in (Intent.CANCEL, Intent.HUMAN, Intent.STATUS):
        return None
    draft = context.draft if context.draft and context.draft.gaps else None
    if draft and fresh.intent not in (Intent.REQUEST, Intent.CHAT):
        answered = answer(draft, heard, profiles, fresh)
        if answered:
            return answered
    before = context.last or (context.draft.calls if context.draft else ())
    if not before or fresh.intent is Intent.CHAT or len(heard.words) > 14:
        return None
    if _complete(fresh) and not _ALSO.search(heard.folded):
        return None
    return (
        _other_one(heard, before, context, profiles)
        or _more(fresh, heard, before, draft, profiles)
        or _changed(heard, before, draft, profiles)
    )


def _complete(fresh: Understanding) -> bool:
    return fresh.intent is Intent.REQUEST and bool(fresh.calls)


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(draft: Understanding, heard: Heard, profiles: Profiles, fresh: Understanding) -> Understanding | None:
    """The draft with every gap filled that this message answers; None where it answers none."""
    if fresh.calls and not fresh.gaps:
        return None
    calls = [dict(c.arguments) for c in draft.calls]
    left: list[Gap] = []
    given: dict[tuple[str, str, tuple[str, ...]], Any] = {}
    for gap in draft.gaps:
        key = (gap.argument if not gap.choices else "", gap.said, gap.choices)
        if key not in given:
            given[key] = _value(gap, draft.calls[gap.call], heard, profiles, alone=len({(g.said, g.choices) for g in draft.gaps}) == 1)
        value = given[key]
        if value is None:
            left.append(gap)
        elif isinstance(value, Gap):
            left.append(value.model_copy(update={"call": gap.call, "argument": gap.argument}))
        else:
            calls[gap.call][gap.argument] = value
    if all(v is None for v in given.values()) or (fresh.calls and len(heard.words) > 6):
        return None
    for call, arguments in zip(draft.calls, calls, strict=True):
        further = _details(call.action, heard, profiles)
        arguments |= {n: v for n, v in further.items() if n not in arguments and not {n, *arguments} >= _ENDS}
    made = tuple(Call(action=c.action, arguments=a) for c, a in zip(draft.calls, calls, strict=True))
    intent = Intent.CLARIFY if left else Intent.REQUEST
    return draft.model_copy(update={"intent": intent, "calls": made, "gaps": tuple(left), "because": ""})


_ENDS = frozenset(("until", "duration"))
_DETAILS = frozenset((Kind.DATE, Kind.DURATION, Kind.ADDRESS, Kind.CHOICE))


def _details(action: str, heard: Heard, profiles: Profiles) -> dict[str, Any]:
    """The dates, levels and places that a message gives for an action, whoever and whatever it is about."""
    profile = profiles.get(action)
    whole = passage(heard, [(0, len(heard.raw))])
    made = fill(profile, Material(whole, heard.moments, heard.speaker.email)) if profile else []
    declared = profile.action.declared if profile else {}
    return {n: v for n, v in (made[0].arguments if made else {}).items() if declared[n].kind in _DETAILS or n == "model"}


def _value(gap: Gap, call: Call, heard: Heard, profiles: Profiles, alone: bool) -> Any:
    argument = profiles[call.action].action.declared[gap.argument] if call.action in profiles else None
    if gap.choices:
        return _chosen(gap, heard)
    if argument is None or heard.folded.rstrip().endswith("?"):
        return None
    return _said(argument, heard, profiles, alone)


def _chosen(gap: Gap, heard: Heard) -> str | Gap | None:
    """Which of the choices is meant: by name, number, title, department, kind or place."""
    named = {v for m in heard.mentions if m.role == "" for v in m.values} & set(gap.choices)
    if len(named) == 1:
        return next(iter(named))
    words = [t.text for t in heard.words]
    if len(words) <= 5:
        for word in words:
            if word in _NTH and -1 <= _NTH[word] < len(gap.choices):
                return gap.choices[_NTH[word]]
    fitting = [c for c in (named or gap.choices) if _described(c, words, heard)]
    if len(fitting) == 1:
        return fitting[0]
    narrowed = fitting or sorted(named)
    return gap.model_copy(update={"choices": tuple(narrowed)}) if 1 < len(narrowed) < len(gap.choices) else None


_IDLE = frozenset(
    [
        "the",
        "one",
        "in",
        "from",
        "of",
        "a",
        "an",
        "i",
        "mean",
        "meant",
        "who",
        "is",
        "works",
        "at",
        "it",
        "s",
        "our",
        "and",
        "please",
        "thanks",
        "ok",
        "yes",
        "no",
        "guy",
        "person",
        "colleague",
        "with",
        "sorry",
        "not",
        "that's",
        "that",
        "his",
        "her",
    ]
)


def _described(choice: str, words: Sequence[str], heard: Heard) -> bool:
    directory = heard.lexicon.directory
    telling = [w for w in words if w not in _IDLE]
    if choice in directory.people:
        person = directory.people[choice]
        facts = f"{person.name} {person.title} {person.department} {person.location} {person.type.value} {choice.split('@', maxsplit=1)[0]}"
    elif choice in directory.systems:
        system = directory.systems[choice]
        facts = f"{choice} {system.name} {' '.join(system.aliases)} {system.category}"
    else:
        facts = choice
    known = {t.text for t in tokens(facts.replace(".", " ").replace("-", " "))} | {t.text for t in tokens(facts)}
    return bool(telling) and len(telling) <= 6 and all(w in known for w in telling)


def _said(argument: Argument, heard: Heard, profiles: Profiles, alone: bool) -> Any:
    """A value for an argument that was missing altogether; a Gap with choices where the words fit several."""
    if argument.kind in (Kind.PERSON, Kind.SYSTEM, Kind.GROUP, Kind.DEVICE):
        return _named(argument, heard, alone)
    if argument.kind in (Kind.DATE, Kind.DURATION):
        return next((m.value for m in heard.moments if m.lasting is (argument.kind is Kind.DURATION)), None)
    if argument.kind is Kind.TICKET:
        return ticket(heard.folded)
    if argument.kind in (Kind.ADDRESS, Kind.CHOICE):
        finder = things.ship_to if argument.kind is Kind.ADDRESS else things.level
        return finder(passage(heard, [(0, len(heard.raw))]), argument.choices)
    return _words(argument, heard) if alone and len(heard.words) <= 60 else None


def _words(argument: Argument, heard: Heard) -> Any:
    plain = heard.raw.strip(" .\n\"'")
    return _parts(plain) if argument.many else plain


def _named(argument: Argument, heard: Heard, alone: bool) -> Any:
    fitting = [m for m in heard.mentions if m.kind is argument.kind and m.role not in ("i", "nobody") and m.values]
    if (
        argument.kind is Kind.PERSON
        and not fitting
        and alone
        and re.search(r"\b(?:me|myself|mine|my own|self|i am|it's me)\b", heard.folded)
    ):
        return heard.speaker.email
    if not fitting:
        return None
    if argument.many:
        return [m.values[0] for m in fitting if len(m.values) == 1] or None
    values = fitting[0].values
    return values[0] if len(values) == 1 else Gap(call=0, argument=argument.name, choices=values, said=fitting[0].said)


def _parts(text: str) -> list[str]:
    return [p.strip() for p in re.split(r",|&|\band\b", text) if p.strip()]


# ── corrections and additions ────────────────────────────────────────────────────────────────────────────────────────


def _other_one(heard: Heard, before: Sequence[Call], context: Context, profiles: Profiles) -> Understanding | None:
    """ "No, the other one": whoever else bears the name that was said first."""
    if not _OTHER.search(heard.folded):
        return None
    for turn in reversed(list(context.turns)):
        for mention in heard.lexicon.mentions(tokens(turn.text[:1000])):
            used = [(n, a) for n, c in enumerate(before) for a, v in c.arguments.items() if v in mention.values]
            if len(mention.values) > 1 and used:
                current = before[used[0][0]].arguments[used[0][1]]
                return _swap(before, used, tuple(v for v in mention.values if v != current), mention.said, heard)
    return None


def _swap(before: Sequence[Call], used: Sequence[tuple[int, str]], others: tuple[str, ...], said: str, heard: Heard) -> Understanding:
    named = {v for m in heard.mentions for v in m.values} & set(others)
    others = tuple(named) if len(named) == 1 else others
    calls = [dict(c.arguments) for c in before]
    gaps = []
    for n, argument in used:
        if len(others) == 1:
            calls[n][argument] = others[0]
        else:
            del calls[n][argument]
            gaps.append(Gap(call=n, argument=argument, choices=others, said=said))
    made = tuple(Call(action=c.action, arguments=a) for c, a in zip(before, calls, strict=True))
    return Understanding(intent=Intent.CLARIFY if gaps else Intent.REQUEST, calls=made, gaps=tuple(gaps), confidence=0.8)


def _more(
    fresh: Understanding, heard: Heard, before: Sequence[Call], draft: Understanding | None, profiles: Profiles
) -> Understanding | None:
    """ "Also Figma": the last call once more with another system, group or person."""
    if not _ALSO.search(heard.folded) or _complete(fresh):
        return None
    last = before[-1]
    declared = profiles[last.action].action.declared if last.action in profiles else {}
    added: list[Call] = []
    lists = dict(last.arguments)
    for argument in declared.values():
        values = [m.values[0] for m in heard.mentions if m.kind is argument.kind and m.role in ("", "self") and len(m.values) == 1]
        if values and argument.many:
            lists[argument.name] = [*lists.get(argument.name, []), *values]
        elif values and argument.required and not added:
            added = [Call(action=last.action, arguments={**last.arguments, argument.name: v}) for v in values]
    if not added and lists != last.arguments:
        return Understanding(intent=Intent.REQUEST, calls=(*before[:-1], Call(action=last.action, arguments=lists)), confidence=0.8)
    if not added:
        return None
    if draft:
        gaps = [
            g.model_copy(update={"call": len(draft.calls) + n})
            for n in range(len(added))
            for g in draft.gaps
            if g.call == len(draft.calls) - 1
        ]
        return draft.model_copy(update={"calls": (*draft.calls, *added), "gaps": (*draft.gaps, *gaps)})
    return Understanding(intent=Intent.REQUEST, calls=tuple(added), confidence=0.8)


def _refined(heard: Heard, before: Sequence[Call], draft: Understanding | None, profiles: Profiles) -> Understanding | None:
    """ "Admin please", "for two weeks": a detail alone is one of what was asked for last."""
    details = _details(before[-1].action, heard, profiles)
    if not details or any(m.kind is not Kind.PERSON or m.role == "" for m in heard.mentions):
        return None
    calls = (*before[:-1], Call(action=before[-1].action, arguments={**before[-1].arguments, **details}))
    return draft.model_copy(update={"calls": calls}) if draft else Understanding(intent=Intent.REQUEST, calls=calls, confidence=0.75)


def _changed(heard: Heard, before: Sequence[Call], draft: Understanding | None, profiles: Profiles) -> Understanding | None:
    """ "Make it read-only", "no, Carter", "until Friday instead": the last calls with what is said now."""
    if not _INSTEAD.search(heard.folded):
        return None if len(heard.words) > 7 or heard.folded.rstrip().endswith("?") else _refined(heard, before, draft, profiles)
    whole = passage(heard, [(0, len(heard.raw))])
    calls: list[Call] = []
    for call in before:
        profile = profiles.get(call.action)
        made = fill(profile, Material(whole, heard.moments, heard.speaker.email)) if profile else []
        new = made[0].arguments if made else {}
        same = {k: v for k, v in new.items() if v not in (None, [])}
        same = {k: v for k, v in same.items() if not (k == "reason" or v == heard.speaker.email)}
        kept = {k: v for k, v in call.arguments.items() if not ({k} <= {"until", "duration"} and same.keys() & {"until", "duration"})}
        calls.append(Call(action=call.action, arguments={**kept, **same}))
    if tuple(calls) == tuple(before):
        return None
    if draft:
        return draft.model_copy(update={"calls": tuple(calls)})
    return Understanding(intent=Intent.REQUEST, calls=tuple(calls), confidence=0.75)
