"""What a follow-up makes of the calls before it: more of the same, fewer, others instead, or another date, level or place.

Whom a call is about, and which system, changes only to whoever and whatever is named, and only where the words say that it changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from bot.domain.calls import Argument, Kind, Risk
from bot.language.phrases import things
from bot.language.phrases.heard import covers, passage
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.moments import Moment
from bot.language.phrases.pieces import Followup
from bot.language.phrases.rank import Profile
from bot.language.phrases.roles import Material
from bot.language.phrases.slots import Filled, fill
from bot.language.phrases.things import BARE_PLACES
from bot.language.phrases.who import SELF

_NAMES = (Kind.PERSON, Kind.SYSTEM, Kind.GROUP, Kind.DEVICE)
_DETAILS = frozenset((Kind.DATE, Kind.DURATION, Kind.CHOICE))
_ENDS = frozenset(("until", "duration"))


@dataclass(frozen=True)
class Edit:
    """A follow-up, and the offered actions by name."""

    said: Followup
    profiles: Mapping[str, Profile]

    def changed(self, before: Sequence[Filled]) -> list[Filled] | None:
        """The calls as they are wanted now, none where all of them are left out; None where nothing is said about them."""
        calls = [Filled(c.action, dict(c.arguments), dict(c.asks)) for c in before]
        placed = any(self._posted(c) for c in calls)
        if not self.said.together(m for k in _NAMES for m in self.said.named(k)) and len([k for k in _NAMES if self.said.named(k)]) > 1:
            return None
        for kind in _NAMES:
            wanted = [m for m in self.said.named(kind) if not (m.weak and placed)]
            unwanted = {v for m in self.said.named(kind, out=True) for v in m.values}
            if wanted or unwanted:
                after = self._named(calls, kind, wanted, unwanted)
                if after is None:
                    return None
                calls = after
        calls = self._without_things(calls)
        calls = [self._detailed(c) for c in calls]
        return calls if calls != list(before) else None

    # ── who and what is named ────────────────────────────────────────────────────────────────────────────────────────

    def _named(self, calls: list[Filled], kind: Kind, wanted: Sequence[Mention], unwanted: set[str]) -> list[Filled] | None:
        held = {v for c in calls for a in self._arguments(c, kind) for v in _values(c.arguments.get(a.name))}
        if unwanted and not unwanted & held:
            return None
        new = [m for m in wanted if not (m.values and set(m.values) <= held)]
        if any(self.said.piece(m).fine for m in new):
            return None
        if unwanted:
            calls = self._swapped(calls, kind, new, unwanted & held) if new else self._left(calls, kind, held - unwanted)
            return calls or ([] if not new else None)
        if not new:
            kept = {v for m in wanted for v in m.values}
            return self._left(calls, kind, kept) if all(self._only(m) for m in wanted) else calls
        if not all(self.said.cued(m, "mend") or self.said.cued(m, "only") for m in new):
            return None
        return self._swapped(calls, kind, new, set()) or None

    def _only(self, mention: Mention) -> bool:
        """ "Only Jira", but not "only until Friday for Jira"."""
        return self.said.cued(mention, "only") and not self.said.piece(mention).told

    def _left(self, calls: list[Filled], kind: Kind, kept: set[str]) -> list[Filled]:
        """The calls that are about one of these, or about nothing of this kind."""
        left: list[Filled] = []
        for call in calls:
            named = [a for a in self._arguments(call, kind) if a.name in call.arguments]
            for argument in (a for a in named if a.many):
                call.arguments[argument.name] = [v for v in call.arguments[argument.name] if v in kept]
            if all(a.many or call.arguments[a.name] in kept for a in named):
                left.append(call)
        return left

    def _swapped(self, calls: list[Filled], kind: Kind, wanted: Sequence[Mention], unwanted: set[str]) -> list[Filled]:
        """With the one that is wanted for the one that is not; nothing where it is not clear for which."""
        if len(wanted) != 1:
            return []
        places = [(c, a) for c in calls if (a := self._place(c, kind, wanted[0], unwanted))]
        replaced = {v for c, a in places for v in _values(c.arguments.get(a.name))}
        if not places or (not unwanted and len(replaced) > 1):
            return []
        for call, argument in places:
            if argument.many:
                if len(wanted[0].values) != 1 or not unwanted:
                    return []
                call.arguments[argument.name] = [wanted[0].values[0] if v in unwanted else v for v in call.arguments[argument.name]]
            else:
                _put(call, argument.name, wanted[0], unwanted)
        return calls

    def _place(self, call: Filled, kind: Kind, mention: Mention, unwanted: set[str]) -> Argument | None:
        """Which argument of a call a name goes to: where the unwanted one stands, as the word before it says, or the only one there is."""
        named = self._arguments(call, kind)
        filled = [a for a in named if a.name in call.arguments or a.name in call.asks]
        if unwanted:
            return next((a for a in filled if unwanted & set(_values(call.arguments.get(a.name)))), None)
        words = self.said.heard.words
        cue = words[mention.first - 1].text if mention.first else ""
        owns = mention.last < len(words) and words[mention.last].text == "'s"
        cued = [a for a in named if cue in self.said.heard.lexicon.wording.list("cues", a.name)]
        if owns and len(filled) > 1:
            cued = [a for a in filled if a.name == self.profiles[call.action].action.subject]
        if len(named) > 1 and len(cued) == 1:
            return cued[0]
        return filled[0] if len(filled) == 1 else None

    def _arguments(self, call: Filled, kind: Kind) -> list[Argument]:
        return self.profiles[call.action].arguments(kind) if call.action in self.profiles else []

    def _without_things(self, calls: list[Filled]) -> list[Filled]:
        """ "Drop the laptop": without the calls that are about such a thing, where others are not."""
        spans = self.said.spans(out=True)
        words = [w.text for w in self.said.heard.words if covers(spans, w.start)]
        spoken = {i.name for i in self.said.heard.lexicon.wording.ideas(words) if i.form == "noun"}
        about = [c for c in calls if c.action in self.profiles and _speaks(self.profiles[c.action], spoken)]
        return [c for c in calls if c not in about] if len(about) < len(calls) else calls

    # ── dates, levels and places ─────────────────────────────────────────────────────────────────────────────────────

    def _detailed(self, call: Filled) -> Filled:
        """The call with what is said of when, how long, how much and where to."""
        new = self.details(call)
        if new.keys() & _ENDS:
            call.arguments = {n: v for n, v in call.arguments.items() if n not in _ENDS}
        order = self.profiles[call.action].action.declared if call.action in self.profiles else {}
        merged = {**call.arguments, **new}
        return Filled(
            call.action,
            {n: merged[n] for n in (*order, *merged) if n in merged},
            {n: a for n, a in call.asks.items() if n not in new},
        )

    def details(self, call: Filled) -> dict[str, Any]:
        profile, spans = self.profiles.get(call.action), self.said.spans()
        if profile is None or not spans:
            return {}
        heard, declared = self.said.heard, profile.action.declared
        moments = [m for m in self.said.moments if covers(spans, m.start)]
        found: dict[str, Any] = {}
        for span in (s for s in spans if self._about(call, s)):
            made = fill(profile, Material(passage(heard, [span]), [m for m in moments if covers([span], m.start)], heard.speaker.email))
            found |= made[0].arguments if made else {}
        found = {n: v for n, v in found.items() if declared[n].kind in _DETAILS or n == "model"}
        moments = [m for m in moments if any(covers([s], m.start) and self._about(call, s) for s in spans)]
        found |= self._date(call, profile, moments) if not any(declared[n].kind is Kind.DATE for n in found) else {}
        if len(found.keys() & _ENDS) > 1:
            found.pop("duration")
        return found | self._posted(call)

    def _about(self, call: Filled, span: tuple[int, int]) -> bool:
        """Whether a piece tells of this call: in "HubSpot as admin" of none but HubSpot's."""
        for kind in {m.kind for m in self.said.within(span)}:
            named = {v for m in self.said.within(span) if m.kind is kind for v in m.values}
            held = {v for a in self._arguments(call, kind) for v in _values(call.arguments.get(a.name))}
            if held and not held & named:
                return False
        return True

    def _date(self, call: Filled, profile: Profile, moments: Sequence[Moment]) -> dict[str, Any]:
        """ "Thursday is fine": a bare day is a new one for the only day there was."""
        days = [m for m in moments if m.value and not m.lasting and m.cue in ("", "on")]
        had = [a.name for a in profile.arguments(Kind.DATE) if a.name in call.arguments]
        return {had[0]: days[0].value} if len(days) == 1 and len(had) == 1 else {}

    def _posted(self, call: Filled) -> dict[str, Any]:
        """Where something is sent: an address, or home or the office."""
        wanted, heard, spans = self._arguments(call, Kind.ADDRESS), self.said.heard, self.said.spans()
        if not wanted:
            return {}
        place = things.address(heard.raw, heard.folded)
        if place and covers(spans, place[0]):
            return {wanted[0].name: heard.raw[slice(*place)].strip(" .,")}
        said = " ".join(heard.folded[a:b] for a, b in spans)
        where = next((name for name, pattern in BARE_PLACES if pattern.search(said)), None)
        return {wanted[0].name: where} if where else {}

    # ── more of the same ─────────────────────────────────────────────────────────────────────────────────────────────

    def added(self, before: Sequence[Filled]) -> list[Filled] | None:
        """The calls once more, for whoever and whatever else is named; None where nobody and nothing is."""
        named = {k: m for k in _NAMES if (m := self.said.named(k))}
        things_named = [k for k in named if k is not Kind.PERSON]
        source = list(before)
        for kind in things_named:
            fitting = [c for c in source if self._repeats(c, kind)]
            source = [c for c in fitting if c.action == fitting[-1].action]
        mentions = [m for ms in named.values() for m in ms]
        if not source or not mentions or not all(self.said.cued(m, "more") for m in mentions):
            return None
        if (len(named) > 1 and not self.said.together(mentions)) or any(self._grave(c, m) for c in source for m in mentions):
            return None
        made: list[Filled] = []
        for call in source:
            again = self._again(call, named)
            if again is None:
                return None
            made += [a for a in again if a not in made and a not in before]
        return [self._detailed(c) for c in made] or None

    def _grave(self, call: Filled, mention: Mention) -> bool:
        """Whether "me too" would have something done to the speaker that cannot be undone."""
        return mention.role == SELF and self.profiles[call.action].action.risk is Risk.HIGH

    def _repeats(self, call: Filled, kind: Kind) -> bool:
        return any(a.required or a.name in call.arguments or a.name in call.asks for a in self._arguments(call, kind) if not a.many)

    def _again(self, call: Filled, named: Mapping[Kind, Sequence[Mention]]) -> list[Filled] | None:
        places = {k: [self._place(call, k, m, set()) for m in ms] for k, ms in named.items()}
        if any(a is None for found in places.values() for a in found):
            return None
        made: list[Filled] = []
        for chosen in product(*([(a, m) for a, m in zip(places[k], ms, strict=True)] for k, ms in named.items())):
            again = Filled(call.action, {n: v for n, v in call.arguments.items() if n != "reason"}, dict(call.asks))
            for argument, mention in chosen:
                if argument:
                    _put(again, argument.name, mention, set())
            made.append(again)
        return made

    def listed(self, before: Sequence[Filled]) -> list[Filled] | None:
        """ "Also GitHub": one more in the list of the last call."""
        last = before[-1]
        lists = dict(last.arguments)
        for argument in self.profiles[last.action].action.declared.values() if last.action in self.profiles else ():
            values = [m.values[0] for m in self.said.named(argument.kind) if len(m.values) == 1]
            if argument.many and values:
                lists[argument.name] = [*dict.fromkeys([*lists.get(argument.name, []), *values])]
        return [*before[:-1], Filled(last.action, lists, dict(last.asks))] if lists != last.arguments else None


def _speaks(profile: Profile, things_named: set[str]) -> bool:
    """Whether most examples of an action speak of one of these things."""
    return 2 * sum(bool(things_named & w) for w in profile.wordings) > len(profile.wordings)


def _values(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [] if given is None else [given]


def _put(call: Filled, name: str, mention: Mention, unwanted: set[str]) -> None:
    """The one who is named, or the question which of them is."""
    values = tuple(v for v in mention.values if v not in unwanted)
    call.asks.pop(name, None)
    call.arguments.pop(name, None)
    if len(values) == 1:
        call.arguments[name] = values[0]
    else:
        call.asks[name] = (values, mention.said)
