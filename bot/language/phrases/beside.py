"""What stands around a name and tells how it is meant: called, left out, stood in for, or one of several in some place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from bot.domain.people import Person
from bot.language.phrases.lexicon import Mention
from bot.language.phrases.text import Token, fold
from bot.language.phrases.wording import split, texts


def stood_in(words: Sequence[Token], at: int, stands: AbstractSet[str]) -> bool:
    """ "Daniel covers for Marcus": whoever stands in is spoken of, rather than whom they stand in for."""
    before = texts(words[max(0, at - 3) : at])
    return before[-1:] == ["for"] and bool(stands & {*before})


def bracketed(words: Sequence[Token], mention: Mention) -> bool:
    return words[mention.last].start - words[mention.last - 1].end == 2 and len(mention.values) > 1


def fits(person: Person, spoken: str, groups: Iterable[str]) -> bool:
    places = [fold(p) for p in (person.department, person.location, person.location.split(",")[0], person.title) if p]
    words = [w for w in spoken.split(" ")[1:] if w not in ("the", "our")]
    return any(" ".join(words).startswith(p) for p in places) or words[0] in [*split(fold(person.title)), *groups]


def addressed(words: Sequence[Token], mention: Mention, named: Mapping[int, Mention]) -> bool:
    """Whether the name only calls somebody: "Owen, please …", "hi Owen", "@owen can you …"."""
    before = words[mention.first - 1] if mention.first else None
    opens = before is None or before.text in ("hi", "hey", "hello", "dear", "thanks", "morning", "hiya", "cheers")
    if not opens or mention.last >= len(words) or mention.role:
        return False
    after, gap = words[mention.last].text, words[mention.last].start - words[mention.last - 1].end
    asks = after in ("please", "pls", "can", "could", "would", "will", "i", "we", "remove", "give", "add", "reset", "unlock", "my")
    greeted = before is not None and before.text != "dear"
    return asks and (gap > 1 or greeted or words[mention.first].text.startswith("@")) and mention.last not in named


def excluded(words: Sequence[Token], mention: Mention) -> bool:
    """ "…, not Jane": said, but left out."""
    before = [t.text for t in words[max(0, mention.first - 2) : mention.first]]
    return before[-1:] in (["not"], ["except"], ["excluding"], ["besides"]) or before in (
        ["not", "from"],
        ["except", "for"],
        ["not", "for"],
        ["not", "to"],
    )
