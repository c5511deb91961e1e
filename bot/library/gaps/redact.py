"""Takes out of a line whatever points to a person. What stands instead says what was there: "[name left out]".

Three nets, one behind the other: what has a shape (addresses, numbers, handles, links), what the directory knows (names in any order and
spelling, devices, personnel numbers), and what reads like a name. For questions a fourth: a word that only one person ever used, and that
neither the knowledge base nor general language knows. Masking of secrets runs again before all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path

from bot.desk.masking import mask
from bot.domain.directory import Directory
from bot.domain.people import Employment
from bot.library.clean import without_control
from bot.library.words import STOP, folded

LEFT_OUT = re.compile(r"\[[a-z][a-z -]{0,30} (?:left out|hidden)\]", re.I)
"""What stands where something was taken out, by us or by the masking of secrets."""


def left_out(what: str) -> str:
    return f"[{what} left out]"


_STREET = (
    r"street|str|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct|square|sq|terrace|close|place|crescent|mews|parkway|"
    r"highway|row"
)
_GERMAN = r"straße|strasse|str\.|allee|platz|gasse|weg|ring|damm|ufer"
_SHAPES: tuple[tuple[str, str], ...] = (
    (
        "e-mail address",
        r"(?:mailto:)?[\w.+'%-]{1,64}(?:@| ?[(\[]at[)\]] ?)[\w-]{1,63}(?:(?:\.| ?[(\[]dot[)\]] ?)[\w-]{1,63}){1,5}",
    ),
    ("link", r"(?:https?|ftp|file|ssh|smb)://[^\s<>\"')\]]+|\bwww\.[^\s<>\"')\]]+|\\\\[\w.$-]+(?:\\[^\s\\]+)+"),
    ("folder", r"(?i:/(?:home|users)/[\w.-]+|[a-z]:\\users\\[\w.-]+)[^\s\"']*"),
    ("account name", r"\b[A-Z][A-Z0-9-]{1,14}\\[A-Za-z][\w.-]+"),
    ("mention", r"<[@#!][^>\s]{1,80}>|<at>.{0,80}?</at>|(?<![\w@])@[\w.-]{2,60}"),
    (
        "network address",
        r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b|\b(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b",
    ),
    ("ticket", r"\bBH-\d+\b"),
    (
        "street address",
        rf"(?i:\b\d{{1,5}}[a-z]?,?\s+(?:[\w.'’-]+\s+){{0,3}}?[\w'’-]{{0,40}}(?:{_STREET})\b\.?(?:,?\s+(?:apt|flat|unit|suite|floor|no)\.?\s*\w+)?)",
    ),
    ("street address", rf"(?i:\b[\w.'’-]{{0,40}}(?:{_GERMAN})\s+\d{{1,4}}\s?[a-z]?\b(?:,?\s+\d{{4,5}}\s+\w+)?)"),
    (
        "street address",
        r"(?i:\b(?:p\.?\s?o\.?\s?box|postfach)\s+\d+)|\b(?:rue|avenue|via|calle|plaza|piazza)\s+(?:[\w'’-]+\s+){1,4}\d{1,4}\b",
    ),
    ("postcode", r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b|\b[A-Z]{2}\s\d{5}(?:-\d{4})?\b"),
    ("date of birth", r"(?i:\b(?:born|birthday|date of birth|dob)\b[^.\n]{0,12}\d[\d./ -]{4,10}\d)"),
    ("phone number", r"(?<![\w.])(?:\+|00)\d(?:[\s().–/-]{0,2}\d){6,14}(?!\w)|(?<![\w.])\(?0\d{1,4}\)?(?:[\s./–-]{0,2}\d){5,11}(?![\w])"),
    ("phone number", r"(?<![\w.-])\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?![\w-])|(?i:\b(?:ext|extension|durchwahl)\.?\s*:?\s*\d{2,6}\b)"),
    (
        "serial number",
        r"(?i:\b(?:s/n|serial(?: (?:number|no\.?))?|asset(?: tag)?|imei|service tag)\b\s*(?:is|:|=|#)?\s*)[A-Za-z0-9-]{4,30}",
    ),
)
_CODE = re.compile(
    r"(?i)0x[0-9a-f]+|kb\d{6,7}|[a-z]{2,}[_:-][\w:-]*|\d+(?:\.\d+){1,3}|(?:win(?:dows)?|office|ios|macos|m|h|f|usb|p|v|wpa|tls|sha|aes|rj)\d+"
)
"""Words with digits in them that name an error, an update, a version or a key, not a thing somebody has."""
_NUMBERED = re.compile(
    r"(?<![\w-])(?=[A-Za-z0-9-]*\d)(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?![\w-])|(?<![\w.-])\d{6,}(?![\w.-])"
)
_INTRODUCED = re.compile(
    r"(?P<before>(?i:\b(?:my name is|i am called|this is|it'?s|i'?m|ask(?:ed)?(?: for)?|call(?:ed)?|contact(?:ed)?|ping(?:ed)?|told|tell|"
    r"signed|regards|cheers|thanks|thank you|best|yours|sincerely|grüße|gruß|hi|hello|hey|dear|from|by|with|for|of|to)\b[,:]?\s+))"
    r"(?P<name>[A-ZÀ-ÖØ-Þ][\w'’-]+(?:\s+(?:van|von|de|der|den|la|le|di|da|bin|al|el|O['’])?\s*[A-ZÀ-ÖØ-Þ][\w'’-]+){0,3})"
)
_TITLED = re.compile(
    r"(?i:\b(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|herr|frau|monsieur|madame|señora?|signora?)\b\.?\s+)(?:(?i:van|von|de|der|la|di)\s+)?"
    r"[A-Za-zÀ-ÿ][\w'’-]+(?:\s+[A-ZÀ-ÖØ-Þ][\w'’-]+)?"
)
_PROPER = re.compile(r"[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+(?:['’-][A-Za-zÀ-ÿ]+)*")
_TO_PRESS = re.compile(
    r"(?:[\"'“‘*`_>›/]|(?i:\b(?:open|select|choose|click|press|tap|go to|run|install|uninstall|start|launch|called|menu|tab|button|app|"
    r"type))(?:\s+(?i:on|the|to|at))?)\s*(?:[A-Z][\w’'-]*\s+){0,3}$"
)
_PRESSED = re.compile(r"[\"'”’*`_]*\s*[>›]|[\"”*`]|\s+(?i:menu|tab|button|app|page|icon|settings|key)\b")
"""What goes before, and after, the name of something on a screen."""
_SIGNED = re.compile(
    r"(?i)[,.!?\s]{0,6}\b(?:(?:kind|best|warm|many)\s+)?(?:regards|thanks|thank you|cheers|thx|best wishes|br|mfg|vg)\b[,!.]*"
    r"\s*\n+\s*[^\n]{2,60}\Z"
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_OPENING = STOP | {"not", "all"}
"""After an ordinary word that is also a name, these say that it is the word: "Will my …", "Mark the …"."""
_FUNCTION = STOP | {"ask", "call", "contact", "told", "tell", "dear"}


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """Common given names that are no everyday words, in lower case without accents."""
    return frozenset(Path(__file__).with_name("given_names.txt").read_text("utf-8").split())


def bare(word: str) -> str:
    """A word as it is compared: lower case, no accents, no possessive."""
    return re.sub(r"['’]s?$", "", folded(word).casefold())


_BEFORE = ("un", "re", "dis", "pre", "non", "over", "mis", "auto", "multi")
_AFTER = ("", "s", "es", "ed", "d", "er", "ers", "ing", "ly", "able", "less", "ness")
_COMPOUND = re.compile(
    r"([a-z]{3,})(?:board|book|box|card|desk|list|load|mail|name|pad|phone|print|screen|sheet|shot|site|space|stand|ware|work)s?"
)


def general(word: str, words: frozenset[str]) -> bool:
    """Whether a word is one of general language: one of these, or made of one of them with a common beginning or end."""
    if not words or word in words:
        return bool(words)
    stems = {word[len(before) :] for before in _BEFORE if word.startswith(before)} | {word}
    bases = {stem[: len(stem) - len(after)] + end for stem in stems for after in _AFTER if stem.endswith(after) for end in ("", "e")}
    compound = _COMPOUND.fullmatch(word)
    return any(len(base) > 2 and base in words for base in bases) or (compound is not None and compound[1] in words)


class Redactor:
    """Takes the directory's people, and `ordinary`: whether a word (as bare() gives it) is one of general language or of the knowledge
    base, hence may be more than a name. `fluent`: it knows general language, so that a word it does not know may begin no sentence."""

    def __init__(self, directory: Directory, ordinary: Callable[[str], bool], *, fluent: bool = False) -> None:
        self._ordinary, self._fluent = ordinary, fluent
        self._names = frozenset(_names(directory))
        self._things = frozenset(_things(directory))
        self._titles = frozenset(
            bare(word) for system in directory.systems.values() for name in (system.name, *system.aliases) for word in _WORD.findall(name)
        )

    def line(self, text: str) -> str:
        """`text` on one line, without what points to a person."""
        text = _SIGNED.sub("", mask(without_control(text)).text)
        for what, pattern in _PATTERNS:
            text = _outside(text, partial(pattern.sub, left_out(what)))
        text = _outside(text, partial(_NUMBERED.sub, self._numbered))
        text = _outside(text, self._told)
        text = _outside(text, lambda part: _WORD.sub(lambda m: self._word(m, part), part))
        return _joined(" ".join(text.split()))

    def strangers(self, text: str, known: Callable[[str], bool]) -> str:
        """A redacted line without words that are not `known`: what only one person says may tell who it was."""
        return _joined(_outside(text, lambda part: _WORD.sub(lambda m: m[0] if _plain(m[0], known) else left_out("word"), part)))

    def _numbered(self, match: re.Match[str]) -> str:
        word = match[0]
        if word.casefold() in self._things:
            return left_out("serial number")
        digits = sum(c.isdigit() for c in word)
        if _CODE.fullmatch(word) or len(word) < 6 or (digits < 3 and not word.isupper()) or self._ordinary(word.casefold()):
            return word
        return left_out("number")

    def _told(self, text: str) -> str:
        """Without names that the words around them give away."""
        text = _TITLED.sub(left_out("name"), text)
        return _INTRODUCED.sub(lambda m: m["before"] + (m["name"] if self._known(m["name"]) else left_out("name")), text)

    def _known(self, name: str) -> bool:
        return all(self._ordinary(bare(word)) or bare(word) in self._titles for word in _WORD.findall(name))

    def _word(self, match: re.Match[str], text: str) -> str:
        word = match[0]
        low = bare(word)
        parts = {low, *re.split(r"['’]", low)}
        if low in self._things:
            return left_out("number")
        if low in given_names() or parts & self._names:
            return word if self._is_the_word(match, text, low) else left_out("name")
        return left_out("name") if self._reads_like_one(match, text, low) else word

    def _reads_like_one(self, match: re.Match[str], text: str, low: str) -> bool:
        """Whether a word that nobody knows is written like a name, and not where the name of something to press or to open stands."""
        if not _PROPER.fullmatch(match[0]) or low in STOP or low in self._titles or self._ordinary(low):
            return False
        before, after = text[: match.start()], text[match.end() :]
        begins = not before.strip() or before.rstrip()[-1:] in ".!?:;*•-–"
        return (self._fluent or not begins) and not _TO_PRESS.search(before[-120:]) and not _PRESSED.match(after)

    def _is_the_word(self, match: re.Match[str], text: str, low: str) -> bool:
        """Whether a word that is somebody's name is meant as the ordinary word it also is."""
        if low in self._titles and not match[0].islower():
            return True
        if low in given_names() or not (low in STOP or self._ordinary(low)):
            return False
        after = _WORD.match(text[match.end() :].lstrip())
        begins = not text[: match.start()].strip() or text[: match.start()].rstrip()[-1:] in ".!?:"
        return match[0].islower() or (begins and after is not None and after[0].casefold() in _OPENING)


