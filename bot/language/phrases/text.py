"""Text as the rest of this package reads it: folded character by character, so that every position stays where it was."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_SAME = {
    "’": "'",
    "‘": "'",
    "´": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "–": "-",
    "—": "-",
    "‑": "-",
    "\u00a0": " ",
    **dict.fromkeys("øØ", "o"),
    **dict.fromkeys("łŁ", "l"),
    **dict.fromkeys("đĐðÐ", "d"),
    "ı": "i",
}
_TOKEN = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+|@\w[\w.\-]*|\d+(?:[.,:/\-]\d+)+|\w+(?:[\-&./]\w+)*|'s\b|(?<=s)'(?=\s)")


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in _SAME:
        return _SAME[char]
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)).casefold()
    return bare[0] if bare else " "


def fold(text: str) -> str:
    """`text` without case and accents, with plain quotes and dashes; as long as `text`."""
    return "".join(map(_fold_char, text))


@dataclass(frozen=True, slots=True)
class Token:
    """A word: `text` is folded, `start` and `end` are positions in the message, `capital` whether it was written with one."""

    text: str
    start: int
    end: int
    capital: bool
    mixed: bool
    """Letters of several scripts in one word: such a word names nobody."""
    raw: str = ""
    """As it was written."""


def tokens(text: str) -> list[Token]:
    """The words of `text`; a possessive 's is a word of its own."""
    folded = fold(text)
    found = []
    for match in _TOKEN.finditer(folded):
        raw = text[match.start() : match.end()]
        found.append(Token("'s" if match.group() == "'" else match.group(), match.start(), match.end(), raw[:1].isupper(), mixed(raw), raw))
    return found


@lru_cache(maxsize=4096)
def script(char: str) -> str:
    """The script of a letter, as the first word of its Unicode name; compatibility forms count as what they stand for."""
    plain = unicodedata.normalize("NFKC", char)[:1]
    return unicodedata.name(plain, "?").split(" ", 1)[0] if plain.isalpha() else ""


def mixed(word: str) -> bool:
    """Whether a word mixes scripts, as look-alike names do."""
    if word.isascii():
        return False
    scripts = {script(c) for c in word} - {"", "FEMININE", "MASCULINE", "MODIFIER"}
    return len(scripts) > 1 and bool(scripts & {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE"})


def inflect(verb: str) -> dict[str, str]:
    """Every regular form of a verb (or of a phrase whose first word is one), with its kind: base, s, ing or ed."""
    head, _, rest = verb.partition(" ")
    tail = f" {rest}" if rest else ""
    if head in IRREGULAR:
        forms = dict(zip(IRREGULAR[head], ("ed", "ed"), strict=True))
    else:
        stem = head[:-1] if head.endswith("e") and not head.endswith(("ee", "oe")) else head
        stem = stem[:-1] + "i" if head.endswith("y") and head[-2] not in "aeiou" else stem
        double = stem + stem[-1] if _doubles(head) else stem
        forms = {f"{double}ed": "ed", f"{stem}ed": "ed"}
    stem = head[:-1] if head.endswith("e") and not head.endswith(("ee", "oe")) else head
    forms |= {f"{stem}ing": "ing"} | ({f"{head}{head[-1]}ing": "ing"} if _doubles(head) else {})
    third = head + ("es" if head.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")
    third = head[:-1] + "ies" if head.endswith("y") and head[-2] not in "aeiou" else third
    forms |= {third: "s", head: "base"}
    return {form + tail: kind for form, kind in forms.items()}


def _doubles(verb: str) -> bool:
    return len(verb) >= 3 and verb[-1] in "bdgklmnprt" and verb[-2] in "aeiou" and verb[-3] not in "aeiou" and verb not in _SINGLE


_SINGLE = frozenset(("open", "order", "answer", "deliver", "cover", "recover", "monitor", "enter", "offer", "deploy", "revoke", "suspend"))
IRREGULAR = {
    "give": ("gave", "given"),
    "take": ("took", "taken"),
    "let": ("let", "let"),
    "get": ("got", "gotten"),
    "set": ("set", "set"),
    "put": ("put", "put"),
    "cut": ("cut", "cut"),
    "buy": ("bought", "bought"),
    "send": ("sent", "sent"),
    "make": ("made", "made"),
    "read": ("read", "read"),
    "see": ("saw", "seen"),
    "tell": ("told", "told"),
    "show": ("showed", "shown"),
    "reset": ("reset", "reset"),
    "re-set": ("re-set", "re-set"),
    "freeze": ("froze", "frozen"),
    "lose": ("lost", "lost"),
    "shut": ("shut", "shut"),
    "keep": ("kept", "kept"),
    "write": ("wrote", "written"),
    "withdraw": ("withdrew", "withdrawn"),
    "lay": ("laid", "laid"),
    "rescind": ("rescinded", "rescinded"),
}


def plural(noun: str) -> str:
    if noun.endswith(("s", "x", "sh", "ch")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"


def before(words: Sequence[Token], at: int, count: int = 3) -> str:
    """The words before position `at` in the list, joined: what stands there says what role the next one plays."""
    return " ".join(t.text for t in words[max(0, at - count) : at])
