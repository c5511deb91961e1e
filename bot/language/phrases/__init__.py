"""Understanding without a network or a model: declared wordings, the company's own names, and general English."""

from bot.language.phrases.understander import PhraseUnderstander

__all__ = ["PhraseUnderstander"]
