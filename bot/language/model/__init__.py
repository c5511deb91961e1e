"""Understanding, and answers written, with a chat model behind an OpenAI-compatible endpoint. The model proposes words; code decides
what they stand for, and which of them may be shown."""

from bot.language.model.breaker import Breaker
from bot.language.model.client import Endpoint, Line
from bot.language.model.compose import ModelComposer
from bot.language.model.meter import Meter, Spent
from bot.language.model.probe import Probed, probe
from bot.language.model.understander import ModelUnderstander

__all__ = ["Breaker", "Endpoint", "Line", "Meter", "ModelComposer", "ModelUnderstander", "Probed", "Spent", "probe"]
