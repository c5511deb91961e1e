"""Which questions ask the same: average-link clustering of their likeness, by meaning where there is a model, else by words.

Groups are merged while the mean likeness between their members is at least a threshold (Sokal and Michener's unweighted average, 1958),
found by chains of nearest neighbours (Murtagh 1983): n² memory and time, so whoever calls keeps to MOST questions. The same questions
give the same clusters, in whatever order they come.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.library.encoder import Encoder
from bot.library.words import WEAK, WEAK_WEIGHT, Group, terms

Square = NDArray[np.float32]

MOST = 5000
"""Questions that should be clustered together: their likenesses take 100 MB."""
MEANT, SAID = 0.40, 0.25
"""From which mean likeness on questions ask the same: by meaning, and by words alone. Chosen on the tuned part of tests/library/gaps.yaml
with 386 other questions among them, where the share found hardly changes between 0.30 and 0.42, for few wrong companions."""

OTHER_ERROR = 0.5
"""How much of their likeness questions about different error codes keep."""
_CODE = re.compile(r"(?i)\b(?:0x[0-9a-f]{3,}|[a-z]*\d{5,}|[45]\.\d{1,3}\.\d{1,3}|[a-z]+_[a-z_]{4,})\b")


def clusters(texts: Sequence[str], encoder: Encoder | None, synonyms: Sequence[Group] = ()) -> list[list[int]]:
    """Numbers of the texts that ask the same, largest cluster first; a text that is like no other is alone."""
    different = sorted({" ".join(text.casefold().split()) for text in texts})
    places: dict[str, list[int]] = {text: [] for text in different}
    for number, text in enumerate(texts):
        places[" ".join(text.casefold().split())].append(number)
    like = likeness(different, encoder, synonyms)
    groups = average_link(like, MEANT if encoder else SAID)
    found = [sorted(n for member in group for n in places[different[member]]) for group in groups]
    return sorted(found, key=lambda group: (-len(group), group))


def likeness(texts: Sequence[str], encoder: Encoder | None, synonyms: Sequence[Group] = ()) -> Square:
    """How like each two texts are, 0–1. Words beside meaning made it no better."""
    vectors = encoder.embed(texts) if encoder is not None and texts else by_words(texts, synonyms)
    same: Square = vectors @ vectors.T
    np.clip(same, 0, 1, out=same)
    _apart(same, texts)
    return same


def _apart(same: Square, texts: Sequence[str]) -> None:
    """Questions that name errors, but not the same one, are less alike than they read."""
    named = [frozenset(code.casefold() for code in _CODE.findall(text)) for text in texts]
    rows = [row for row, codes in enumerate(named) if codes]
    for row in rows:
        others = [other for other in rows if not named[row] & named[other]]
        same[row, others] *= OTHER_ERROR


def by_words(texts: Sequence[str], synonyms: Sequence[Group] = ()) -> Square:
    """A row of length 1 a text: its terms, the rarer the heavier; those that say little count less, synonyms count as one."""
    canonical = {expression[0]: group[0][0] for group in synonyms for expression in group if len(expression) == len(group[0]) == 1}
    said = [Counter(canonical.get(term, term) for term in terms(text)) for text in texts]
    seen = Counter(term for counts in said for term in counts)
    columns = {term: n for n, term in enumerate(sorted(seen))}
    out = np.zeros((len(texts), max(1, len(columns))), np.float32)
    for row, counts in enumerate(said):
        for term in counts:
            out[row, columns[term]] = math.log(1 + len(texts) / seen[term]) * (WEAK_WEIGHT if term in WEAK else 1)
    scaled: Square = out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    return scaled


def average_link(like: Square, threshold: float) -> list[list[int]]:
    """Groups of row numbers whose mean likeness is at least `threshold`. Overwrites `like`."""
    count = len(like)
    np.fill_diagonal(like, -1.0)
    members: list[list[int]] = [[n] for n in range(count)]
    alive = np.ones(count, bool)
    chain: list[int] = []
    while True:
        if not chain:
            left = np.flatnonzero(alive)
            if not len(left):
                break
            chain.append(int(left[0]))
        last = chain[-1]
        nearest = int(np.argmax(like[last]))
        back = chain[-2] if len(chain) > 1 else -1
        if back >= 0 and like[last, back] >= like[last, nearest]:
            nearest = back
        if like[last, nearest] < threshold:  # nothing is near enough, nor will anything become so: a mean is never above its largest part
            alive[last] = False
            like[last, :], like[:, last] = -1.0, -1.0
            chain.pop()
        elif nearest == back:
            chain = chain[:-2]
            _merge(like, members, alive, min(last, back), max(last, back))
        else:
            chain.append(nearest)
    return [sorted(group) for group in members if group]


def _merge(like: Square, members: list[list[int]], alive: NDArray[np.bool_], one: int, other: int) -> None:
    """Takes `other` into `one`: the mean likeness to every third group is that of all its members (Lance and Williams 1967)."""
    here, there = len(members[one]), len(members[other])
    both = (here * like[one] + there * like[other]) / (here + there)
    both[~alive] = -1.0
    both[[one, other]] = -1.0
    like[one, :], like[:, one] = both, both
    like[other, :], like[:, other] = -1.0, -1.0
    alive[other] = False
    members[one] += members[other]
    members[other] = []
