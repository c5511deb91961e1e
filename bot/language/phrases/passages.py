"""The part of a message that one request is read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.language.phrases.lexicon import Lexicon, Mention
from bot.language.phrases.text import Token
from bot.language.phrases.wording import Wording


@dataclass(frozen=True)
class Passage:
    """A part of a message that belongs to one request: `raw` as written, `folded` beside it (same positions), its words and names."""

    raw: str
    folded: str
    words: Sequence[Token]
    mentions: Sequence[Mention]
    lexicon: Lexicon
    wording: Wording
    whole: str = ""
    """The message as it was sent, quotations included."""
    around: Sequence[Mention] = ()
    """Everything that the whole message names, in order."""
    before: Sequence[Mention] = ()
    """What is named in this sentence and the one before it, outside of the passage."""
