"""From words to names of the company, whatever kind they are of."""

from __future__ import annotations

from bot.domain.calls import Kind
from bot.language.model.grounding import trace
from bot.language.model.scene import Meant, Scene
from bot.language.phrases.lexicon import Lexicon, Names
from bot.language.phrases.text import Token, tokens


def plain(text: str) -> list[Token]:
    """Its words without possessives, as the lexicon keeps names."""
    return [t for t in tokens(text) if t.text != "'s"]


def settled(values: tuple[str, ...], said: str) -> Meant:
    """One value is meant; several are asked about."""
    return Meant(values[0], said=said) if len(values) == 1 else Meant(choices=values, said=said)


def spoken(said: str, lexicon: Lexicon, kind: Kind) -> tuple[str, ...]:
    """What the offline lexicon finds in these words, slips and all; () where it finds several different things."""
    found = [m for m in lexicon.mentions(tokens(f"for {said}")) if m.kind is kind and m.values]
    return found[0].values if len({m.values for m in found}) == 1 else ()


def suggested(said: str, scene: Scene, names: Names) -> Meant:
    """A name the model reads from another script is a suggestion to ask about; from Latin letters it is an invention."""
    if scene.nets.tongue.name != "ja" or not said.isascii():
        return Meant(said=said if trace(said, [scene.nets.shown]) else "")
    return Meant(choices=tuple(sorted(names.find([t.text for t in plain(said)]))), said=said)
