"""Whether a written sentence says what a passage says. Everything here may only refuse: what it lets pass is cited, not proven."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.language.model.lore import Lore, content, counts, even, figures, lores, spelled, stem, words
from bot.language.model.tongues import tongue

LONGEST = 400
"""Characters of one sentence."""
FEW = 4
"""Telling words of a sentence so short that a single sentence of the passage has to say it."""
SHARE = 0.7
"""Of a sentence's telling words, how many have to stand in the passages that it cites, where both are in one language."""

_MARKUP = re.compile(r"```|!\[|</?[a-zA-Z!]|^#|^\||\|\s*$|^>|~~~")
_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)|\]\s*[(:\[]")
_VERBATIM = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\"([^\"]+)\"|“([^”“]+)[”“]|„([^“”]+)[“”]|«([^»]+)»|「([^」]+)」")
_EXACT = re.compile(r"[A-Za-z0-9@~/\\%][A-Za-z0-9@:/\\._+\-=#~%&?$]*")
_CODE = re.compile(r"\d|[@:/\\._+=#~%&?$]|[a-z][A-Z]|[A-Z]{2}")
_FREE = frozenset(("e.g", "i.e", "z.B", "d.h", "p.ej", "etc", "and/or"))
_CLAUSE = re.compile(r"[,;:()\n–—]|\s-\s|[.!?。！？](?:\s|$)|。|、|\b(?=(?:if|unless|when|because)\b)", re.I)
_CONDITION = re.compile(r"\W*(?:if|unless|when|where)\b")
_BARE = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_FORBIDS = re.compile(r"\W*(?:\d+\W+)?(?:please )?(?:never|do not|don['’]t|you (?:must|may|should) not|avoid)\b")
_AFTER = re.compile(r"\W*(?:but|instead|unless|until|then|so|please|always)\b")
_TURNING = """
    off disable disabled enable enabled allow allowed deny denied approve approved authorise authorised authorize forbidden optional
    required mandatory always never free guaranteed safe unsafe ignore skip bypass disregard send mail email tell give share forward
    reply text call phone visit download install uninstall execute paste transfer pay buy grant upload remove delete erase wipe format
    password passcode pin secret token key code credential admin administrator root owner everyone
    second minute hour day week month year link website attachment bank card money salary"""
_SHARP = frozenset(map(stem, _TURNING.split()))
"""Words that turn or add an instruction: none may be new."""


def problem(sentence: str, source: str, language: str) -> str:
    """What of a sentence is not borne out by the text that it cites; "" where nothing was found. `language` is the answer's."""
    lore = lores()[language]
    same = _spoken(source) == language
    checks = (
        _form(sentence, source),
        _verbatim(sentence, source),
        _exact(sentence, source, lore),
        _numbers(sentence, source, lore, same),
        _hands_over(sentence, lore),
        _turned(sentence, source, language, same),
        (_strange(sentence, source, language) or _mixed(sentence, source, language)) if same else _names(sentence, source, language),
    )
    return next((found for found in checks if found), "")


@lru_cache(maxsize=256)
def _spoken(source: str) -> str:
    return tongue(source).name


def _form(sentence: str, source: str) -> str:
    if len(sentence) > LONGEST:
        return "it is too long"
    if not any(c.isalpha() for c in sentence):
        return "it says nothing"
    if _MARKUP.search(sentence) or any(m.group() not in source for m in _LINK.finditer(sentence)):
        return "it holds markup or a link of its own"
    odd = next((c for c in sentence if not _usual(c) and c not in source), "")
    return f"it holds the character U+{ord(odd):04X}" if odd else ""


@lru_cache(maxsize=4096)
def _usual(char: str) -> bool:
    """Letters of the languages that answers are written in, and nothing that is invisible."""
    kind = unicodedata.category(char)
    if kind[0] == "L":
        name = unicodedata.name(char, "")
        return name.startswith(("LATIN", "CJK UNIFIED", "HIRAGANA", "KATAKANA")) or char == "ー"
    return kind[0] != "C"


def _verbatim(sentence: str, source: str) -> str:
    """Commands keep their capitals; names of buttons and quotations stand there in whichever."""
    exact, loose = " ".join(source.split()), even(source)
    for match in _VERBATIM.finditer(sentence):
        said = next(g for g in match.groups() if g)
        if match[1] and " ".join(said.split()) not in exact:
            return "it holds a command that the passage does not have"
        if even(said).strip(" .,:;!?") not in loose:
            return "it quotes what the passage does not have"
    return ""


def _exact(sentence: str, source: str, lore: Lore) -> str:
    """Addresses, codes, paths, abbreviations and numbers stand in the source, whole."""
    there = source.casefold()
    for said in _codes(sentence):
        if said in _FREE or all(part in lore.free or not _CODE.search(part) for part in said.split("-")):
            continue
        whole = re.escape(said.casefold())
        number = said.replace(",", ".") in figures(source) or said in spelled(source, lores()[_spoken(source)])
        if not number and not re.search(rf"(?<![a-z0-9@/\\:_])(?<![a-z0-9][.\-]){whole}(?![a-z0-9@\\_]|[./:\-][a-z0-9])", there):
            return f"the passage does not have “{said[:40]}”"
    return ""


def _codes(sentence: str) -> Iterator[str]:
    for match in _EXACT.finditer(sentence):
        said = match.group().rstrip(".:?-/&_")
        if _CODE.search(said):
            yield said


def _numbers(sentence: str, source: str, lore: Lore, same: bool) -> str:
    spoken = lores()[_spoken(source)]
    if spelled(sentence, lore) - spelled(source, spoken) - figures(source):
        return "it holds a number that the passage does not have"
    if same and any(not nouns & _counted(source, lore).get(number, frozenset()) for number, nouns in _counted(sentence, lore, 1).items()):
        return "it counts what the passage does not count"
    new = counts(sentence, lore) - counts(source, spoken)
    return f"the passage does not say {' '.join(min(new))}" if new else ""


@lru_cache(maxsize=512)
def _counted(text: str, lore: Lore, most: int = 4) -> dict[str, frozenset[str]]:
    """By number, the telling words that follow it: in a sentence the one right after it, in a source a few."""
    found: dict[str, set[str]] = {}
    tokens = re.findall(r"\d+(?:[.,]\d+)?|[^\W\d_]+|[^\w\s]", even(text))
    for at, token in enumerate(tokens):
        number = token.replace(",", ".") if token[0].isdigit() else lore.numbers.get(token)
        after = tokens[at + 1 : at + 2] if most == 1 else tokens[at + 1 : at + 12]
        nouns = [n for t in after for n in content(t, "en")][:most]
        if number and (nouns or most > 1):
            found.setdefault(number, set()).update(nouns)
    return {number: frozenset(nouns) for number, nouns in found.items()}


def _hands_over(sentence: str, lore: Lore) -> str:
    """Nobody is ever told to give a secret away, whatever an article says."""
    if not lore.secret.search(even(sentence)):
        return ""
    asked = any(not negated and lore.hands.search(even(clause)) for clause, negated in _clauses(sentence, lore))
    return "it asks for a secret" if asked else ""


def _turned(sentence: str, source: str, language: str, same: bool) -> str:
    """Each clause is held against the clause of the source that it is most like, a condition against conditions first: both are negated
    or neither. A word that turns an instruction stands in a clause that is negated alike."""
    there = _compared(source, _spoken(source), same)
    there += () if same else _compared(source, _spoken(source), True, marks=True)
    for clause in _compared(sentence, language, same):
        if clause.condition and any(t.condition and t.negated == clause.negated and not t.telling for t in there):
            continue
        if _best(clause, there) and all(t.negated != clause.negated for t in _like(clause, there)):
            return "it denies what the passage says, or the other way round"
        if same and any(all(w not in t.telling or t.negated != clause.negated for t in there) for w in clause.telling & _SHARP):
            return "it adds what the passage does not say"
    return ""


def _best(clause: _Clause, there: Sequence[_Clause]) -> int:
    """How many telling words the clause shares with what it is most like."""
    return max((len(clause.telling & t.telling) for t in there), default=0)


def _like(clause: _Clause, there: Sequence[_Clause]) -> list[_Clause]:
    best = _best(clause, there)
    return [t for t in there if len(clause.telling & t.telling) == best]


def _mixed(sentence: str, source: str, language: str) -> str:
    """In the passage's own language: the sentence is made of one or two sentences of the passage, not of words from all over it, and of
    a pair of opposites it has the one that stands there. Title and heading, the first lines, go with every sentence."""
    title, *rest = _whole(source, language)
    head = title.telling | (rest[0].telling if rest else frozenset())
    said = _Clause(frozenset(content(sentence, language)), frozenset(_BARE.findall(even(sentence))))
    loose = said.telling - head
    first = max(rest or [title], key=lambda t: len(loose & t.telling))
    second = max((len(loose & t.telling - first.telling) for t in rest), default=0)
    covered = len(said.telling & head) + len(loose & first.telling)
    if covered < (0.75 if len(said.telling) <= FEW else 0.0) * len(said.telling) or covered + second < 0.65 * len(said.telling):
        return "it mixes what the passage says"
    like = [t for t in (title, *rest) if len(said.telling & t.telling) == len(said.telling & first.telling)]
    turned = any(a in said.bare and all(b in t.bare and a not in t.bare for t in like) for a, b in lores()[language].opposites)
    return "it says the opposite" if turned else ""


@lru_cache(maxsize=256)
def _whole(text: str, language: str) -> tuple[_Clause, ...]:
    """The sentences of a text, compared whole."""
    parts = [p for p in _SENTENCE.split(text) if p.strip()]
    return tuple(_Clause(frozenset(content(p, language)), frozenset(_BARE.findall(even(p)))) for p in parts)


@dataclass(frozen=True)
class _Clause:
    """A clause or sentence as it is compared: by its telling words, and by all of them."""

    telling: frozenset[str]
    bare: frozenset[str]
    negated: bool = False
    condition: bool = False


@lru_cache(maxsize=256)
def _compared(text: str, language: str, clauses: bool, marks: bool = False) -> tuple[_Clause, ...]:
    """The clauses of a text as they are compared, by their words; else its sentences, or with `marks` its clauses, by what is the same in
    all languages."""
    lore = lores()[language]
    return tuple(
        _Clause(
            frozenset(_telling(clause, language, clauses and not marks)),
            frozenset(_BARE.findall(even(clause))),
            negated,
            bool(_CONDITION.match(even(clause))),
        )
        for clause, negated in (_clauses(text, lore) if clauses else _sentences(text, lore))
    )


def _clauses(text: str, lore: Lore) -> Iterator[tuple[str, bool]]:
    """The clauses of a text, and whether each is negated: "never" at a sentence's beginning holds to its end, or to a "but"."""
    for sentence in _SENTENCE.split(text):
        forbids = bool(_FORBIDS.match(even(sentence)))
        for clause in _CLAUSE.split(sentence):
            said = even(clause)
            forbids = forbids and not _AFTER.match(said)
            if said.strip():
                yield clause, forbids or bool(lore.negated.search(said))


def _sentences(text: str, lore: Lore) -> Iterator[tuple[str, bool]]:
    """The sentences of a text, and whether anything in each is negated: another language has its commas elsewhere."""
    for sentence in _SENTENCE.split(text):
        yield sentence, any(negated for _, negated in _clauses(sentence, lore))


def _telling(clause: str, language: str, same: bool) -> list[str]:
    """By what clauses are compared: their words in one language; else what is the same in all of them."""
    if same:
        return content(clause, language)
    marked = [even(next(g for g in m.groups() if g)) for m in _VERBATIM.finditer(clause)]
    return [*marked, *(c.casefold() for c in _codes(clause)), *(w.casefold() for w in re.findall(r"\b[A-Z][a-z]{2,}\b", clause)[:20])]


@lru_cache(maxsize=256)
def _stems(source: str) -> frozenset[str]:
    return frozenset(stem(w) for w in words(source))


def _strange(sentence: str, source: str, language: str) -> str:
    """In the passage's own language: nearly all words stand there, and none of those that matter most is new."""
    there = _stems(source)
    said = content(sentence, language)
    new = [w for w in said if w not in there]
    if any(w in _SHARP for w in new):
        return "it adds what the passage does not say"
    if len(new) > len(said) * (1 - SHARE):
        return "the passage says something else"
    first = content(sentence, language)[:1]
    opens = [stem(w) for w in words(sentence)[:1]]
    if opens == first and first and first[0] not in there:
        return "it begins with a word that the passage does not have"
    return _capitals(sentence, there)


def _names(sentence: str, source: str, language: str) -> str:
    """In another language: words in Latin letters in Japanese, and capitals within a Spanish or French sentence, stand in the source."""
    there = _stems(source)
    if language == "ja":
        new = [w for w in re.findall(r"[A-Za-z]{2,}", sentence) if stem(w.casefold()) not in there and w not in lores()[language].free]
        return "it names what the passage does not have" if new else ""
    return _capitals(sentence, there) if language != "de" else ""


def _capitals(sentence: str, there: frozenset[str]) -> str:
    """Words with a capital after the sentence's first word stand in the source."""
    for match in re.finditer(r"(?<=[^\W\d_][\s'’])[\"“«*]*([A-ZÀ-Þ][^\W\d_]+)", sentence):
        if any(stem(w) not in there for w in words(match[1])):
            return "it names what the passage does not have"
    return ""
