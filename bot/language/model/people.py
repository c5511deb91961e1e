"""Who is meant by the words the model points at. The directory decides; between two people nobody does but who asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.calls import Kind
from bot.domain.people import Standing
from bot.language.model.grounding import Run, trace, words
from bot.language.model.names import plain, settled, spoken, suggested
from bot.language.model.scene import Meant, Scene
from bot.language.model.veil import addresses
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.text import Token, fold, tokens

_ME = frozenset(("me", "myself", "i", "self", "speaker", "the speaker", "mine"))
_HONORIFIC = re.compile(r"\s*(?:さん|様|さま|氏|くん|君|ちゃん|先生)$")
_ABOVE = re.compile(r"^(?:(?P<mine>my|our)|(?P<whose>.+?)(?:['’]s|s['’])) (?:line )?(?:manager|boss|supervisor)$", re.IGNORECASE)
_LATIN = re.compile(r"[^\W\d_\u3040-\u30ff\u4e00-\u9fff][\w'’.\-]*?(?=[^\w'’.\-]|[\u3040-\u30ff\u4e00-\u9fff]|$)")
_LATIN_NAME = re.compile(rf"{_LATIN.pattern}(?:[ ・]{_LATIN.pattern})*")
_GIVEN = re.compile(r"[ 　]?[\u4e00-\u9fff々]{1,4}(?=さん|様|さま|氏|くん|君|ちゃん|先生)")


def _whole(run: Run) -> str:
    """The name of which these words of a Japanese text are a part: all of its Latin words, or with what stands before the honorific."""
    if run.raw.isascii():
        return next((m.group() for m in _LATIN_NAME.finditer(run.source) if m.start() <= run.start < m.end()), run.raw)
    longer = _GIVEN.match(run.source, run.end)
    return run.source[run.start : longer.end()] if longer else run.raw


@dataclass
class People:
    """Looks up the people of one message."""

    scene: Scene

    def person(self, said: str) -> Meant:
        """Whom these words name: one person, several to choose from, or nobody known."""
        said = _HONORIFIC.sub("", said.strip())
        if fold(said) in _ME | self.scene.nets.tongue.self:
            return Meant(self.scene.speaker.email) if self._self_said() else Meant()
        if "@" in said:
            return self._address_of(said)
        above = _ABOVE.match(said)
        if above:
            return self._manager(above["whose"])
        run = trace(said, [self.scene.nets.shown, *self.scene.turns])
        if run is None:
            return self._otherwise(said)
        return self._persons(run)

    def _self_said(self) -> bool:
        """Whether the message speaks of its writer: in words, or so that the offline understander sees it."""
        own = self.scene.nets.tongue.self
        said = fold(self.scene.nets.shown)
        there = {t.text for t in self.scene.words} | set(re.findall(r"\w+(?:'\w+)?", said)) | set(re.findall(r"\w+(?=')", said))
        if self.scene.nets.tongue.name == "ja" or own & there:
            return True
        return any(self.scene.speaker.email in c.arguments.values() for c in (*self.scene.fresh.calls, *self.scene.drafted))

    def _address_of(self, said: str) -> Meant:
        """An address counts where it was written, or is already part of this thread's calls."""
        address = said.strip("<>. ").casefold()
        written = {a for source in (self.scene.nets.shown, *self.scene.turns) for a in addresses(source)}
        known = self.scene.directory.people.get(address)
        if address not in written | self.scene.known:
            return Meant()
        return Meant(known.email if known else address, said=said) if known else Meant(said=said)

    def _manager(self, whose: str | None) -> Meant:
        spoken = " ".join([self.scene.nets.shown, *self.scene.turns])
        there = {w.text for w in words(spoken)}
        if not any(w in there or (not w.isascii() and w in fold(spoken)) for w in self.scene.nets.tongue.above):
            return Meant()
        base = self.person(whose) if whose else Meant(self.scene.speaker.email)
        above = self.scene.directory.manager_of(base.value) if base.value else None
        return Meant(above.email, said=whose or "my manager") if above else Meant(said=base.said or (whose or ""))

    def _persons(self, run: Run) -> Meant:
        direct = self._active(self.scene.lexicon.people.find([t.text for t in plain(run.raw)]))
        if run.source is self.scene.nets.shown and self.scene.nets.tongue.name == "ja":
            whole = _whole(run)
            if whole != run.raw:
                direct = self._active(self.scene.lexicon.people.find([t.text for t in plain(whole)]))
                return settled(direct, whole) if direct else Meant(said=whole)
        here = self._overlapping(run) if run.source is self.scene.nets.shown else None
        if here and len(tuple(self._words_of(here))) > len(plain(run.raw)) and not here.values:
            return Meant(said=here.said)  # a longer name than the model says, and nobody's
        if here and here.values and (not direct or set(here.values) < set(direct)):
            direct = here.values
        if not direct and not any(t.mixed for t in tokens(run.raw)):
            direct = spoken(run.raw, self.scene.lexicon, Kind.PERSON)
        if len(direct) > 1 and len(set(direct) & self.scene.known) == 1:
            direct = tuple(set(direct) & self.scene.known)
        return settled(direct, run.raw)

    def _otherwise(self, said: str) -> Meant:
        """Whom the message names by another name than the model says ("Bob"): where code finds the same person in it, and only there."""
        meant = self.scene.lexicon.people.find([t.text for t in plain(said)])
        here = [m for m in self.scene.mentions if m.kind is Kind.PERSON and not m.role and set(m.values) & meant]
        return settled(here[0].values, here[0].said) if here else suggested(said, self.scene, self.scene.lexicon.people)

    def _overlapping(self, run: Run) -> Mention | None:
        if self.scene.nets.tongue.name == "ja":
            return None  # the offline words of a script without spaces are whole sentences
        return next(
            (
                m
                for m in self.scene.mentions
                if m.kind is Kind.PERSON and self.scene.words[m.first].start < run.end and self.scene.words[m.last - 1].end > run.start
            ),
            None,
        )

    def _words_of(self, mention: Mention) -> list[Token]:
        return [t for t in self.scene.words[mention.first : mention.last] if t.text != "'s"]

    def _active(self, values: set[str]) -> tuple[str, ...]:
        active = {v for v in values if self.scene.directory.people[v].status is not Standing.OFFBOARDED}
        return tuple(sorted(active or values))
