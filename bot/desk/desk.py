"""The desk, whole: what channels hand messages to, and what the durable shell runs."""

from __future__ import annotations

from bot.desk.answer import Answers
from bot.desk.clicks import Clicks
from bot.desk.fulfil import Fulfil
from bot.desk.hear import Hear
from bot.desk.parts import Parts
from bot.desk.ports import Fulfilment
from bot.desk.talk import Talk
from bot.desk.uses import wire


class Desk:
    """`hearing` for the channels, `delivery` to them, `fulfilment` for the engine."""

    def __init__(self, parts: Parts) -> None:
        use = wire(parts)
        fulfil = Fulfil(parts, use)
        answers = Answers(parts, use.outbox)
        talk = Talk(parts, use, fulfil, answers)
        self.parts = parts
        self.delivery = use.outbox.delivery
        self.fulfilment: Fulfilment = fulfil
        self.hearing = Hear(parts, use, talk, Clicks(parts, use, fulfil, talk, answers))
