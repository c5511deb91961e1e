"""Other languages without a model: the common forms of a request, rendered in English for the one understander there is.

`words/<language>.forms.toml` holds them as data. A form must cover a whole message (or each part joined by "and"), so that a negation, a
question or reported speech never matches by halves; whatever is not covered gets an honest sentence in that language, and a human.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.language.phrases.rank import SMALL
from bot.language.phrases.text import fold, script
from bot.language.phrases.wording import FOLDER, wording

LANGUAGES = ("de", "es", "fr", "ja")
_EDGE = " \t\n,.!?;:¡¿、。！？"
_SLOT = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Tongue:
    """One language: words that tell it, its forms with their English, its dates, and what it says when it has to pass."""

    code: str
    hints: frozenset[str]
    polite: re.Pattern[str]
    joint: re.Pattern[str]
    forms: tuple[tuple[re.Pattern[str], str], ...]
    moments: tuple[tuple[re.Pattern[str], str], ...]
    words: Mapping[str, str]
    sorry: str


@lru_cache(maxsize=8)
def tongue(code: str) -> Tongue:
    """The language as its file has it. In forms, `<name>` is a slot and blanks may be any space, or none in Japanese."""
    data = tomllib.loads((FOLDER / f"{code}.forms.toml").read_text("utf-8"))
    forms = [(_form(said, data), form["means"]) for form in data["forms"] for said in form["said"]]
    moments = [(_form(said, data), means) for said, means in data["moments"]]
    return Tongue(
        code=code,
        hints=_hints(data),
        polite=re.compile("|".join(fold(p) for p in data["polite"])),
        joint=re.compile(fold(data["joint"])),
        forms=tuple(forms),
        moments=tuple(moments),
        words={fold(k): v for k, v in data["words"].items()},
        sorry=data["sorry"],
    )


def _hints(data: Mapping[str, Any]) -> frozenset[str]:
    """Words that tell the language: those listed, and those of its forms, as far as English does not have them."""
    said = " ".join(s for form in data["forms"] for s in form["said"])
    words = re.findall(r"[^\W\d_]{2,}", fold(f"{data['hints']} {_SLOT.sub(' ', said)}"))
    return frozenset(words) - _english_words()


@lru_cache(maxsize=1)
def _english_words() -> frozenset[str]:
    known = wording("en")
    return known.plain | SMALL | {p[0] for p in known.phrases if len(p) == 1}


def _form(said: str, data: Mapping[str, Any]) -> re.Pattern[str]:
    """A form as an expression over folded text: "[…]" may be left out, "a|b" in brackets are alternatives, `<name>` is a slot."""
    gap = r"\s*" if data["spaces"] == "none" else r"\s+"
    pattern = re.sub(r" \[([^\[\]]*)\]$", r"[ \1]", fold(said))
    pattern = pattern.replace("] ", " ]").replace("[", "(?:").replace("]", ")?").replace(" ", gap)
    return re.compile(_SLOT.sub(lambda m: f"(?P<{m[1]}>{fold(data['slots'][m[1]])})", pattern))


def language_of(text: str) -> str:
    """The language a message is written in, "en" in doubt."""
    if sum(script(c) in ("HIRAGANA", "KATAKANA") for c in text) >= 2:
        return "ja"
    words = re.findall(r"[^\W\d_]{2,}", fold(text[:1000]))
    english = sum(w in _english_words() for w in words)
    counts = {code: sum(w in tongue(code).hints for w in words) for code in LANGUAGES}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > english and (counts[best] >= 2 or len(words) <= 3 or (not english and len(words) <= 6)) else "en"


def english(text: str, code: str) -> str | None:
    """The message in English, where its forms cover all of it."""
    known = tongue(code)
    bare, when = _without_moments(text, known)
    said = [_rendered(p, known) for p in _split(bare, known) if p.strip(_EDGE)]
    if not said or not all(said):
        said = [_rendered(bare, known)]
    if not all(said):
        return None
    return ". ".join(f"{one} {when}".strip() for one in said if one)


def _split(text: str, known: Tongue) -> list[str]:
    at, parts = 0, []
    for match in known.joint.finditer(fold(text)):
        parts.append(text[at : match.start()])
        at = match.end()
    return [*parts, text[at:]]


def _without_moments(text: str, known: Tongue) -> tuple[str, str]:
    """The text without its dates, and these in English."""
    told = []
    for pattern, means in known.moments:
        match = pattern.search(fold(text))
        if match:
            values = {k: known.words.get(v, v) for k, v in match.groupdict().items()}
            told.append(means.format(**values))
            text = text[: match.start()] + " " * (known.code != "ja") + text[match.end() :]
    return text, " ".join(told)


def _rendered(part: str, known: Tongue) -> str | None:
    text = _trimmed(part, known)
    folded = fold(text)
    for pattern, means in known.forms:
        match = pattern.fullmatch(folded)
        if match and not _swallows(match, known):
            return means.format(**{k: _value(text[match.start(k) : match.end(k)], known) for k, v in match.groupdict().items() if v})
    return None


def _swallows(match: re.Match[str], known: Tongue) -> bool:
    """Whether a slot for a name holds a further request: "Slack und mach das Licht aus"."""
    names = [v for slot, v in match.groupdict().items() if v and slot != "x"]
    return any(len(piece.split()) > 3 for said in names for piece in known.joint.split(said)[1:])


def _trimmed(part: str, known: Tongue) -> str:
    """Without greeting, politeness and punctuation around it, and with single spaces."""
    text = re.sub(r"\s+", " ", part)
    previous = None
    while previous != text:
        previous = text
        text = text.strip(_EDGE)
        cut = known.polite.match(fold(text))
        text = text[cut.end() :] if cut else text
        tails = [m for m in known.polite.finditer(fold(text)) if m.end() == len(text) and m.end() > m.start()]
        text = text[: tails[0].start()] if tails else text
        inner = re.search(rf"\s(?:{known.polite.pattern})(?=\s)", fold(text)) if known.code != "ja" else None
        text = text[: inner.start()] + text[inner.end() :] if inner else text
    return text


def _value(said: str, known: Tongue) -> str:
    """A slot's words: pronouns and "and" in English, names as they stand."""
    return known.words.get(fold(said.strip()), " ".join(known.words.get(fold(w), w) for w in said.split()))
