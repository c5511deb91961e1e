"""The model's tool calls, read as an Understanding: traced to the message, looked up in the directory, with gaps for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.domain.calls import Action, Argument, Call, Kind
from bot.domain.understanding import Gap, Intent, Understanding
from bot.language.model.grounding import place
from bot.language.model.resolve import Resolver
from bot.language.model.scene import Meant
from bot.language.model.second import Made, borne_out, did_you_mean, second_look
from bot.language.model.toolbox import Other
from bot.language.model.tools import QUOTE, Tool
from bot.language.phrases.mood import BECAUSE, Mood

MOST_CALLS = 20
"""More proposals than this from one message are no reading of it."""
CONFIDENCE = 0.9


class Unusable(ValueError):
    """What the model answered does not fit: says what, so that it may try once more."""


@dataclass(frozen=True)
class Said:
    """One tool call of the model: the tool and its checked arguments."""

    tool: Tool
    arguments: Mapping[str, Any]


def understood(said: Sequence[Said], resolver: Resolver) -> Understanding:
    """What these tool calls come to; Unusable where a call's arguments do not fit its action."""
    calls = [s for s in said if s.tool.action]
    if len(calls) > MOST_CALLS:
        raise Unusable(f"{len(calls)} calls are too many for one message.")
    made = [m for s in calls if _allowed(s, resolver) for m in [_make(s, resolver)] if m]
    borne = [m for m in made if borne_out(m, resolver.scene)]
    if borne:
        second_look(borne, resolver.scene)
        return _proposed(borne)
    if made:
        return did_you_mean(made, resolver.scene)
    if calls:
        return _nothing(resolver)
    return _other(said[0], resolver)


def _allowed(said: Said, resolver: Resolver) -> bool:
    """Whether the words that ask for this stand where something may be asked for."""
    spans = place(str(said.arguments[QUOTE]), resolver.scene.nets.shown)
    if not spans:
        raise Unusable(f"{said.tool.name}: `quote` does not stand in the message.")
    return any(resolver.scene.nets.asks(a, b) for a, b in spans)


def _make(said: Said, resolver: Resolver) -> Made | None:
    """The call with its names looked up; None where it is about a thing that is only named where nothing may be asked for."""
    assert said.tool.action
    made = Made(said.tool.action)
    for name, argument in made.action.declared.items():
        if name in said.arguments:
            given = said.arguments[name]
            quote = str(said.arguments[QUOTE])
            values = [resolver.meant(argument, g, quote) for g in (given if argument.many else [given])]
            if _astray(argument, given, values, resolver):
                return None
            _put(made, argument, values)
    _keep_said(made, resolver)
    _ask_missing(made)
    _check(made)
    return made


def _keep_said(made: Made, resolver: Resolver) -> None:
    """What the offline understander reads in the same request and the model left out is never lost: dates and lengths of time, and whom
    it asks for because nobody answers to what was said ("to my deputy")."""
    number = _same_call(made, resolver)
    if number is None:
        return
    fresh, declared = resolver.scene.fresh, made.action.declared
    open_ = {g.argument: (g.choices, g.said) for g in fresh.gaps if g.call == number and g.argument not in made.arguments}
    limits = [n for n, a in declared.items() if a.kind in (Kind.DATE, Kind.DURATION)]
    if not any(n in made.arguments for n in limits):
        made.arguments |= {n: v for n, v in fresh.calls[number].arguments.items() if n in limits}
        made.asks |= {n: ask for n, ask in open_.items() if n in limits}
    made.asks |= {n: ask for n, ask in open_.items() if declared[n].kind is Kind.PERSON and n not in made.asks}


def _same_call(made: Made, resolver: Resolver) -> int | None:
    """Which call of the offline understander's this is: one that says nothing else of what both of them say."""
    calls = enumerate(resolver.scene.fresh.calls)
    fits = (
        n
        for n, c in calls
        if c.action == made.action.name and all(made.arguments[a] == v for a, v in c.arguments.items() if a in made.arguments)
    )
    return next(fits, None)


def _astray(argument: Argument, given: Any, values: Sequence[Meant], resolver: Resolver) -> bool:
    """Whether a thing is named in the message, but only where nothing may be asked for: a quotation, an exception, a supposition."""
    if argument.kind not in (Kind.SYSTEM, Kind.GROUP, Kind.DEVICE, Kind.TICKET) or any(v.value or v.choices for v in values):
        return False
    nets = resolver.scene.nets
    said = given if isinstance(given, list) else [given]
    return nets.whole != nets.things and all(place(str(s), nets.whole) and not place(str(s), nets.things) for s in said)


