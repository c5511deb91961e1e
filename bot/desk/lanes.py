"""When something may be said: what waits for one conversation, and how fast it may go out.

Pure: whoever asks says what time it is, in seconds of a clock that only goes forward.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.domain.messages import Post

BURST = 3
"""New messages that may follow each other at once."""
SHORTEST, LONGEST = 0.1, 3600.0
"""Bounds of a wait that a platform asks for, in seconds."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""The first wait where it did not say how long, and the longest, in paces: each is twice the one before."""


def backoff(tries: int) -> float:
    """Paces to wait after so many vain tries."""
    return min(FIRST_WAIT * 2.0 ** min(tries, 20), LONGEST_WAIT)


@dataclass
class Waiting:
    """A post that waits to be drawn: its newest version that is known, from when on it may be, and how often it failed."""

    post: Post
    ready: float
    tries: int = 0
    faults: int = 0


class Lane:
    """What waits in one conversation. New messages go in the order in which they were said, `pace` seconds apart after a burst;
    updates of one post are `pace` seconds apart and wait for no other post. A newer version takes the place of one that waits."""

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._waiting: dict[int, Waiting] = {}
        self._updated: dict[int, float] = {}
        self._spent_until = -math.inf
        self._paused_until = -math.inf
        self._refusals = 0

    def put(self, post: Post, now: float) -> None:
        """Lets a post wait, in the place of an older version of it."""
        known = self._waiting.get(post.id)
        if known is None:
            self._waiting[post.id] = Waiting(post, now)
        elif post.version > known.post.version:
            known.post = post.model_copy(update={"ref": post.ref or known.post.ref})
            known.faults = 0

    def next(self, now: float) -> tuple[Waiting | None, float]:
        """What may be drawn now; or None, and in how many seconds to ask again (infinity: nothing waits)."""
        new = sorted((w for w in self._waiting.values() if not w.post.ref), key=lambda w: w.post.id)
        heads = [*new[:1], *(w for w in self._waiting.values() if w.post.ref)]
        if not heads:
            return None, math.inf
        first = min(heads, key=lambda w: (self._when(w), w.tries))
        wait = self._when(first) - now
        return (first, 0.0) if wait <= 0 else (None, wait)

    def _when(self, one: Waiting) -> float:
        again, fresh = self._updated.get(one.post.id, -math.inf) + self._pace, self._spent_until - (BURST - 1) * self._pace
        return max(one.ready, again if one.post.ref else fresh, self._paused_until)

    def drew(self, one: Waiting, drawn: Post, ref: str, now: float) -> None:
        """A post was drawn; `drawn` is it as it was before, `ref` the channel's id of it."""
        self._updated = {post: at for post, at in self._updated.items() if at + self._pace > now}
        if drawn.ref:
            self._updated[drawn.id] = now
        else:
            self._spent_until = max(self._spent_until, now) + self._pace
        self._refusals = 0
        one.tries = one.faults = 0
        one.post = one.post.model_copy(update={"ref": ref})
        self.settle(one, drawn.version)

    def settle(self, one: Waiting, version: int) -> None:
        """Nothing is to be done about this version any more; a newer one goes on waiting."""
        if one.post.version <= version:
            self._waiting.pop(one.post.id, None)

    def pause(self, one: Waiting, after: float | None, now: float) -> float:
        """The platform will not take this now: nothing goes out before `after` seconds have passed, which are returned."""
        wait = backoff(self._refusals) * self._pace if after is None else min(max(SHORTEST, after), LONGEST)
        self._refusals += 1
        one.tries += 1
        self._paused_until = now + wait
        return wait

    def fault(self, one: Waiting, now: float) -> int:
        """Drawing this went wrong in a way that nobody foresaw; how often it has by now. It is not tried again before a while."""
        one.ready = now + backoff(one.faults) * self._pace
        one.faults += 1
        return one.faults

    def rest(self, now: float) -> float:
        """Seconds until an empty lane may be forgotten: one made anew would know nothing of what went out just now."""
        lately = max((at + self._pace for at in self._updated.values()), default=-math.inf)
        return max(0.0, max(lately, self._spent_until) - now)
