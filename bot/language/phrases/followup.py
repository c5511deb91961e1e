"""What a message means after what the thread already holds: answers to questions, corrections, additions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.desk.ports import Context
from bot.domain.calls import Call, Kind
from bot.domain.people import Person
from bot.domain.understanding import Gap, Intent, Understanding
from bot.language.phrases.answers import answer
from bot.language.phrases.edits import Edit
from bot.language.phrases.heard import Heard
from bot.language.phrases.lexicon import Lexicon, Mention
from bot.language.phrases.outcome import proposed
from bot.language.phrases.pieces import Followup, followup
from bot.language.phrases.rank import Profile
from bot.language.phrases.roles import NAMED
from bot.language.phrases.slots import Filled
from bot.language.phrases.text import tokens
from bot.language.phrases.tickets import TICKET, ticket

LONGEST = 24
"""Words of a message that goes on with what was asked for before."""
READ = 1000
"""Characters that are read of an earlier message."""


def earlier(context: Context, lexicon: Lexicon, speaker: Person) -> tuple[list[Mention], frozenset[str]]:
    """Persons named earlier in the thread, latest last, and those that were settled on there."""
    recent: list[Mention] = []
    for turn in list(context.turns)[-6:]:
        if turn.person == speaker.email:
            recent += [m for m in lexicon.mentions(tokens(turn.text[:READ])) if m.kind is Kind.PERSON]
    calls = (*(context.draft.calls if context.draft else ()), *context.last)
    people = [[v for v in c.arguments.values() if isinstance(v, str) and v in lexicon.directory.people] for c in calls]
    if last := next((p for p in reversed(people) if p), []):
        recent.append(Mention(Kind.PERSON, tuple(dict.fromkeys(last)), 0, 1, last[0]))
    return recent, frozenset(v for p in people for v in p)


def continued(fresh: Understanding, heard: Heard, context: Context, profiles: Mapping[str, Profile]) -> Understanding | None:
    """The message read as going on with the thread; None where it stands for itself."""
    draft = context.draft if context.draft and context.draft.gaps else None
    before = _filled(draft, context)
    if not before or fresh.intent in (Intent.CANCEL, Intent.HUMAN, Intent.STATUS):
        return None
    said = followup(heard)
    elliptic = _elliptic(fresh, heard)
    if draft and (fresh.intent is not Intent.REQUEST or elliptic):
        earlier_words = frozenset(t.text for turn in context.turns for t in tokens(turn.text[:READ]))
        spoken = Understanding(intent=Intent.NONE) if elliptic else fresh
        if answered := answer(draft, said, profiles, spoken, earlier_words):
            return answered
    if fresh.intent is Intent.CHAT or len(heard.words) > LONGEST or not said.sure:
        return None
    if said.asides and (fresh.calls or fresh.because) and not any(p.out and p.known and not p.drop for p in said.pieces):
        return None
    if elliptic:
        return _edited(Understanding(intent=Intent.NONE), said, before, context, draft, profiles) or _whose(fresh, before, heard.speaker)
    return _edited(fresh, said, before, context, draft, profiles)


def beside(fresh: Understanding, context: Context, profiles: Mapping[str, Profile]) -> Understanding:
    """A request of its own stays beside what the thread asked for last, unless it says something else of the same person and thing."""
    own = fresh.calls and context.last and all(_apart(one, other, profiles) for one in fresh.calls for other in context.last)
    return fresh.model_copy(update={"adds": True}) if own else fresh


def _apart(one: Call, other: Call, profiles: Mapping[str, Profile]) -> bool:
    """Whether two calls have nothing in common that one could correct in the other."""
    if one.action not in profiles or other.action not in profiles:
        return False
    about = [call.arguments.get(profiles[call.action].action.subject) for call in (one, other)]
    named = [{str(v) for a in NAMED for n in profiles[c.action].arguments(a) if (v := c.arguments.get(n.name))} for c in (one, other)]
    if one.action == other.action:
        return about[0] == about[1] and all(named) and not named[0] & named[1]
    return about[0] != about[1] or not named[0] & named[1]


def _elliptic(fresh: Understanding, heard: Heard) -> bool:
    """ "HubSpot please": a request that would be for the speaker, though nobody is named in it."""
    me = heard.speaker.email
    named = any(m.kind is Kind.PERSON for m in heard.mentions)
    return bool(fresh.intent is Intent.REQUEST and fresh.calls and not named and all(me in c.arguments.values() for c in fresh.calls))


def _whose(fresh: Understanding, before: Sequence[Filled], speaker: Person) -> Understanding | None:
    """Asks whether it is for the speaker or for whom the thread is about; None where these are one."""
    gaps: list[Gap] = []
    calls: list[Call] = []
    for n, call in enumerate(fresh.calls):
        mine = next(a for a, v in call.arguments.items() if v == speaker.email)
        others = dict.fromkeys(v for c in before if isinstance(v := c.arguments.get(mine), str))
        if not others or speaker.email in others:
            return None
        calls.append(call.model_copy(update={"arguments": {a: v for a, v in call.arguments.items() if a != mine}}))
        gaps.append(Gap(call=n, argument=mine, choices=(*others, speaker.email)))
    return fresh.model_copy(update={"intent": Intent.CLARIFY, "calls": tuple(calls), "gaps": tuple(gaps)})


def _filled(draft: Understanding | None, context: Context) -> list[Filled]:
    """The calls that the thread is about: those still open, else those proposed last."""
    calls = draft.calls if draft else context.last
    made = [Filled(c.action, dict(c.arguments)) for c in calls]
    for gap in draft.gaps if draft else ():
        made[gap.call].asks[gap.argument] = (gap.choices, gap.said)
    return made


def _edited(
    fresh: Understanding,
    said: Followup,
    before: Sequence[Filled],
    context: Context,
    draft: Understanding | None,
    profiles: Mapping[str, Profile],
) -> Understanding | None:
    edit = Edit(said, profiles)
    if fresh.intent is Intent.REQUEST and fresh.calls:
        own = (said.spans(out=True) and len(before) > 1) or (said.mend and not said.asides)
        return _understood(edit.changed(before), draft) if own else None
    if numbered := _other_ticket(said, before, profiles):
        return _understood(numbered, draft)
    if not said.asides and any(p.other for p in said.pieces) and (other := _other_one(said, before, context)):
        return _understood(other, draft)
    if said.more and not said.mend:
        added = edit.added(before)
        listed = None if added else edit.listed(before)
        if added and not draft:
            return proposed(added, 0.8).model_copy(update={"adds": True})
        if added or listed:
            return _understood([*before, *(added or ())] if draft and added else added or listed, draft)
    return _understood(edit.changed(before), draft)


def _understood(calls: Sequence[Filled] | None, draft: Understanding | None) -> Understanding | None:
    if calls is None:
        return None
    if not calls:
        return Understanding(intent=Intent.CANCEL, confidence=0.75)
    made = proposed(calls, 0.8)
    return made.model_copy(update={"known": {**draft.known, **made.known}}) if draft else made


def _other_ticket(said: Followup, before: Sequence[Filled], profiles: Mapping[str, Profile]) -> list[Filled] | None:
    """ "Sorry, I meant BH-1075": the only call that is about a ticket, about that one."""
    left = [text for p in said.pieces if (text := said.heard.folded[p.start : p.end].strip())]
    number = ticket(left[0]) if len(left) == 1 and said.mend and TICKET.fullmatch(left[0]) else None
    about = [
        (c, a.name) for c in before if c.action in profiles for a in profiles[c.action].arguments(Kind.TICKET) if a.name in c.arguments
    ]
    if number is None or len(about) != 1 or about[0][0].arguments[about[0][1]] == number:
        return None
    return [Filled(c.action, c.arguments | ({about[0][1]: number} if c is about[0][0] else {}), dict(c.asks)) for c in before]


def _other_one(said: Followup, before: Sequence[Filled], context: Context) -> list[Filled] | None:
    """ "No, the other one": whoever else bears the name that was said first, or the first name of who was."""
    lexicon = said.heard.lexicon
    for whole in (False, True):
        for words in (said.heard.words, *(tokens(t.text[:READ]) for t in reversed(list(context.turns)))):
            for mention in lexicon.mentions(words):
                named = lexicon.people.find([words[mention.first].text]) if whole and mention.kind is Kind.PERSON else ()
                shared = replace(mention, values=tuple(sorted({*mention.values, *named})))
                used = [(n, a) for n, c in enumerate(before) for a, v in c.arguments.items() if v in mention.values]
                if len(shared.values) > 1 and used:
                    return _swap(before, used, shared, said.heard)
    return None


def _swap(before: Sequence[Filled], used: Sequence[tuple[int, str]], mention: Mention, heard: Heard) -> list[Filled]:
    current = before[used[0][0]].arguments[used[0][1]]
    others = tuple(v for v in mention.values if v != current)
    named = {v for m in heard.mentions for v in m.values} & set(others)
    others = tuple(named) if len(named) == 1 else others
    calls = [Filled(c.action, dict(c.arguments), dict(c.asks)) for c in before]
    for n, argument in used:
        del calls[n].arguments[argument]
        if len(others) == 1:
            calls[n].arguments[argument] = others[0]
        else:
            calls[n].asks[argument] = (others, mention.said)
    return calls
