"""Other languages without a model: the common forms of a request, rendered in English for the one understander there is.

`words/<language>.forms.toml` holds them as data. Every part of a message must be covered by a form: a request, or a remark that is known to
ask for nothing ("ich bin neu hier"). So a negation, a question or reported speech never matches by halves, and no slot may hold a word that
could turn a request round; whatever is not covered gets an honest sentence in that language, and a human.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from bot.language.phrases.foreign_dates import MARK, Dated, dated, moments
from bot.language.phrases.rank import SMALL
from bot.language.phrases.text import fold, script
from bot.language.phrases.wording import FOLDER, wording

LANGUAGES = ("de", "es", "fr", "ja")
_EDGE = " \t\n,.!?;:¡¿、。！？…-"
_SLOT = re.compile(r"<(\w+)>")
_PART = re.compile(r"\{([a-z]\w*)\}")
_TAIL = re.compile(r" \[([^\[\]]*)\](?=$|\)|\||\(\?: )")
_OPTION = re.compile(r"\[([^\[\]]*)\]( ?)")
_FREE = "y"
"""The slot that may hold anything: what a ticket or a comment says."""
_THIRD = ("him", "her", "them")
_PRONOUNS = ("me", "my", *_THIRD)
_OWN = re.compile(r"\b(?:I|me|my)\b")
_MOST = 6
"""Parts of one sentence that are tried as requests of their own."""


@dataclass(frozen=True)
class Form:
    """One way to say something. `means` is its English, empty for a remark; `after` names what must have been said before it."""

    source: str
    means: str
    tag: str
    after: frozenset[str]
    told: bool
    """A statement: as a question it asks for nothing."""
    alone: bool
    """Says too little to follow another request."""

    @property
    def free(self) -> bool:
        """Whether it takes down what is said as it stands."""
        return f"(?P<{_FREE}>" in self.source

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What it looks like in folded text; compiled when its language is first heard."""
        return re.compile(self.source)


@dataclass(frozen=True)
class Hit:
    """A part of a message that a form covers, with its slots in English."""

    form: Form
    values: Mapping[str, str]
    when: str

    @property
    def english(self) -> str:
        """The part in English without its date; empty for a remark."""
        values = dict.fromkeys("pogsxtly", "") | dict(self.values)
        return re.sub(r"\s+", " ", self.form.means.format(**values)).strip()


@dataclass(frozen=True)
class Tongue:
    """One language: words that tell it, its forms with their English, its dates, and what it says when it has to pass."""

    code: str
    hints: frozenset[str]
    polite: re.Pattern[str]
    greeting: re.Pattern[str]
    closing: re.Pattern[str]
    own: re.Pattern[str]
    """Words in which the speaker speaks of himself; after a request for somebody else, nothing is for the speaker without one."""
    frames: tuple[re.Pattern[str], ...]
    stop: re.Pattern[str]
    joint: re.Pattern[str]
    forms: tuple[Form, ...]
    moments: tuple[tuple[re.Pattern[str], str], ...]
    words: Mapping[str, str]
    pair: re.Pattern[str] | None
    sorry: str


@lru_cache(maxsize=8)
def tongue(code: str) -> Tongue:
    """The language as its file has it. In forms, `<name>` is a slot and blanks may be any space, or none in Japanese."""
    data = tomllib.loads((FOLDER / f"{code}.forms.toml").read_text("utf-8"))
    data["slots"] = {slot: fold(_whole(said, data)) for slot, said in data["slots"].items()}
    return Tongue(
        code=code,
        hints=_hints(data),
        polite=_any(data["polite"], data),
        greeting=_any(data["greeting"], data),
        closing=_any(data["closing"], data),
        own=_any(data["own"], data),
        frames=tuple(re.compile(fold(_whole(f, data))) for f in data["frames"]),
        stop=re.compile(data["stop"]),
        joint=re.compile(fold(data["joint"])),
        forms=tuple(f for form in data["forms"] for f in _forms(form, data)),
        moments=moments(data),
        words={fold(k): v for k, v in data["words"].items()},
        pair=re.compile(data["pair"]) if "pair" in data else None,
        sorry=data["sorry"],
    )


def _forms(form: Mapping[str, Any], data: Mapping[str, Any]) -> list[Form]:
    means = form.get("means", "")
    tag, after = form.get("tag", means), frozenset(form.get("after", ()))
    said = [(s, False) for s in form.get("said", ())] + [(s, True) for s in form.get("told", ())]
    return [Form(_form(s, data), means, tag, after, told, form.get("alone", False)) for s, told in said]


