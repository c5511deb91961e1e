"""How sure the library may be that its first article answers the question.

A logistic function of what the ranking saw. Coefficients and thresholds were fitted by tests/library/bench.py --fit on questions
written for it, answerable and not, over `knowledge/` and over a public corpus of 1,481 articles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bot.library.rank import Hit

BIAS = -5.4
COEFFICIENTS = (2.74, 0.89, 0.1, 2.14, 4.27, 2.77, -1.28)
"""Where the words alone decide."""
MEANT_BIAS = -6.55
MEANT = (2.21, 2.02, 0.57, 0.41, 4.49, 1.73, -2.16, 5.65)
"""Where meaning was asked too: one feature more."""
ANSWER, BY_WORDS, CLOSEST = 0.72, 0.5, 0.35
"""From the first the library answers; from the second where the words alone decide, which are less sure of what is right, so that with
the first they would answer half. From the third it shows the closest it has; below, it does not know."""
ASKS = 0.5
"""From this on it asks which of several articles is meant; less sure, none of them may be."""
FAR = 0.5
"""A lead beyond this says no more: it may just be that nothing else was found."""
RIVALS = 5
"""How many articles are looked at for one that holds more of the question than the first."""


def features(hits: Sequence[Hit]) -> tuple[float, ...]:
    """Of the first hit: likeness of its title or asked_as line, share of the question covered by the article and by one passage,
    strength of its words, its lead over the second, how much was said at all, how much more of the question one passage of another
    article covers, and where it is known, its nearness in meaning: all 0–1."""
    first = hits[0]
    meant = (first.meaning,) if first.meaning else ()
    lead = 1 - hits[1].score / first.score if len(hits) > 1 else 1.0
    rival = max(hit.together for hit in hits[:RIVALS]) - first.together
    return (first.lines, first.covered, first.together, first.strength, min(FAR, max(0.0, lead)), first.substance, rival, *meant)


def confidence(hits: Sequence[Hit]) -> float:
    """0–1; 0 where nothing was found."""
    if not hits:
        return 0.0
    seen = features(hits)
    bias, coefficients = (MEANT_BIAS, MEANT) if len(seen) == len(MEANT) else (BIAS, COEFFICIENTS)
    total = bias + sum(c * f for c, f in zip(coefficients, seen, strict=True))
    return 1 / (1 + math.exp(-total))


def enough(hits: Sequence[Hit]) -> float:
    """The confidence from which the library answers from these."""
    return ANSWER if hits and hits[0].meaning else BY_WORDS