_PATTERNS = tuple((what, re.compile(pattern)) for what, pattern in _SHAPES)


def _plain(word: str, known: Callable[[str], bool]) -> bool:
    low = bare(word)
    return low in _FUNCTION or len(low) < 3 or known(low)


def _outside(text: str, change: Callable[[str], str]) -> str:
    """`text` with what lies between the gaps changed; the gaps themselves stay."""
    done, at = [], 0
    for gap in LEFT_OUT.finditer(text):
        done += [change(text[at : gap.start()]), gap[0]]
        at = gap.end()
    return "".join([*done, change(text[at:])])


_AGAIN = re.compile(r"(\[[a-z -]+ left out\])(?:[\s,.'’_-]*\1)+")


def _joined(text: str) -> str:
    """Two gaps of a kind side by side (first name, surname) as one."""
    return _AGAIN.sub(r"\1", text)


def _names(directory: Directory) -> Iterator[str]:
    """Every form in which the directory's people are named: parts of their names, and of their addresses with initials."""
    for person in directory.people.values():
        if person.type is Employment.SERVICE:
            continue
        parts = [bare(word) for word in re.split(r"[\s.'’-]+", person.name) if word]
        local = [bare(part) for part in re.split(r"[._+-]", person.email.split("@")[0]) if part]
        yield from (part for part in parts + local if len(part) > 1)
        if len(parts) > 1:
            yield from (parts[0][:1] + parts[-1], parts[-1] + parts[0][:1], parts[0] + parts[-1], parts[0] + parts[-1][:1])


def _things(directory: Directory) -> Iterable[str]:
    """Serials and personnel numbers, as they are compared."""
    for person in directory.people.values():
        yield person.id.casefold()
        yield from (device.serial.casefold() for device in person.devices)
