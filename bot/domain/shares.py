"""Shares and medians with their intervals; below ENOUGH cases there is no figure, only the counts."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, sqrt
from statistics import NormalDist, median

from bot.domain.base import Value

ENOUGH = 30
"""Cases from which on a share or a median is shown: below, its interval is so wide that the figure misleads more than it tells."""
EXACT = 500
"""Cases up to which binomial sums are exact; beyond, their normal approximation differs in the third digit at most."""
Z95 = NormalDist().inv_cdf(0.975)


class Share(Value):
    """`count` of `of` cases. `share` and its 95 % interval, `low` to `high`, are 0–1; None where `of` is too few to tell."""

    count: int
    of: int
    share: float | None = None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if not self.of:
            return "nothing to count yet"
        counts = f"{self.count:,} of {self.of:,}"
        if self.share is None or self.low is None or self.high is None:
            return f"too few to tell ({counts})"
        return f"{percent(self.share)} ({percent(self.low, '')}–{percent(self.high)}), {counts}"


class Difference(Value):
    """One figure minus another, with the 95 % interval of the difference, in the figures' own unit."""

    value: float
    low: float
    high: float


def percent(share: float, sign: str = " %") -> str:
    """In whole per cent. What is not quite nothing or everything is not rounded to it."""
    whole = round(100 * share) if share in (0, 1) else min(99, max(1, round(100 * share)))
    return f"{whole}{sign}".replace(" ", "\N{NO-BREAK SPACE}")


def share_of(count: int, of: int) -> Share:
    """The share that `count` is of `of`, if there are enough."""
    if of < ENOUGH:
        return Share(count=count, of=of)
    low, high = wilson(count, of)
    return Share(count=count, of=of, share=count / of, low=low, high=high)


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion, without continuity correction.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209–212. Unlike the textbook's
    p ± 1.96·√(p(1−p)/n) it holds what it promises for small numbers and shares near 0 or 1, and never leaves 0–1.
    """
    p, z2 = count / of, Z95**2
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = Z95 * sqrt(p * (1 - p) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return (0.0 if count == 0 else middle - half), (1.0 if count == of else middle + half)


def difference(one: Share, other: Share) -> Difference | None:
    """`one` minus `other`, two independent shares; None where either is too few to tell.

    Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998), 873–890,
    method 10: the two Wilson intervals, their halves combined as the sides of a right angle.
    """
    if one.share is None or other.share is None or one.low is None or one.high is None or other.low is None or other.high is None:
        return None
    value = one.share - other.share
    down = sqrt((one.share - one.low) ** 2 + (other.high - other.share) ** 2)
    up = sqrt((one.high - one.share) ** 2 + (other.share - other.low) ** 2)
    return Difference(value=value, low=value - down, high=value + up)


def median_difference(one: Sequence[float], other: Sequence[float]) -> Difference | None:
    """The median of `one` minus that of `other`, two independent samples of whatever distribution; None where either is too small.

    Bonett and Price, "Statistical inference for a linear function of medians", Psychological Methods 7 (2002), 370–383: each median's
    standard error from two order statistics about it.
    """
    if min(len(one), len(other)) < ENOUGH:
        return None
    return _apart(one, other)


def _apart(one: Sequence[float], other: Sequence[float]) -> Difference:
    value = median(one) - median(other)
    half = Z95 * sqrt(_variance(one) + _variance(other))
    return Difference(value=value, low=value - half, high=value + half)


def _variance(sample: Sequence[float]) -> float:
    """Of the sample's median."""
    n, ordered = len(sample), sorted(sample)
    c = max(1, round((n + 1) / 2 - sqrt(n)))
    return float(((ordered[n - c] - ordered[c - 1]) / (2 * _deviate(n, c))) ** 2)


def _deviate(n: int, c: int) -> float:
    """The normal deviate that a fair coin exceeds as rarely as it falls on one side fewer than `c` times of `n`."""
    if n > EXACT:
        return (n + 1 - 2 * c) / sqrt(n)
    return NormalDist().inv_cdf(1 - sum(comb(n, k) for k in range(c)) / 2**n)