def _whole(said: str, data: Mapping[str, Any]) -> str:
    """With every `{part}` written out."""
    while part := _PART.search(said):
        said = f"{said[: part.start()]}(?:{data['parts'][part[1]]}){said[part.end() :]}"
    return said


def _any(said: Sequence[str], data: Mapping[str, Any]) -> re.Pattern[str]:
    edges = ("", "") if data["spaces"] == "none" else (r"(?<![\w-])", r"(?![\w-])")
    return re.compile(f"{edges[0]}(?:{'|'.join(fold(_whole(s, data)) for s in said)}){edges[1]}")


def _hints(data: Mapping[str, Any]) -> frozenset[str]:
    """Words that tell the language: those listed, and those of its forms, as far as English does not have them."""
    said = " ".join(_whole(s, data) for form in data["forms"] for s in (*form.get("said", ()), *form.get("told", ())))
    words = re.findall(r"[^\W\d_]{2,}", fold(f"{data['hints']} {_SLOT.sub(' ', said)}"))
    return frozenset(words) - _english_words()


@lru_cache(maxsize=1)
def _english_words() -> frozenset[str]:
    known = wording("en")
    return known.plain | SMALL | {p[0] for p in known.phrases if len(p) == 1}


def _form(said: str, data: Mapping[str, Any]) -> str:
    """A form as an expression over folded text: "[…]" may be left out, "a|b" in brackets are alternatives, `<name>` is a slot."""
    gap = r"\s*" if data["spaces"] == "none" else r"\s+"
    pattern = _optional(fold(_whole(said, data)), _TAIL, r"(?: (?:\1))?")
    pattern = _optional(pattern, _OPTION, r"(?:(?:\1)\2)?")
    pattern = pattern.replace(" ", gap)
    return _SLOT.sub(lambda m: f"(?P<{m[1]}>{data['slots'][m[1]]})", pattern)


def _optional(said: str, option: re.Pattern[str], means: str) -> str:
    """With every option written as an expression, the innermost first."""
    while option.search(said):
        said = option.sub(means, said)
    return said


def language_of(text: str) -> str:
    """The language a message is written in, "en" in doubt."""
    if sum(script(c) in ("HIRAGANA", "KATAKANA") for c in text) >= 2:
        return "ja"
    words = re.findall(r"[^\W\d_]{2,}", fold(text[:1000]))
    english = sum(w in _english_words() for w in re.findall(r"(?<![\w-])[^\W\d_]{2,}(?![\w-])", fold(text[:1000])))
    counts = {code: sum(w in tongue(code).hints for w in words) for code in LANGUAGES}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > english and (counts[best] >= 2 or len(words) <= 3 or (not english and len(words) <= 6)) else "en"


def english(text: str, code: str) -> str | None:
    """The message in English, where its forms cover all of it."""
    known = tongue(code)
    said = dated(_unsigned(text, known), known.moments, known.words)
    whole = _hit(said.text, said, known, [])
    hits = [whole] if whole and whole.form.free else _sentences(said, known)
    return _told(hits) if hits else None


def _told(hits: Sequence[Hit]) -> str | None:
    """The requests, each once, with their dates; a remark's date is nobody's, an echo's belongs to what it echoes."""
    told: dict[str, list[str]] = {}
    last = ""
    for hit in hits:
        last = hit.english or (last if hit.form.after else "")
        when = told.setdefault(last, []) if last else []
        if hit.when and hit.when not in when:
            when.append(hit.when)
    return ". ".join(" ".join((one, *when)).strip() for one, when in told.items()) or None


def _sentences(said: Dated, known: Tongue) -> list[Hit] | None:
    """All of the message, sentence by sentence; none where one of them is not covered."""
    hits: list[Hit] = []
    for sentence in known.stop.split(said.text):
        if not _trimmed(sentence, known):
            continue
        found = _parts(*_cut(sentence, known.joint), said, known, hits)
        if not found:
            return None
        hits += found
    if not hits and not _trimmed(said.text, known):
        return [hit for hit in [_hit("", said, known, [])] if hit]
    return hits


