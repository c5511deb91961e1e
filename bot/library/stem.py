"""English stems by M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980: "connected", "connection" → "connect"."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

_VOWEL_THEN_CONSONANT = re.compile(r"v+c+")

_STEP_2 = (
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("abli", "able"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
)
_STEP_3 = (("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""))
_SUFFIXES = "al ance ence er ic able ible ant ement ment ent sion tion ou ism ate iti ous ive ize"
_STEP_4 = tuple((suffix, "") for suffix in _SUFFIXES.split())


def _shape(stem: str) -> str:
    """The word as v(owels) and c(onsonants); y is a vowel after a consonant."""
    out = ""
    for letter in stem:
        out += "v" if letter in "aeiou" or (letter == "y" and out.endswith("c")) else "c"
    return out


def _measure(stem: str) -> int:
    """Porter's m: how often a vowel group is followed by a consonant group."""
    return len(_VOWEL_THEN_CONSONANT.findall(_shape(stem)))


def _ends_cvc(stem: str) -> bool:
    return _shape(stem).endswith("cvc") and stem[-1] not in "wxy"


def _plural(word: str) -> str:
    for suffix, instead in (("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")):
        if word.endswith(suffix):
            return word[: len(word) - len(suffix)] + instead
    return word


def _past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        stem = word[: -len(suffix)]
        if word.endswith(suffix) and "v" in _shape(stem):
            return _repaired(stem)
    return word


def _repaired(stem: str) -> str:
    """What -ed and -ing leave behind, made whole: "hopp" → "hop", "troubl" → "trouble", "fil" → "file"."""
    if stem.endswith(("at", "bl", "iz")):
        return stem + "e"
    if len(stem) > 1 and stem[-1] == stem[-2] and stem[-1] not in "aeioulsz":
        return stem[:-1]
    return stem + "e" if _measure(stem) == 1 and _ends_cvc(stem) else stem


def _replace(word: str, rules: tuple[tuple[str, str], ...], fits: Callable[[str], bool]) -> str:
    """Applies the longest suffix that matches, if what is before it is long enough."""
    matching = [rule for rule in rules if word.endswith(rule[0])]
    if not matching:
        return word
    suffix, instead = max(matching, key=lambda rule: len(rule[0]))
    keep = suffix[0] if suffix in ("sion", "tion") and instead == "" else ""
    stem = word[: len(word) - len(suffix)] + keep
    return stem + instead if fits(stem) else word


def _final_e(word: str) -> str:
    if word.endswith("e"):
        stem = word[:-1]
        if _measure(stem) > 1 or (_measure(stem) == 1 and not _ends_cvc(stem)):
            word = stem
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The stem of a lower-case ASCII word; shorter words and words with digits stay as they are."""
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    word = _past(_plural(word))
    if word.endswith("y") and "v" in _shape(word[:-1]):
        word = word[:-1] + "i"
    word = _replace(word, _STEP_2, lambda s: _measure(s) > 0)
    word = _replace(word, _STEP_3, lambda s: _measure(s) > 0)
    word = _replace(word, _STEP_4, lambda s: _measure(s) > 1)
    return _final_e(word)
