"""Who and what the words of a message may stand for: the company's own names, found in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rapidfuzz.distance import OSA

from bot.domain.calls import Kind
from bot.language.phrases.index import Index
from bot.language.phrases.names import (
    FUZZY_FROM,
    SERIAL,
    Mention,
    Names,
    disguised,
    joined,
    name_like,
    near,
    one_slip,
    squeeze,
)
from bot.language.phrases.text import Token, fold, tokens
from bot.language.phrases.wording import texts

__all__ = ["Lexicon", "Mention", "Names"]


class Lexicon(Index):
    """Finds what the words of a message may stand for in one directory."""

    def mentions(self, words: Sequence[Token]) -> list[Mention]:
        """Everything named in these words, longest first where they overlap, in order."""
        found: list[Mention] = []
        at = 0
        budget = 24
        while at < len(words):
            here = self._exact(words, at)
            if not here and budget and self._worth_guessing(words, at):
                budget -= 1
                here = self._fuzzy(words, at)
            found += here
            at = max([m.last for m in here], default=at + 1)
        found = [self._whole_name(words, m, found) for m in found]
        found = [m for m in found if not any(o.fuzzy and o.first < m.first < o.last for o in found)]
        return sorted([*found, *self._beside(words, found)], key=lambda m: m.first)

    def _beside(self, words: Sequence[Token], found: Sequence[Mention]) -> list[Mention]:
        """Ordinary words that are names because a name follows in the same list: "april and ravi"."""
        taken = {n for m in found for n in range(m.first, m.last)}
        beside = []
        for mention in found:
            at = mention.first - 1 - (words[mention.first - 1].text in ("and", "&"))
            if mention.kind is not Kind.PERSON or at < 0 or at in taken or not self._lists(words, at, mention):
                continue
            values = self.people.find([words[at].text]) if words[at].text in self.wording.ordinary else set()
            if values and (words[at].capital if at == 0 else words[at - 1].text in _GIVING):
                beside.append(Mention(Kind.PERSON, tuple(sorted(values)), at, at + 1, words[at].raw))
        return beside

    @staticmethod
    def _lists(words: Sequence[Token], at: int, mention: Mention) -> bool:
        """ "April and Ravi", "Joy, Wei and Tom": a list of names, not somebody called before another is named."""
        after = words[mention.last : mention.last + 1]
        comma = words[mention.first].start - words[at].end == 2 and bool(after) and after[0].text in ("and", "&")
        return comma or words[at + 1].text in ("and", "&")

    def _whole_name(self, words: Sequence[Token], mention: Mention, found: Sequence[Mention]) -> Mention:
        """A single name beside a word that makes it somebody else's: a look-alike spelling, or a last name nobody here has."""
        if mention.kind is not Kind.PERSON or mention.last - mention.first > 1 or "@" in mention.said:
            return mention
        taken = {n for m in found for n in range(m.first, m.last)}
        before, after = mention.first - 1, mention.last
        if before >= 0 and joined(words[before:after]) and disguised(words[before]):
            return replace(mention, values=(), first=before, said=_spoken(words[before:after]))
        close = after < len(words) and words[after].start - words[after - 1].end == 1  # "… to Elena. She …" goes over a full stop
        if close and (meant := self._misspelt(words[after], words[mention.first], mention.values)):
            return replace(mention, values=meant, last=after + 1, said=_spoken(words[mention.first : after + 1]), fuzzy=True)
        if close and (others := self._called_last(words[after].text)) and not others & set(mention.values):
            both = tuple(sorted(others | set(mention.values)))  # "Stephen Marshall", where there are Stephen Marsh and Steven Marshall
            return replace(mention, values=both, last=after + 1, said=_spoken(words[mention.first : after + 1]), fuzzy=True)
        if close and self._strange(words, after, taken):
            return replace(mention, values=(), last=after + 1, said=_spoken(words[mention.first : after + 1]))
        return mention

    def _misspelt(self, last: Token, first: Token, values: Iterable[str]) -> tuple[str, ...]:
        """Those with this first name whose last name was meant, but for one slip: "chris abott". Near ones are kept, to be asked about."""
        if (
            not (self._guessable(last) or (last.text in self.wording.ordinary and len(last.text) > FUZZY_FROM))
            or last.mixed
            or disguised(last)
            or (last.text,) in self.people.phrases
        ):
            return ()
        slips = {e: OSA.distance(last.text, n) for e in values for n in self._names_of(e)[-1:] if n[0] == last.text[0]}
        if min(slips.values(), default=9) > 1:
            return ()
        meant = {e for e, slip in slips.items() if slip <= 2}
        written = {e for e in meant if self._names_of(e)[0] == first.text}
        nearest = min(slips.values()) in {slips[e] for e in written}
        return tuple(sorted(written if nearest else meant))

    def _called_last(self, word: str) -> set[str]:
        return {e for e in self.people.phrases.get((word,), ()) if self._names_of(e)[1:] and self._names_of(e)[-1] == word}

    def _strange(self, words: Sequence[Token], at: int, taken: set[int]) -> bool:
        """Whether the word after a first name is a last name that nobody here has."""
        word = words[at]
        if disguised(word):
            return True
        known = (word.text,) in self.wording.phrases or word.text in self.wording.everyday or word.text in self.wording.ordinary
        ends = at + 1 == len(words) or words[at + 1].text in _AFTER_NAME or words[at + 1].start - word.end > 1
        return at not in taken and word.capital and word.text.isalpha() and len(word.text) >= 3 and not known and ends

    def _exact(self, words: Sequence[Token], at: int) -> list[Mention]:
        if words[at].mixed:
            return [Mention(Kind.PERSON, (), at, at + 1, words[at].raw)] if words[at].capital else []
        single = self._single(words, at)
        if single:
            return [single]
        longest = max(self.people.longest, self.systems.longest, self.groups.longest)
        for size in range(min(longest, len(words) - at), 0, -1):
            span = words[at : at + size]
            if size > 1 and not joined(span):
                continue
            here = [m for m in (self._named(names, span, words, at) for names in (self.people, self.systems, self.groups)) if m]
            strong = [m for m in here if not m.weak]
            if here:
                return strong or here
        return self._brand(words, at) or self._titled(words, at)

    def _brand(self, words: Sequence[Token], at: int) -> list[Mention]:
        """ "InDesign" of Adobe InDesign: a word of one system's name alone, written as a name."""
        word = words[at]
        inside = at > 0 and word.capital and (word.start - words[at - 1].end <= 2)
        if (
            not inside
            or word.text in self.wording.plain
            or (word.text,) in self.wording.phrases
            or len(word.text) < 5
            or word.text in self.wording.levels
        ):
            return []
        values = self.systems.partial.get(word.text, set())
        people = (word.text,) in self.people.phrases or any(word.text in key for key in (*self.locations, *self.departments, *self.titles))
        return [Mention(Kind.SYSTEM, tuple(values), at, at + 1, word.raw)] if len(values) == 1 and not people else []

    def _single(self, words: Sequence[Token], at: int) -> Mention | None:
        word = words[at].text
        if "@" in word:
            return self._address(word, at)
        if serial := self.devices.get(word):
            return Mention(Kind.DEVICE, (serial,), at, at + 1, words[at].raw)
        led = at and words[at - 1].text in _DEVICES and _TAG.fullmatch(word)
        if (led or words[at].capital) and (led or SERIAL.fullmatch(word)) and not self.systems.find((word,)):
            return Mention(Kind.DEVICE, (word.upper(),), at, at + 1, words[at].raw)
        return None

    def _address(self, word: str, at: int) -> Mention:
        if word.startswith("@"):
            bare = word[1:].rstrip(".")
            values = self.people.phrases.get((bare,)) or self.people.compact.get(squeeze([bare])) or ()
            return Mention(Kind.PERSON, tuple(sorted(values)), at, at + 1, bare)
        known = self.directory.people.get(word)
        return Mention(Kind.PERSON, (known.email,) if known else (), at, at + 1, word)

    def _named(self, names: Names, span: Sequence[Token], words: Sequence[Token], at: int) -> Mention | None:
        said = texts(span)
        values = names.find(said)
        if not values or (len(said) > 1 and said[-1] == "'s"):
            return None
        idea = (said[0],) in self.wording.phrases
        ordinary = said[0] in self.wording.ordinary and not (names.kind is Kind.SYSTEM and at and span[0].capital)
        weak = len(span) == 1 and (ordinary or (len(said[0]) < 3 and said[0].isascii()) or idea)
        if names.kind is Kind.GROUP and said[-1] == "office" and tuple(said[:-1]) in self.locations:
            weak = True  # "the Berlin office" is a place first
        if weak and names.kind is Kind.PERSON:
            if not name_like(words, at):
                return None
            weak = False
        if names.kind is Kind.PERSON and len(span) == 1 and len(said[0]) < 2:
            return None
        return Mention(names.kind, tuple(sorted(values)), at, at + len(span), _spoken(span), weak=weak)

    def _titled(self, words: Sequence[Token], at: int) -> list[Mention]:
        if at and words[at - 1].text in ("new", "a", "an"):
            return []
        for size in range(min(6, len(words) - at), 0, -1):
            holders = self.titles.get(tuple(texts(words[at : at + size])))
            if holders and (len(holders) == 1 or (at and words[at - 1].text in ("the", "our"))) and not (at and words[at - 1].text == "as"):
                return [Mention(Kind.PERSON, tuple(sorted(holders)), at, at + size, _spoken(words[at : at + size]))]
        return []

    def _worth_guessing(self, words: Sequence[Token], at: int) -> bool:
        return self._guessable(words[at])

    def _guessable(self, word: Token) -> bool:
        known = (word.text,) in self.wording.phrases or word.text in self.wording.plain or word.text in self.wording.everyday_forms
        return not known and not word.mixed and word.text.isalpha() and len(word.text) >= 4

    def _fuzzy(self, words: Sequence[Token], at: int) -> list[Mention]:
        pair = self._fuzzy_pair(words, at) or self._fuzzy_system(words, at)
        if pair:
            return [pair]
        word = words[at].text
        found: list[Mention] = []
        if len(word) >= FUZZY_FROM:
            for names in (self.systems, self.people):
                values = near(word, names)
                if values:
                    found.append(Mention(names.kind, tuple(sorted(values)), at, at + 1, words[at].raw, fuzzy=True))
        return found[:1]

    def _fuzzy_pair(self, words: Sequence[Token], at: int) -> Mention | None:
        """A first and a last name, one of them with a slip: both must fit the same person."""
        if at + 1 >= len(words) or not words[at + 1].text.isalpha() or words[at + 1].mixed or not joined(words[at : at + 2]):
            return None
        one, other = words[at].text, words[at + 1].text
        held = self.people.phrases
        values: set[str] = set()
        if len(one) >= 4 and (other,) in held:
            slips = {e: OSA.distance(one, self._names_of(e)[0]) for e in held[(other,)]}
            best = min(slips.values())
            values = {e for e, slip in slips.items() if best <= 1 and slip <= best + 1 + (len(one) < 5) * -1}
        return Mention(Kind.PERSON, tuple(sorted(values)), at, at + 2, _spoken(words[at : at + 2]), fuzzy=True) if values else None

    def _fuzzy_system(self, words: Sequence[Token], at: int) -> Mention | None:
        """A system's name of two words, one of them with a slip: "linkedin recruter"."""
        said = texts(words[at : at + 2])
        if len(said) < 2 or not joined(words[at : at + 2]) or not all(map(self._guessable, words[at : at + 2])):
            return None
        values = {
            i
            for i in self.systems.partial.get(said[0], set()) | self.systems.partial.get(said[1], set())
            for name in (self.directory.systems[i].name, *self.directory.systems[i].aliases)
            if one_slip(said, texts(tokens(name)))
        }
        return Mention(Kind.SYSTEM, tuple(sorted(values)), at, at + 2, _spoken(words[at : at + 2]), fuzzy=True) if values else None

    def _names_of(self, email: str) -> list[str]:
        return [fold(n) for n in self.directory.people[email].name.split()] or [""]

    def knows(self, word: str) -> bool:
        """Whether a folded word is, or is part of, a name here."""
        named = any((word,) in n.phrases or word in n.partial for n in (self.people, self.systems, self.groups))
        return named or any(word in key for keys in (self.departments, self.locations, self.titles) for key in keys)

    def hints_at_system(self, word: str) -> bool:
        """Whether a word that is no system's name begins some: asked for "Adobe", one of them is meant."""
        return (
            word in self.leading and word in self.systems.partial and word not in self.wording.plain and (word,) not in self.wording.phrases
        )

    def partial(self, kind: Kind, words: Sequence[Token], at: int) -> Mention | None:
        """A telling word of a system's or group's name ("adobe"): all that have it."""
        names = self.systems if kind is Kind.SYSTEM else self.groups
        values = names.partial.get(words[at].text)
        return Mention(kind, tuple(sorted(values)), at, at + 1, words[at].raw, weak=True) if values else None


def _spoken(span: Sequence[Token]) -> str:
    return " ".join(t.raw for t in span)


_DEVICES = frozenset(("laptop", "device", "machine", "computer", "serial", "tag", "notebook", "macbook", "number"))
_TAG = re.compile(r"[a-z]{2,6}-?\d{2,}[a-z0-9\-]*")
"""How a device is labelled; elsewhere that is a ticket's number."""
_GIVING = frozenset(("give", "add", "for", "remove", "to", "from", "grant", "unlock", "let"))
_AFTER_NAME = frozenset(("'s", "from", "to", "off", "out", "in", "into", "needs", "is", "has", "and", "should", "no", "lost", "forgot"))
