"""When what waits in a conversation may be said."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from bot.desk.lanes import BURST, LONGEST, LONGEST_WAIT, SHORTEST, Lane, backoff
from bot.domain.messages import Post, Text
from bot.domain.tickets import Place

PLACE = Place(channel="slow", conversation="C1", thread="t")


def post(number: int, version: int = 1, ref: str = "") -> Post:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Post(
        id=number, ticket="BH-1", audience="requester", key=f"k{number}", place=PLACE, reply=Text(text="x"), version=version, ref=ref, at=at
    )


def lane_of(*posts: Post, now: float = 0.0) -> Lane:
    lane = Lane(1.0)
    for one in posts:
        lane.put(one, now)
    return lane


def draw(lane: Lane, now: float) -> int:
    """Draws what is due; its id."""
    due, _ = lane.next(now)
    assert due is not None
    lane.drew(due, due.post, due.post.ref or f"r{due.post.id}", now)
    return due.post.id


def test_nothing_waits_for_ever() -> None:
    assert Lane(1.0).next(0.0) == (None, math.inf)


def test_after_a_burst_new_messages_are_a_pace_apart_in_the_order_in_which_they_were_said() -> None:
    lane = lane_of(*(post(n) for n in (5, 2, 4, 1, 3)))
    assert [draw(lane, 10.0) for _ in range(BURST)] == [1, 2, 3]
    assert lane.next(10.0) == (None, 1.0)
    assert draw(lane, 11.0) == 4
    assert lane.next(11.5) == (None, 0.5)
    assert draw(lane, 12.0) == 5
    assert lane.next(12.0) == (None, math.inf)


def test_a_rest_gives_the_burst_back_and_no_more() -> None:
    lane = lane_of(*(post(n) for n in range(1, 20)))
    for now in (0.0, 100.0):
        for _ in range(BURST):
            draw(lane, now)
        assert lane.next(now) == (None, 1.0)


def test_updates_of_a_post_are_a_pace_apart_the_first_at_once() -> None:
    lane = lane_of(post(1))
    assert draw(lane, 0.0) == 1
    lane.put(post(1, 2, "r1"), 0.1)
    assert draw(lane, 0.1) == 1
    lane.put(post(1, 3, "r1"), 0.2)
    lane.put(post(2, 2, "r2"), 0.2)
    assert draw(lane, 0.2) == 2, "another post does not wait for it"
    due, wait = lane.next(0.2)
    assert due is None and wait == pytest.approx(0.9)
    assert draw(lane, 1.1) == 1


def test_updates_do_not_wait_for_the_pace_of_new_messages_nor_these_for_them() -> None:
    lane = lane_of(*(post(n) for n in range(1, 6)))
    for _ in range(BURST):
        draw(lane, 0.0)
    lane.put(post(1, 2, "r1"), 0.1)
    assert draw(lane, 0.1) == 1
    lane.put(post(1, 3, "r1"), 0.2)
    assert draw(lane, 1.0) == 4


def test_what_has_been_due_longest_comes_first() -> None:
    lane = lane_of(post(9))
    for n in range(1, 5):
        lane.put(post(n, 2, f"r{n}"), 0.1)
    assert draw(lane, 0.5) == 9, "a stream of updates does not hold up a new message"


def test_a_newer_version_takes_the_place_of_one_that_waits_and_an_older_one_does_not() -> None:
    lane = lane_of(post(1), post(2), post(1, 7), post(1, 3))
    due, _ = lane.next(0.0)
    assert due is not None and (due.post.id, due.post.version) == (1, 7)


def test_a_version_that_came_while_an_older_one_was_drawn_is_an_update_of_it() -> None:
    lane = lane_of(post(1))
    due, _ = lane.next(0.0)
    assert due is not None
    lane.put(post(1, 2), 0.1)
    lane.drew(due, post(1), "r1", 0.2)
    due, _ = lane.next(0.2)
    assert due is not None and (due.post.version, due.post.ref) == (2, "r1")


def test_a_pause_is_for_all_and_then_what_failed_least_goes_first() -> None:
    lane = lane_of(post(1, 2, "r1"), post(2, 2, "r2"))
    due, _ = lane.next(0.0)
    assert due is not None and due.post.id == 1
    assert lane.pause(due, 7.0, 0.0) == 7.0
    assert lane.next(0.0) == (None, 7.0)
    lane.put(post(3), 1.0)
    assert lane.next(1.0) == (None, 6.0)
    assert [draw(lane, 7.0) for _ in range(3)] == [3, 2, 1]


def test_waits_that_nobody_named_grow_to_a_bound_and_a_success_forgets_them() -> None:
    lane = lane_of(post(1), post(2))
    due, _ = lane.next(0.0)
    assert due is not None
    waits = [lane.pause(due, None, 0.0) for _ in range(9)]
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waits[-1] == LONGEST_WAIT == backoff(10**9)
    assert draw(lane, 100.0) == 1
    due, _ = lane.next(100.0)
    assert due is not None and lane.pause(due, None, 100.0) == 0.5


@pytest.mark.parametrize(("after", "wait"), [(0.0, SHORTEST), (-5.0, SHORTEST), (math.nan, SHORTEST), (math.inf, LONGEST), (1e12, LONGEST)])
def test_a_platform_cannot_make_it_hurry_or_wait_for_ever(after: float, wait: float) -> None:
    lane = lane_of(post(1))
    due, _ = lane.next(0.0)
    assert due is not None and lane.pause(due, after, 0.0) == wait


def test_what_goes_wrong_waits_alone_and_keeps_its_turn_among_new_messages() -> None:
    lane = lane_of(post(1), post(2), post(3, 2, "r3"))
    due, _ = lane.next(0.0)
    assert due is not None and due.post.id == 1
    assert [lane.fault(due, 0.0) for _ in range(3)] == [1, 2, 3]
    assert draw(lane, 0.0) == 3
    assert lane.next(0.0) == (None, 2.0)
    assert [draw(lane, 2.0), draw(lane, 2.0)] == [1, 2]


def test_a_newer_version_may_go_wrong_as_often_again() -> None:
    lane = lane_of(post(1))
    due, _ = lane.next(0.0)
    assert due is not None and lane.fault(due, 0.0) == 1
    lane.put(post(1, 2), 0.0)
    assert lane.fault(due, 0.0) == 1


def test_what_is_given_up_goes_unless_a_newer_version_waits() -> None:
    lane = lane_of(post(1), post(2))
    due, _ = lane.next(0.0)
    assert due is not None
    lane.put(post(1, 2), 0.0)
    lane.settle(due, 1)
    assert lane.next(0.0)[0] is due
    lane.settle(due, 2)
    assert draw(lane, 0.0) == 2


def test_a_lane_is_forgotten_only_when_that_changes_nothing() -> None:
    lane = lane_of(post(1), post(2))
    assert draw(lane, 0.0) == 1
    assert draw(lane, 0.0) == 2
    assert lane.rest(0.5) == 1.5
    lane.put(post(1, 2, "r1"), 1.5)
    draw(lane, 1.5)
    assert lane.rest(1.5) == 1.0
    assert lane.rest(2.5) == 0.0