def _cut(sentence: str, joint: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """The pieces between the joints of a sentence, and the joints."""
    found = list(joint.finditer(fold(sentence)))
    starts, ends = [0, *(m.end() for m in found)], [*(m.start() for m in found), len(sentence)]
    return [sentence[s:e] for s, e in zip(starts, ends, strict=True)], [sentence[m.start() : m.end()] for m in found]


def _parts(pieces: Sequence[str], joints: Sequence[str], said: Dated, known: Tongue, before: Sequence[Hit]) -> list[Hit] | None:
    """A sentence as the requests it is made of: the shortest first part that leaves a rest which is covered as well."""
    if not any(_trimmed(p, known) for p in pieces):
        return []
    if len(pieces) > _MOST:
        return None
    for n in range(1, len(pieces) + 1):
        first = "".join(f"{p}{j}" for p, j in zip(pieces[:n], [*joints[: n - 1], ""], strict=True))
        last = n == len(pieces)
        hit = _hit(first if last else first.rstrip("?？ "), said, known, before) if _trimmed(first, known) else None
        rest = _parts(pieces[n:], joints[n:], said, known, [*before, hit]) if hit else None
        if hit and rest is not None:
            return [hit, *rest]
        if not _trimmed(first, known) and not last:
            return _parts(pieces[n:], joints[n:], said, known, before)
    return None


def _hit(part: str, said: Dated, known: Tongue, before: Sequence[Hit]) -> Hit | None:
    """The form that covers this part, after what was said before it."""
    asks = part.rstrip(" \n.!…").endswith(("?", "？"))
    earlier = {h.form.tag: h.values for h in before}
    bare = _trimmed(said.without(part), known)
    full = _greeted(said.restored(part), known)
    others = any(h.values.get("p", "me") not in ("me", "my") or "x" in h.values for h in before)
    for form in known.forms:
        if (form.told and asks) or (form.alone and any(h.english for h in before)) or (form.after and not form.after & earlier.keys()):
            continue
        for text in _deeds(full if form.free else bare, known):
            match = form.pattern.fullmatch(fold(text))
            if match and not _swallows(match, known) and not (others and _OWN.search(form.means) and not known.own.search(fold(text))):
                said_in = {k: text[match.start(k) : match.end(k)] for k, v in match.groupdict().items() if v}
                values = {k: v if k == _FREE else _value(v, known) for k, v in said_in.items()}
                carried = next((v for t, v in reversed(earlier.items()) if t in form.after), {})
                return Hit(form, {**carried, **_settled(values, before)}, "" if form.free else said.moments(part))
    return None


def _settled(values: Mapping[str, str], before: Sequence[Hit]) -> dict[str, str]:
    """With whom "him" is, where somebody was named before."""
    named = [h.values["p"] for h in before if h.values.get("p", "me") not in _PRONOUNS]
    return {k: named[-1] if named and v in _THIRD else v for k, v in values.items()}


def _deeds(text: str, known: Tongue) -> list[str]:
    """The text, and what it asks for without the frame around it: "könntet ihr …", "necesito que …"."""
    deeds = [text]
    for frame in known.frames:
        match = frame.fullmatch(fold(deeds[-1]))
        if match:
            deeds.append(deeds[-1][match.start(1) : match.end(1)].strip(_EDGE))
    return deeds[::-1]


def _swallows(match: re.Match[str], known: Tongue) -> bool:
    """Whether a slot for a name holds a further request: "Slack und mach das Licht aus"."""
    names = [v for slot, v in match.groupdict().items() if v and slot not in ("x", _FREE)]
    return any(len(piece.split()) > 3 for said in names for piece in known.joint.split(said)[1:])


def _unsigned(text: str, known: Tongue) -> str:
    """Without "Viele Grüße, Emma" under it."""
    signed = [m for m in known.closing.finditer(fold(text)) if not text[m.end() :].strip(_EDGE)]
    return text[: signed[0].start()] if signed else text


def _trimmed(part: str, known: Tongue) -> str:
    """Without greeting, politeness and punctuation around it, and with single spaces."""
    text = re.sub(r"\s+", " ", part).strip(_EDGE + MARK)
    previous = None
    while previous != text:
        previous = text
        greeted = known.greeting.match(fold(text))
        text = text[greeted.end() :] if greeted else text
        cut = known.polite.search(fold(text))
        text = f"{text[: cut.start()]} {text[cut.end() :]}" if cut and cut.end() > cut.start() else text
        text = re.sub(r"\s+", " ", text).strip(_EDGE)
    return text


def _greeted(part: str, known: Tongue) -> str:
    """Free text without the greeting and politeness before it, otherwise as it was written."""
    text, previous = re.sub(r"\s+", " ", part).strip(_EDGE), None
    while previous != text:
        previous = text
        for pattern in (known.greeting, known.polite):
            cut = pattern.match(fold(text))
            text = text[cut.end() :].strip(_EDGE) if cut else text
    return text


def _value(said: str, known: Tongue) -> str:
    """A slot's words: pronouns and "and" in English, names as they stand."""
    said = known.pair.sub(" and ", said) if known.pair else said
    return known.words.get(fold(said.strip()), " ".join(known.words.get(fold(w), w) for w in said.split()))
