"""How sure the library may be that its first article answers the question.

A logistic function of what the ranking saw. Coefficients and thresholds were fitted by tests/library/bench.py on questions
written for it, answerable and not, over `knowledge/` and over a public corpus of 1,481 articles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bot.library.rank import Hit

BIAS = -4.35
COEFFICIENTS = (2.8, 1.57, 0.53, 1.51, 1.12, 2.15)
"""Where the words alone decide."""
MEANT_BIAS = -5.05
MEANT = (1.53, 1.87, 0.73, -0.11, 3.59, 1.85, 3.1)
"""Where meaning was asked too: one feature more."""
ANSWER, CLOSEST = 0.6, 0.4
"""From the first the library answers; from the second it shows the closest it has; below, it does not know."""


def features(hits: Sequence[Hit]) -> tuple[float, ...]:
    """Of the first hit: likeness of its title or asked_as line, share of the question covered by the article and by one passage,
    strength of its words, its lead over the second, how much was said at all, and where it is known, its nearness in meaning: all 0–1."""
    first = hits[0]
    meant = (first.meaning,) if first.meaning else ()
    lead = 1 - hits[1].score / first.score if len(hits) > 1 else 1.0
    return (first.lines, first.covered, first.together, first.strength, min(1.0, max(0.0, lead)), first.substance, *meant)


def confidence(hits: Sequence[Hit]) -> float:
    """0–1; 0 where nothing was found."""
    if not hits:
        return 0.0
    seen = features(hits)
    bias, coefficients = (MEANT_BIAS, MEANT) if len(seen) == len(MEANT) else (BIAS, COEFFICIENTS)
    total = bias + sum(c * f for c, f in zip(coefficients, seen, strict=True))
    return 1 / (1 + math.exp(-total))
