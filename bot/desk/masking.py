"""Takes secrets out of what people type, before anything is stored, logged or shown; and makes text safe to handle at all.

Every pattern starts at a token's edge and uses possessive quantifiers, so that the time taken grows with the length of the text
and no faster. Run `clean` first: it removes the invisible characters that would hide a secret from `mask`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from bot.errors import BadInput


@dataclass(frozen=True)
class Masked:
    """`text` with every secret replaced by "[… hidden]", and what was `found`, by kind, once each, in order ("password", "card number")."""

    text: str
    found: tuple[str, ...]


_EDGE = r"(?<![A-Za-z0-9_\-])"
_TOKENS: tuple[tuple[str, str], ...] = (
    ("private key", r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]{0,40}-----|\Z)"),
    ("web token", _EDGE + r"eyJ[\w\-]{8,}+\.[\w\-]{8,}+(?:\.[\w\-]*+)?"),
    ("AWS key", _EDGE + r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("GitHub token", _EDGE + r"(?:gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_\w{20,}+)"),
    ("GitLab token", _EDGE + r"glpat-[\w\-]{16,}+"),
    ("Slack token", _EDGE + r"(?:xox[a-z]-[A-Za-z0-9\-]{8,}+|xapp-[A-Za-z0-9\-]{8,}+)"),
    ("Slack webhook", r"hooks\.slack\.com/(?:services|workflows)/[\w/]{8,}+"),
    ("Stripe key", _EDGE + r"(?:(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,}+|whsec_[A-Za-z0-9+/=]{16,}+)"),
    ("API key", _EDGE + r"sk-(?=[\w\-]{0,200}\d)[\w\-]{20,}+"),
    ("Google key", _EDGE + r"(?:AIza[\w\-]{35}|ya29\.[\w\-]{20,}+|GOCSPX-[\w\-]{20,}+)"),
    ("access token", _EDGE + r"(?:npm_[A-Za-z0-9]{30,}+|pypi-[\w\-]{40,}+|hf_[A-Za-z0-9]{30,}+|dop_v1_[a-f0-9]{40,}+)"),
    ("access token", _EDGE + r"(?:SG\.[\w\-]{16,}+\.[\w\-]{16,}+|AGE-SECRET-KEY-1[A-Z0-9]{40,}+)"),
    ("access token", r"(?i:(?<![a-z])bearer) {1,3}(?=[\w.~+/\-]{0,300}\d)[\w.~+/\-]{16,}+=*"),
)
_IN_URL = re.compile(r"(?<=://)[^\s/:@\[\]]{1,100}:(?!\[)[^\s/@]{1,200}(?=@)")
_ASSIGNED = re.compile(
    r"(?i)(?<![a-z0-9])(?P<word>pass ?words?|passwd|pwd|pass ?code|pass ?phrase|pw|passwort|kennwort|contraseña|mot de passe"
    r"|pin(?: code| number)?|(?:api|access|secret|private|account|client|signing|encryption)[_ \-]?(?:access[_ \-]?)?(?:key|token|secret)"
    r"|secret|token|(?:verification|security|one[ \-]time|mfa|2fa|otp|sms|login|recovery|backup) ?codes?|otp)"
    r"(?P<link>[\"'”]?(?: for [\w@.\-]{1,60}| to [\w@.\-]{1,60})?\s{0,3}(?:[:=＝：]{1,2}>?|\b(?:is now|is|was|ist|est|es)\b)[\s:]{0,5})"
    r"(?P<quote>[\"'“”‘’`«]?)(?P<value>[^\s\"“”`»]{1,200}+)"
)
_SSN = re.compile(r"(?<![\w\-.])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d\d\1(?!0000)\d{4}(?![\w\-]|\.\d)")
_SSN_WORD = re.compile(r"(?i)\b(?:ssn|social security)\b[^\d\n]{0,20}$")
_DIGITS = re.compile(r"(?<![\w+])(?<!\w[.\-])\d(?:[ \t.\-–_/\u00a0\u2009\u202f]?\d)*+(?![\w])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _TOKENS)
_HIDDEN = re.compile(r"\[[A-Za-z ]{1,24} hidden\]")

_WORDS = """
a about accepted again already also always an and any asked at because been being below blank broken but by
cached changed compromised correct different disabled due empty enough even exactly expired expiring fine for
forgotten from gone good greyed hacked here hidden how i if in incorrect invalid is it just known leaked
locked lost me mine missing my needed needs never never-expiring new no none not nothing of off ok old on one
only or our out outdated please refused rejected required reset resetting right safe saved secret secure set
shared short showing simple so somehow something still stolen stored strong stuck supposed synced temporary
that the then there they this to today tomorrow too typed unchanged unknown unsafe up used valid very visible
way weak what when where which why with won't wont working wrong yesterday you your yours
"""
_NO_SECRET = frozenset(_WORDS.split())
"""What follows "my password is" without being one."""


def mask(text: str) -> Masked:
    """`text` without its secrets. Masking twice is the same as once; everything else stays as it was."""
    found: dict[str, None] = {}

    def hide(kind: str) -> str:
        found.setdefault(kind)
        return f"[{kind} hidden]"

    for kind, pattern in _PATTERNS:
        text = pattern.sub(partial(_instead, hide, kind), text)
    text = _IN_URL.sub(lambda _: hide("password"), text)
    text = _ASSIGNED.sub(lambda m: _assigned(m, hide), text)
    text = _DIGITS.sub(lambda m: _cards(m.group(), hide), text)
    text = _SSN.sub(lambda m: hide("social security number") if _is_ssn(m) else m.group(), text)
    text = _IBAN.sub(lambda m: hide("bank account") if _iban(m.group()) else m.group(), text)
    return Masked(text, tuple(found))


def _instead(hide: Callable[[str], str], kind: str, _: re.Match[str]) -> str:
    return hide(kind)


def _is_ssn(match: re.Match[str]) -> bool:
    """With hyphens the shape says it; with spaces the words before it must."""
    return match[1] == "-" or bool(_SSN_WORD.search(match.string[max(0, match.start() - 40) : match.start()]))


def _assigned(match: re.Match[str], hide: Callable[[str], str]) -> str:
    value, word = match["value"], match["word"].lower()
    if _HIDDEN.match(match.string, match.start("value")) or not _secret_like(value, match["link"], bool(match["quote"]), match):
        return match.group()
    kind = (
        "password" if word.startswith(("pass", "pw", "kenn", "contra", "mot")) else "code" if "code" in word or word == "otp" else "secret"
    )
    tail = re.search(r"[.,;:!?)\]}'’»]*$", value)
    kept = tail.group() if tail and len(tail.group()) < len(value) else ""
    return f"{match['word']}{match['link']}{match['quote']}{hide(kind)}{kept}"


def _secret_like(value: str, link: str, quoted: bool, match: re.Match[str]) -> bool:
    """Whether what follows "password is" is the password itself, not a word about it ("expired")."""
    bare = value.strip(".,;:!?()[]{}'’\"")
    if len(bare) < 3 or bare.casefold() in _NO_SECRET or bare.casefold().startswith(("http", "reset", "work")):
        return False
    if quoted or not bare.isalpha() or not bare.isascii():
        return True
    if not bare.islower() and not bare.istitle():
        return True
    rest = match.string[match.end("value") : match.end("value") + 6]
    last = value != bare or not rest.strip() or rest.lstrip(" ").startswith(("\n", "and ", "but ", "- "))
    spelled = any(mark in link for mark in ":=＝：")
    return last and (spelled or not bare.endswith(("ing", "ed")))


def _cards(run: str, hide: Callable[[str], str]) -> str:
    """`run` is digits with single separators; card numbers in it begin and end where a group of digits does."""
    spans = [m.span() for m in re.finditer(r"\d++", run)]
    groups = [run[a:b] for a, b in spans]
    if "." in run and min(map(len, groups)) == 1:
        return run  # a version number
    out, at, n = "", 0, 0
    while n < len(groups):
        length = _card_length(groups[n : n + 19])
        if length:
            out += run[at : spans[n][0]] + hide("card number")
            at = spans[n + length - 1][1]
        n += length or 1
    return out + run[at:]


def _card_length(groups: list[str]) -> int:
    """How many of the leading groups make up a card number; 0 for none."""
    digits, best = "", 0
    for count, group in enumerate(groups, 1):
        digits += group
        if len(digits) > 19:
            break
        if _is_card(digits):
            best = count
    return best


def _is_card(digits: str) -> bool:
    """Issuer prefixes and lengths as the networks publish them, and the check digit of ISO/IEC 7812."""
    try:
        first4, size = int(digits[:4]), len(digits)
    except ValueError:
        return False
    first2 = first4 // 100
    issuer = (
        (digits[0] == "4" and size in (13, 16, 19))
        or ((51 <= first2 <= 55 or 2221 <= first4 <= 2720) and size == 16)
        or (first2 in (34, 37) and size == 15)
        or ((first4 == 6011 or first2 in (62, 64, 65)) and 16 <= size <= 19)
        or (first2 == 35 and size == 16)
        or (first2 in (30, 36, 38, 39) and size == 14)
        or (first2 in (50, 56, 57, 58, 63, 67) and 16 <= size <= 19)
    )
    return issuer and luhn(digits)


def luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def _iban(text: str) -> bool:
    """ISO 13616: the check digits make the rearranged number 1 modulo 97."""
    code = text.replace(" ", "")
    return 15 <= len(code) <= 34 and int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1


_HIDDEN_SPANS = (
    *((0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0xFFF9, 0xFFFB), (0xE0000, 0xE007F)),
    *((c, c) for c in (0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0)),
)
_INVISIBLE = frozenset(c for first, last in _HIDDEN_SPANS for c in range(first, last + 1))
_JOINERS = (0x200C, 0x200D)
_BREAKS = {0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}


def clean(text: str, limit: int) -> str:
    """`text` in composed form without control, direction-changing and invisible characters, and stripped.

    Joiners stay between characters that need them (emoji, Arabic, Indic). BadInput where nothing is left or more than `limit`
    characters were given.
    """
    if len(text) > limit:
        raise BadInput(f"That message has {len(text):,} characters; I can read up to {limit:,}. Please send the short version.")
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    kept = "".join(_kept(before, char, after) for (before, char), (_, after) in pairwise(pairwise(f"\0{text}\0\0")))
    kept = kept.strip()
    if not any(unicodedata.category(c)[0] not in "ZC" for c in kept):
        raise BadInput("That message is empty. Please write what you need.")
    return kept


def _kept(before: str, char: str, after: str) -> str:
    code = ord(char)
    if code in _BREAKS:
        return _BREAKS[code]
    if code in _JOINERS:
        return char if before > "\u02ff" and after > "\u02ff" and before != char and not before.isspace() else ""
    if code in _INVISIBLE or 0xD800 <= code <= 0xDFFF:
        return ""
    return char if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Cn") else ""
