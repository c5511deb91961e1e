"""What the model sees of a message: addresses and numbers taken out, and put back in what it answers; data fenced."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.desk.masking import mask

PROMPTS = Path(__file__).parent.parent / "prompts"

_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,8}")
_PHONE = re.compile(
    r"(?<![\w.+\-/])(?:\+\d[\d ()./\-]{7,18}\d|\(\d{2,5}\)[\d ./\-]{5,14}\d|0\d{1,4}[ ./\-]\d[\d ./\-]{4,14}\d"
    r"|\d{3}[ .\-]\d{3}[ .\-]\d{4})(?![\w\-])"
)
_DATE = re.compile(r"\d{1,4}([./\-])\d{1,2}\1\d{1,4}")
_WORD = re.compile(r"\b(?:EMAIL|PHONE)_\d+\b")


@dataclass
class Veil:
    """Takes addresses and numbers out of texts and puts them back: the same one is the same word throughout."""

    _words: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def hide(self, text: str) -> str:
        """`text` with a word such as EMAIL_1 in place of each e-mail address and phone number. Secrets go for good."""
        text = mask(text).text
        self._taken.update(_WORD.findall(text))
        text = _EMAIL.sub(lambda m: self._word("EMAIL", m.group()), text)
        return _PHONE.sub(lambda m: m.group() if _DATE.fullmatch(m.group()) else self._word("PHONE", m.group()), text)

    def _word(self, kind: str, value: str) -> str:
        for word, known in self._words.items():
            if known.casefold() == value.casefold():
                return word
        number = next(n for n in range(1, 10_000) if f"{kind}_{n}" not in self._words.keys() | self._taken)
        self._words[f"{kind}_{number}"] = value
        return f"{kind}_{number}"

    def restore(self, value: Any) -> Any:
        """A value of the model's answer with what was taken out put back, at any depth."""
        if isinstance(value, list):
            return [self.restore(v) for v in value]
        if isinstance(value, dict):
            return {k: self.restore(v) for k, v in value.items()}
        return _WORD.sub(lambda m: self._words.get(m.group(), m.group()), value) if isinstance(value, str) else value


def addresses(text: str) -> list[str]:
    """The e-mail addresses in a text, in lower case."""
    return [a.casefold() for a in _EMAIL.findall(text)]


def fence() -> str:
    """A name for the tags around data that nobody who wrote the data can know."""
    return f"data-{secrets.token_hex(6)}"


@lru_cache(maxsize=16)
def _template(name: str) -> str:
    return (PROMPTS / f"{name}.md").read_text("utf-8")


def prompt(prompt_name: str, **values: str) -> str:
    """A prompt's text with {name} filled in, once: what is filled in is not looked at again."""
    return re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], m.group()), _template(prompt_name))
