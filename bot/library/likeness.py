"""How alike short texts are in meaning, for those who compare them: the articles' embedding model, opened beside whatever else goes on."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from bot.errors import BellhopError
from bot.library.encoder import Encoder, Matrix

log = logging.getLogger(__name__)
KEPT = 64
"""Sets of examples whose vectors are kept."""


class Likeness:
    """Implements ports.Meanings. The model is opened on a thread of its own when it is first asked for; until it is there, nobody is
    told anything. Whoever is `patient` waits for it instead."""

    def __init__(self, opened: Callable[[], Encoder | None], patient: bool = False) -> None:
        self._opened = opened
        self._encoder: Encoder | None = None
        self._examples: OrderedDict[tuple[str, ...], Matrix] = OrderedDict()
        self._one_at_a_time = threading.Lock()
        self._patient = patient
        self._opening: threading.Thread | None = None

    def likeness(self, said: str, examples: Sequence[str]) -> Sequence[float] | None:
        """See ports.Meanings."""
        encoder = self._encoder or self._awaited()
        if encoder is None or not examples:
            return None
        told: list[float] = (self._vectors(encoder, tuple(examples)) @ encoder.embed([said])[0]).tolist()
        return told

    def _awaited(self) -> Encoder | None:
        with self._one_at_a_time:
            if self._opening is None:
                self._opening = threading.Thread(target=self._open, name="likeness", daemon=True)
                self._opening.start()
        if self._patient:
            self._opening.join()
        return self._encoder

    def _open(self) -> None:
        try:
            self._encoder = self._opened()
        except (BellhopError, OSError, ImportError) as error:
            log.warning("no embedding model could be opened, so words decide alone what a message asks for: %s", error)

    def _vectors(self, encoder: Encoder, examples: tuple[str, ...]) -> Matrix:
        with self._one_at_a_time:
            if examples not in self._examples:
                self._examples[examples] = encoder.embed(examples)
                if len(self._examples) > KEPT:
                    self._examples.popitem(last=False)
            return self._examples[examples]
