"""What understanding a sentence may yield: proposals and questions, never an act."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from bot.domain.base import Value
from bot.domain.calls import Call


class Intent(StrEnum):
    """`request` proposes calls; `question` wants an answer; `clarify` has calls with gaps to ask about; `status` asks about a
    ticket; `human` wants a person; `chat` is a greeting or thanks; `cancel` drops what is pending; `none` is anything else."""

    REQUEST = "request"
    QUESTION = "question"
    CLARIFY = "clarify"
    STATUS = "status"
    HUMAN = "human"
    CHAT = "chat"
    CANCEL = "cancel"
    NONE = "none"


class Gap(Value):
    """Something to ask before a call is complete. `choices` are the values that fit the words said (a pick list); empty: missing.

    `call` is the index into `calls`. `said` is the wording that was ambiguous. The same answer fills every gap that has the same
    `said` and the same choices ("John" twice is asked once).
    """

    call: int
    argument: str
    choices: tuple[str, ...] = ()
    said: str = ""


class Understanding(Value):
    """What was meant. `calls` may lack the arguments that `gaps` names; with no gaps they are complete.

    `options` are calls of which exactly one may have been meant ("did you mean …", which `because` asks), or, of a question, which it
    sounds like without being one: none is proposed until it is chosen. `because` says in words why nothing is proposed, where that
    helps ("this reads like a hypothetical"). `adds` tells that what the thread asked for before stays ("also Figma"). `spent` is what a
    model took for it (calls, input_tokens, output_tokens, cost in the currency that its prices are set in; `unmetered` of its calls did
    not say, and what is not known is left out); empty where none was asked.
    """

    intent: Intent
    calls: tuple[Call, ...] = ()
    gaps: tuple[Gap, ...] = ()
    known: dict[str, Any] = Field(default_factory=dict)
    confidence: float = 1.0
    because: str = ""
    language: str = "en"
    options: tuple[Call, ...] = ()
    adds: bool = False
    spent: dict[str, float] = Field(default_factory=dict)
