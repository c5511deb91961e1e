"""Who is meant: names that several people bear, "my manager", "her", "me", and names nobody bears."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.calls import Kind
from bot.domain.directory import Directory
from bot.domain.people import Employment, Person, Standing
from bot.language.phrases.beside import addressed, bracketed, excluded, fits, stood_in
from bot.language.phrases.described import described, receives, told_of
from bot.language.phrases.lexicon import Lexicon, Mention
from bot.language.phrases.text import Token
from bot.language.phrases.wording import Wording, split, texts

NOBODY = "nobody"
"""Role of a mention that stands for nobody in particular ("a colleague")."""
SELF = "self"
"""Role of a mention of the speaker."""


_GENDERS = {"he": ("he", "him", "his", "himself"), "she": ("she", "her", "hers", "herself")}
_WHOM = frozenset(("me", "him", "her", "them", "us", "my", "his", "their", "rid"))
_PLURAL = frozenset(("them", "both", "they"))
_KINDS = {"intern": Employment.INTERN, "contractor": Employment.CONTRACTOR, "trainee": Employment.INTERN}


@dataclass
class Who:
    """Settles the persons of one message. `recent` are those named before, latest last; `settled` those chosen in this thread."""

    speaker: Person
    directory: Directory
    lexicon: Lexicon
    wording: Wording
    recent: list[Mention] = field(default_factory=list)
    settled: frozenset[str] = frozenset()
    called: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Whom this message calls "he", and whom "she"."""
    named_by: dict[str, int] = field(default_factory=dict)
    """How many had been named when that was said last."""

    def settle(self, words: Sequence[Token], found: Sequence[Mention]) -> list[Mention]:
        """The mentions with persons narrowed down, and pronouns, roles and unknown names added, in order."""
        by_start = {m.first: m for m in found}
        out: list[Mention] = []
        at = 0
        while at < len(words):
            mention = self._group_of_people(words, at, by_start) or by_start.get(at) or self._other(words, at, by_start)
            if several := self._several(words, at, out, by_start):
                out += several
                mention = several[0]
            elif mention and mention.kind is Kind.PERSON:
                owner = self._narrow(words, mention, out)
                mention = self._relative(words, owner, by_start)
                if mention.values != owner.values and owner.role == "":
                    self.recent.append(owner)  # "Sam's deputy reads his mail": Sam's
                if not excluded(words, mention) and not addressed(words, mention, by_start):
                    out.append(mention)
                if mention.role not in (NOBODY, SELF) and (mention.values or mention.role == "unknown"):
                    aside = self.recent and (
                        stood_in(words, at, {*self.wording.list("people", "stands"), "cover", "covers"})
                        or texts(words[max(0, at - 1) : at]) in (["to"], ["with"], ["by"], ["under"])
                    )
                    self.recent.insert(len(self.recent) - bool(aside), mention)
            elif mention:
                out += [] if excluded(words, mention) else [m for m in found if m.first == at]
            at = mention.last if mention else at + 1
        return out

    def _several(self, words: Sequence[Token], at: int, out: Sequence[Mention], named: Mapping[int, Mention]) -> list[Mention]:
        """ "Give Lucy and Diego Figma, then remove both from Miro": everybody in the list of names said last."""
        follows = words[at + 1].text if at + 1 < len(words) else ""
        two = {m.values: m for m in out if m.kind is Kind.PERSON and len(m.values) == 1}
        both = words[at].text == "both" or [t.text for t in words[max(0, at - 2) : at]] == ["both", "of"]
        if both and follows not in ("of", "the", "my") and at + 1 not in named and len(two) == 2:
            return [replace(m, first=at, last=at + 1, role="pronoun") for m in two.values()]
        if words[at].text not in _PLURAL or at + 1 in named or (words[at].text == "both" and follows in ("of", "the", "my")):
            return []
        people = [m for m in out if m.kind is Kind.PERSON and not m.role and len(m.values) == 1]
        listed = people[-1:]
        for before in reversed(people[:-1]):
            if any(t.text not in ("and", "as", "well", "n") for t in words[before.last : listed[0].first]):
                break
            listed.insert(0, before)
        return [replace(m, first=at, last=at + 1, role="pronoun") for m in listed] if len(listed) > 1 else []

    def _other(self, words: Sequence[Token], at: int, named: dict[int, Mention]) -> Mention | None:
        return (
            self._of_a_kind(words, at)
            or self._described(words, at, named)
            or self._nobody(words, at)
            or self._many(words, at)
            or self._mine(words, at)
            or self._pronoun(words, at)
            or self._unknown(words, at, named)
        )

    def _described(self, words: Sequence[Token], at: int, named: Mapping[int, Mention]) -> Mention | None:
        """ "My deputy", where something is handed to them or to be done by them; "my deputy Will Turner" has a name."""
        end = described(words, at, self.wording)
        if end == at or not receives(words, at, end, self.wording):
            return None
        name = any(m.kind is Kind.PERSON and end in (m.first, m.last + end - at) for m in named.values())
        tells = {"whoever", *self.wording.list("people", "relative")}
        inside = (m for m in named.values() if m.kind is not Kind.PERSON and at < m.first < end)
        thing = any(not tells & {*texts(words[at : m.first])} for m in inside)
        return None if name or thing else Mention(Kind.PERSON, (), at, end, " ".join(t.raw for t in words[at:end]), role="unknown")

    def _nobody(self, words: Sequence[Token], at: int) -> Mention | None:
        if self._helps(words, at) or (at + 1 < len(words) and words[at + 1].text in self.wording.list("people", "harm")):
            return None
        if at and words[at - 1].text in ("before", "case", "lest", "until", "than", "that"):
            return None  # "lock it before somebody has a look" says why
        for phrase in sorted(self.wording.list("people", "nobody"), key=len, reverse=True):
            parts = split(phrase)
            if tuple(t.text for t in words[at : at + len(parts)]) == parts:
                return Mention(Kind.PERSON, (), at, at + len(parts), phrase, role=NOBODY)
        return None

    def _helps(self, words: Sequence[Token], at: int) -> bool:
        """ "Can somebody install it?" asks the desk, as "can you" does."""
        asked = at and at + 1 < len(words) and words[at - 1].text in ("can", "could", "would", "will", "might")
        if not asked or words[at].text not in ("someone", "somebody", "anyone", "anybody", "whoever", "sb"):
            return False
        follows = words[at + 2].text if at + 2 < len(words) else ""
        deed = any(
            i.first == 0 and i.form == "base" and i.name != "need" for i in self.wording.ideas([t.text for t in words[at + 1 : at + 4]])
        )
        return deed and (words[at + 1].text not in ("get", "join") or follows in _WHOM)

    def _many(self, words: Sequence[Token], at: int) -> Mention | None:
        """ "Everyone in sales", "all contractors": more people than one request may name, so they are asked for."""
        last = next((at + len(p) for p in self.wording.everyone if texts(words[at : at + len(p)]) == [*p]), at)
        if last == at:
            return None
        sure = words[at].text in ("everyone", "everybody")
        end = last
        while last < len(words) and words[last].text in ("of", "the", "our", "my", "in", "from", "on", "at"):
            last += 1
        while size := self._set_of_people(words, last):
            last = end = last + size
            last += last < len(words) and words[last].text in ("in", "from", "at") and self._set_of_people(words, last + 1) > 0
        named = end > at + 1 and (sure or end > last - 1)
        after = words[end].text if end < len(words) else ""
        if not (sure or named) or (end == at + 1 and not sure) or after in ("'s", "named", "called", "with"):
            return None
        return Mention(Kind.PERSON, (), at, end, " ".join(t.raw for t in words[at:end]), role="unknown")

    def _group_of_people(self, words: Sequence[Token], at: int, named: dict[int, Mention]) -> Mention | None:
        """ "Remove all contractors from …" means the people, even where a group is called that."""
        group = named.get(at)
        led = at and words[at - 1].text in ("to", "from", "in", "into", "of", "on", "group", "list", "the")
        return self._many(words, at) if group and group.kind is Kind.GROUP and not led else None

    def _set_of_people(self, words: Sequence[Token], at: int) -> int:
        """How many words from here name a department, a place or a kind of people."""
        known = (*self.lexicon.departments, *self.lexicon.locations, *((k,) for k in self.wording.list("people", "kinds")))
        return max((len(k) for k in known if k and tuple(texts(words[at : at + len(k)])) == tuple(k)), default=0)

    def _mine(self, words: Sequence[Token], at: int) -> Mention | None:
        word = words[at].text
        after = words[at + 1].text if at + 1 < len(words) else ""
        me = (self.speaker.email,)
        if word in ("my", "our") and after == "team" and at and words[at - 1].text.startswith("join"):
            return Mention(Kind.PERSON, me, at, at + 2, f"{word} team", role=SELF)
        if word in ("my", "our") and after in ("direct", "line", "new"):
            after = words[at + 2].text if at + 2 < len(words) else ""
        if word in ("my", "our") and after in (*self.wording.list("people", "manager"), "direct"):
            return self._above(self.speaker.email, at, at + 2, f"{word} {after}")
        if word == "my" and after in self.wording.list("people", "reports"):
            values = tuple(sorted(p.email for p in self.directory.reports_of(self.speaker.email) if p.status is Standing.ACTIVE))
            last = next(n for n in range(min(at + 4, len(words)), at + 1, -1) if words[n - 1].text in ("report", "reports", after))
            return self._my_report(words, values, at, last)
        role = {"me": SELF, "myself": SELF, "mine": SELF, "my": "mine", "i": "i"}.get(word)
        if word in ("im", "ive") and after and not words[at + 1].capital:  # "im locked out", and not "im Lager"
            role = "i"
        return Mention(Kind.PERSON, me, at, at + 1, word, role=role) if role else None

    def _of_a_kind(self, words: Sequence[Token], at: int) -> Mention | None:
        """ "Our intern", where there is only one."""
        word, after = words[at].text, words[at + 1].text if at + 1 < len(words) else ""
        if word not in ("the", "our", "my") or not (kind := _KINDS.get(after)):
            return None
        mine = tuple(sorted(p.email for p in self._of_kind(kind) if p.manager == self.speaker.email))
        values = mine or (tuple(sorted(p.email for p in self._of_kind(kind))) if word != "my" else ())
        followed = at + 2 < len(words) and (words[at + 2].text == "'s" or not words[at + 2].capital)
        alone = len(values) == 1 and (at + 2 == len(words) or followed)
        return Mention(Kind.PERSON, values, at, at + 2, f"{word} {after}") if alone else None

    def _of_kind(self, kind: Employment) -> list[Person]:
        return [p for p in self.directory.people.values() if p.type is kind and p.status is Standing.ACTIVE]

    def _my_report(self, words: Sequence[Token], values: tuple[str, ...], at: int, last: int) -> Mention:
        named = self.lexicon.mentions(words[last : last + 2]) if last < len(words) else []
        if named and named[0].first == 0 and named[0].kind is Kind.PERSON and set(named[0].values) & set(values):
            both = tuple(sorted(set(named[0].values) & set(values)))
            return Mention(Kind.PERSON, both, at, last + named[0].last, named[0].said)
        return Mention(Kind.PERSON, values, at, last, "my report")

    def _above(self, email: str, first: int, last: int, said: str) -> Mention:
        above = self.directory.manager_of(email)
        return Mention(Kind.PERSON, (above.email,) if above else (), first, last, said)

    def _pronoun(self, words: Sequence[Token], at: int) -> Mention | None:
        word = words[at].text
        if word not in self.wording.list("people", "pronouns") or (word == "them" and self._things(words, at)):
            return None
        earlier = self._other_than_who_takes_over(words, at) or self._absent(words, at) or self._meant_by(word)
        if earlier is None:
            return Mention(Kind.PERSON, (), at, at + 1, word, role="pronoun")
        return Mention(Kind.PERSON, earlier.values, at, at + 1, earlier.said, role="pronoun")

    def _things(self, words: Sequence[Token], at: int) -> bool:
        """ "Install them", "ship them": what is done to things is not done to people, where none were named."""
        deeds = {i.name for i in self.wording.ideas([t.text for t in words[max(0, at - 2) : at]]) if i.form == "base"}
        return (
            bool(deeds) and deeds <= {"install", "ship", "provision", "close"} and all(m.role in ("i", "mine", SELF) for m in self.recent)
        )

    def _absent(self, words: Sequence[Token], at: int) -> Mention | None:
        """ "While Emily is on leave, Jane needs to read her mail": hers is Emily's, who was named first for that."""
        if words[0].text not in ("while", "as", "since", "because", "during", "when") or words[at].text not in ("his", "her", "their"):
            return None
        first = next((m for m in self.recent if m.first in (1, 2) and m.last <= at and len(m.values) == 1), None)
        return (
            first if first and set(self.wording.list("people", "absence")) & {w.text for w in words[first.last : first.last + 6]} else None
        )

    def _meant_by(self, word: str) -> Mention | None:
        """Who was named last, but nobody whom this message calls by the other gender: in "hand her meetings to Tom, forward her mail to
        him" she and he are two. He who was meant before is meant again until somebody else is named."""
        gender = next((g for g, said in _GENDERS.items() if word in said), "")
        others = [values for g, values in self.called.items() if g != gender] if gender else []
        same = [m for m in self.recent if m.values == self.called.get(gender)] if self.named_by.get(gender) == len(self.recent) else []
        earlier = next((m for m in reversed(same or self.recent) if m.values not in others and m.role not in ("i", "mine")), None)
        return self._calls(gender, earlier)

    def _calls(self, gender: str, meant: Mention | None) -> Mention | None:
        """Whom a pronoun means, remembered for the next."""
        if gender and meant and len(meant.values) == 1:
            self.called.setdefault(gender, meant.values)
            self.named_by[gender] = len(self.recent)
        return meant

    def _unknown(self, words: Sequence[Token], at: int, named: dict[int, Mention]) -> Mention | None:
        """A capitalised word that no list knows, where a person's name would stand."""
        word = words[at]
        ideas = (word.text,) in self.wording.phrases or word.text in self.wording.everyday or word.text in _MONTHS
        if not word.capital or ideas or not word.text.isalpha() or len(word.text) < 3:
            return None
        last = at + 1
        while last < len(words) and last not in named and words[last].capital and words[last].text.isalpha() and last < at + 3:
            if words[last].start - words[last - 1].end > 1:
                break
            last += 1
        before = words[at - 1].text if at else ""
        owns = last < len(words) and words[last].text == "'s" and before not in ("at", "near", "outside")  # "at King's Cross"
        beneath = last < len(words) and words[last].text in ("from", "off", "needs", "access", "out")
        led = before in self.wording.list("people", "led")
        acts = last - at > 1 and last < len(words) and words[last].text in self.wording.list("people", "acts")
        person = {m.first for m in named.values() if m.kind is Kind.PERSON}, {m.last for m in named.values() if m.kind is Kind.PERSON}
        listed = (before in ("and", "&") and at - 1 in person[1]) or (
            last < len(words) and words[last].text in ("and", "&") and last + 1 in person[0]
        )
        if owns or acts or listed or (led and (before in ("for", "unlock", "offboard", "onboard") or beneath or last - at > 1)):
            return Mention(Kind.PERSON, (), at, last, " ".join(t.raw for t in words[at:last]), role="unknown")
        return None

    def _other_than_who_takes_over(self, words: Sequence[Token], at: int) -> Mention | None:
        """ "Nathalie takes over his meetings", "let Nuno read her mail", "Nuno takes over from her": he and she are whoever was named
        before."""
        if len(self.recent) < 2 or words[at].text not in ("his", "her", "their", "him", "them"):
            return None
        taker, other = self.recent[-1], self.recent[-2]
        here = taker.last < at <= taker.last + 8 and " ".join(t.raw for t in words[taker.first : taker.last]) == taker.said
        if not here or other.values == taker.values:
            return None
        does = [w for w in texts(words[taker.last : at]) if w not in ("all", "of", "both", "any")]
        takes = {*does[-1:], " ".join(does[-2:])} & set(self.wording.list("people", "takes"))
        theirs = {i.name for i in self.wording.ideas(texts(words[at + 1 : at + 5]))} & {"mail.", "meeting."}
        stands = {*self.wording.list("people", "takes"), *self.wording.list("people", "stands")}
        relieves = does[-1:] in (["from"], ["for"]) and stands & {*does}
        if not (takes and theirs) and not relieves:
            return None
        return self._calls(next((g for g, said in _GENDERS.items() if words[at].text in said), ""), other)

    def _narrow(self, words: Sequence[Token], mention: Mention, before: Sequence[Mention]) -> Mention:
        values = set(mention.values)
        if len(values) < 2:
            return mention
        values = {v for v in values if self._person(v).status is not Standing.OFFBOARDED} or values
        for said in (self._by_department(words, mention, values), self._by_kind(words, mention, values)):
            values = said or values
        earlier = {m.values[0] for m in (*before, *self.recent) if m.kind is Kind.PERSON and len(m.values) == 1} | self.settled
        if len(values) > 1 and len(values & earlier) == 1:
            values &= earlier
        return replace(mention, values=tuple(sorted(values)))

    def _person(self, email: str) -> Person:
        return self.directory.people[email]

    def _by_department(self, words: Sequence[Token], mention: Mention, values: Iterable[str]) -> set[str]:
        around = told_of(texts(words[mention.last : mention.last + 10]))
        if around[:1] not in (["from"], ["in"], ["of"]) and not (mention.last < len(words) and bracketed(words, mention)):
            return set()
        spoken = " ".join(around)
        spoken = spoken if around[0] in ("from", "in", "of") else f"in {spoken}"
        if len(spoken.split()) < 2:
            return set()
        return {v for v in values if fits(self._person(v), spoken, self.directory.groups_of(v))}

    def _by_kind(self, words: Sequence[Token], mention: Mention, values: Iterable[str]) -> set[str]:
        around = [t.text for t in (*words[max(0, mention.first - 3) : mention.first], *words[mention.last : mention.last + 3])]
        kinds = {k for k in Employment if k.value in around and k is not Employment.EMPLOYEE}
        return {v for v in values if self._person(v).type in kinds}

    def _relative(self, words: Sequence[Token], mention: Mention, named: Mapping[int, Mention]) -> Mention:
        """ "John's manager", "her boss"."""
        at = mention.last + (mention.last < len(words) and words[mention.last].text == "'s")
        owner = at > mention.last or words[mention.first].text in ("his", "her", "their")
        if not owner or at >= len(words):
            return mention
        kin = words[at].text in self.wording.list("people", "kin") and at + 1 not in named
        if kin and receives(words, mention.first, at + 1, self.wording):
            return replace(mention, values=(), last=at + 1, said=" ".join(t.raw for t in words[mention.first : at + 1]), role="unknown")
        if words[at].text not in (*self.wording.list("people", "manager"), "line"):
            return mention
        if len(mention.values) != 1:
            return replace(mention, values=(), last=at + 1)
        return self._above(mention.values[0], mention.first, at + 1, f"{mention.said}'s {words[at].text}")


_MONTHS = frozenset(n.casefold() for n in (*calendar.month_name, *calendar.day_name))