def _put(made: Made, argument: Argument, values: Sequence[Meant]) -> None:
    sure = list(dict.fromkeys(v.value for v in values if v.value is not None))
    if argument.many and sure:
        made.arguments[argument.name] = sure
    elif sure:
        made.arguments[argument.name] = sure[0]
    unsure = next((v for v in values if v.choices), None) or next((v for v in values if v.value is None and v.said), None)
    if unsure is None or (argument.many and sure):
        return
    if _outside(made.action, argument, unsure):
        made.arguments[argument.name] = unsure.said
    else:
        made.asks[argument.name] = (unsure.choices, unsure.said)


def _outside(action: Action, argument: Argument, meant: Meant) -> bool:
    """An address that was written and is nobody's here: forwarding may go there, if policy lets it; nothing is done *to* it."""
    return argument.kind is Kind.PERSON and "@" in meant.said and not meant.choices and argument.name != action.subject


def _ask_missing(made: Made) -> None:
    declared = made.action.declared
    for name, argument in declared.items():
        if argument.required and name not in made.arguments and name not in made.asks:
            made.asks[name] = ((), "")
    for names in made.action.arguments.one_of:
        if not any(n in made.arguments or n in made.asks for n in names):
            made.asks[names[0]] = ((), "")
    subject = declared.get(made.action.subject)
    about = [n for n, a in declared.items() if a.required or a.kind in (Kind.PERSON, Kind.DEVICE, Kind.SYSTEM)]
    if subject and subject.kind in (Kind.PERSON, Kind.DEVICE) and not any(n in made.arguments or n in made.asks for n in about):
        made.asks[subject.name] = ((), "")


def _check(made: Made) -> None:
    """What is there must fit the declaration; what is asked about may be missing."""
    try:
        made.action.arguments.model_validate(made.arguments)
    except ValidationError as error:
        wrong = [e for e in error.errors() if e["type"] != "missing" and (e["loc"] or not made.asks)]
        if wrong:
            what = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in wrong)
            raise Unusable(f"{made.action.name}: {what}") from None


def _proposed(made: Sequence[Made]) -> Understanding:
    calls: list[Call] = []
    gaps: list[Gap] = []
    for one in made:
        call = Call(action=one.action.name, arguments={n: one.arguments[n] for n in one.action.declared if n in one.arguments})
        if call in calls and not one.asks:
            continue
        gaps += [Gap(call=len(calls), argument=a, choices=c, said=s) for a, (c, s) in one.asks.items()]
        calls.append(call)
    known = next(({"ticket_id": c.arguments["ticket_id"]} for c in calls if "ticket_id" in c.arguments), {})
    intent = Intent.CLARIFY if gaps else Intent.REQUEST
    return Understanding(intent=intent, calls=tuple(calls), gaps=tuple(gaps), known=known, confidence=CONFIDENCE)


_MOODS = {m.value: BECAUSE[m] for m in BECAUSE}


def _other(said: Said, resolver: Resolver) -> Understanding:
    if said.tool.name == Other.STATUS:
        found = resolver.ticket(said.arguments["ticket_id"]).value if "ticket_id" in said.arguments else None
        return Understanding(intent=Intent.STATUS, known={"ticket_id": found} if found else {}, confidence=CONFIDENCE)
    if said.tool.name == Other.HUMAN:
        return Understanding(intent=Intent.HUMAN, confidence=CONFIDENCE)
    if said.tool.name == Other.ANSWER:
        return Understanding(intent=Intent.QUESTION, confidence=CONFIDENCE)
    return Understanding(intent=Intent.NONE, because=_MOODS.get(str(said.arguments.get("why")), ""), confidence=CONFIDENCE)


def _nothing(resolver: Resolver) -> Understanding:
    """Where code lets none of the proposals stand: what it says of the message itself, which may be that a human takes over."""
    fresh, nets = resolver.scene.fresh, resolver.scene.nets
    because = fresh.because or (BECAUSE[Mood.MACHINE] if nets.machine else "")
    return Understanding(intent=Intent.HUMAN if fresh.intent is Intent.HUMAN else Intent.NONE, because=because, confidence=0.5)
