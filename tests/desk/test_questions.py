"""What becomes of a question: each ending, what does not count, and that the past stays as it was judged."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from bot.domain.resolution import MEANING, Ending, Event, questions
from tests.desk.asking import ANN, BOB, DAYS, DISK, IDA, MIC, MONDAY, VPN, WIFI, Past

HELPED, UNHELPED = "helpful", "unhelpful"


def test_each_ending_once() -> None:
    past = Past()
    past.ask("1", MIC).tell("1", HELPED, 0.1)
    past.ask("2", VPN).tell("2", "plan.proposed", 0.1)
    past.ask("3", WIFI)
    past.ask("4", DISK, kind="answer.none")
    past.ask("5", "a.md").tell("5", UNHELPED, 0.1)
    past.ask("6", "b.md").tell("6", HELPED, 0.1).ask("7", "b.md", day=2).tell("7", "ticket.escalated", 2.1)
    assert past.endings() == [*Ending], "in the order in which they are shown"
    assert set(MEANING) == set(Ending)


def test_nobody_else_s_press_counts() -> None:
    assert Past().ask("1", MIC).tell("1", HELPED, by=BOB).endings() == [Ending.ABANDONED]
    assert Past().ask("1", MIC).tell("1", HELPED, by=IDA).endings() == [Ending.ABANDONED]
    assert Past().ask("1", MIC).tell("1", HELPED).tell("1", UNHELPED, by=BOB).endings() == [Ending.CONFIRMED]


def test_pressing_without_an_answer_confirms_nothing() -> None:
    assert Past().ask("1", MIC, kind="answer.none").tell("1", HELPED).endings() == [Ending.ABSTAINED]
    assert Past().tell("1", HELPED).ask("1", MIC, day=1).endings() == [Ending.ABANDONED], "nor does pressing before it"
    assert Past().tell("1", HELPED).questions() == []


def test_asking_back_is_no_answer() -> None:
    """Not to be confirmed, and nothing that the desk did not know either."""
    assert Past().ask("1", MIC, kind="answer.asked").endings() == [Ending.ABANDONED]
    asked = Past().ask("1", MIC, kind="answer.asked").tell("1", HELPED)
    assert (asked.endings(), asked.questions()[0].shown) == ([Ending.ABANDONED], False)
    answered = Past().ask("1", MIC, VPN, kind="answer.asked").ask("1", VPN, day=0.01).tell("1", HELPED, 0.1)
    assert (answered.endings(), answered.questions()[0].found) == ([Ending.CONFIRMED], (VPN,))
    assert Past().ask("1", MIC, kind="answer.asked").ask("1", MIC, kind="answer.none").endings() == [Ending.ABSTAINED]


def test_only_the_first_days_count() -> None:
    assert Past().ask("1", MIC).tell("1", HELPED, DAYS - 0.01).endings() == [Ending.CONFIRMED]
    assert Past().ask("1", MIC).tell("1", HELPED, DAYS).endings() == [Ending.ABANDONED]
    assert Past().ask("1", MIC).tell("1", HELPED).tell("1", "ticket.escalated", DAYS - 0.01).endings() == [Ending.ESCALATED]
    assert Past().ask("1", MIC).tell("1", HELPED).tell("1", "ticket.escalated", DAYS + 1).endings() == [Ending.CONFIRMED]


def test_the_last_press_counts() -> None:
    assert Past().ask("1", MIC).tell("1", HELPED).tell("1", UNHELPED, 0.2).endings() == [Ending.UNHELPFUL]
    assert Past().ask("1", MIC).tell("1", UNHELPED).tell("1", HELPED, 0.2).endings() == [Ending.CONFIRMED]


@pytest.mark.parametrize("how", ["ticket.escalated", "ticket.taken"])
def test_what_a_human_got_is_not_the_desk_s(how: str) -> None:
    assert Past().ask("1", MIC).tell("1", how, 0.1, by=IDA).tell("1", HELPED, 0.2).endings() == [Ending.ESCALATED]
    assert Past().ask("1", MIC, kind="answer.none").tell("1", how).endings() == [Ending.ESCALATED]


def back(*about: str, day: float = 2, by: str = ANN, ticket: str = "2", kind: str = "answer") -> Ending:
    """How a confirmed question about the microphone ends after this was asked."""
    return Past().ask("1", MIC, VPN, WIFI).tell("1", HELPED, 0.1).ask(ticket, *about, day=day, by=by, kind=kind).endings()[0]


def test_coming_back_undoes_a_confirmation() -> None:
    assert back(MIC) == back(VPN, MIC) == back(WIFI, "x.md", MIC) == back(MIC, kind="answer.none") == Ending.CAME_BACK
    assert back(MIC, ticket="1") == Ending.CAME_BACK, "in the same thread too"
    assert back(MIC, kind="question.drawn") == Ending.CAME_BACK, "and if a lot gave it to a human"


def test_what_is_no_coming_back() -> None:
    assert back(VPN, "x.md", "y.md", MIC) == Ending.CONFIRMED, "beyond the first three"
    assert back(DISK, MIC) == back(VPN) == Ending.CONFIRMED, "only one of them has the other's first"
    assert back("x.md", VPN, WIFI) == Ending.CONFIRMED, "only the others are alike"
    assert back(MIC, by=BOB) == back(MIC, day=DAYS) == back() == Ending.CONFIRMED


def test_nothing_found_is_no_topic() -> None:
    assert Past().ask("1", kind="answer.none").ask("2", kind="answer.none", day=1).endings() == [Ending.ABSTAINED] * 2


def test_asking_again_in_another_thread_before_pressing_is_coming_back() -> None:
    """One need in two threads is confirmed once."""
    past = Past().ask("1", MIC).ask("2", MIC, day=0.01).tell("2", HELPED, 0.1).tell("1", HELPED, 0.2)
    assert past.endings() == [Ending.CAME_BACK, Ending.CONFIRMED]


def test_a_follow_up_in_a_thread_is_the_same_question() -> None:
    past = Past().ask("1", MIC, kind="answer.none").ask("1", MIC, day=0.01).tell("1", HELPED, 0.1)
    assert past.endings() == [Ending.CONFIRMED]
    assert Past().ask("1", MIC).ask("1", VPN, day=1).questions()[0].found == (VPN,)


def test_what_is_asked_in_a_thread_after_its_end_is_another_question() -> None:
    past = Past().ask("1", MIC).tell("1", HELPED, 0.1).ask("1", VPN, day=1).tell("1", "ticket.escalated", 1.1)
    assert past.endings() == [Ending.CONFIRMED, Ending.ESCALATED]
    assert Past().ask("1", MIC).ask("1", VPN, day=DAYS).endings() == [Ending.ABANDONED] * 2


def test_words_of_others_in_a_thread_are_no_question_of_its_own() -> None:
    past = Past().ask("1", MIC).tell("1", "answer", 1, by=BOB, about=(VPN,))
    assert [q.asker for q in past.questions()] == [ANN]


def test_a_question_given_to_a_human_is_confirmed_after_a_human_resolved_it() -> None:
    def drawn() -> Past:
        return Past().ask("1", MIC, kind="question.drawn", arm="human").tell("1", "ticket.escalated")

    assert not drawn().tell("1", HELPED, 0.1).questions()[0].confirmed, "a press that no button stands for"
    assert not drawn().tell("1", "ticket.resolved", 0.1).tell("1", HELPED, 0.2).questions()[0].confirmed, "nobody resolves their own"
    solved = drawn().tell("1", "ticket.resolved", 0.1, by=IDA).tell("1", HELPED, 0.2)
    assert solved.questions()[0].confirmed
    assert solved.questions()[0].minutes == pytest.approx(0.2 * 1440)
    assert not solved.ask("2", MIC, day=1).questions()[0].confirmed, "coming back counts on either side"


def any_past(chance: random.Random, size: int = 400) -> list[Event]:
    """Whatever may befall a few people in a few tickets, however odd."""
    past, kinds = (
        Past(),
        ["answer", "answer", "answer.none", "answer.asked", HELPED, UNHELPED, "ticket.escalated", "ticket.resolved", "plan.proposed"],
    )
    owners: dict[str, str] = {}
    for step in range(size):
        ticket = str(chance.randrange(40))
        of = owners.setdefault(ticket, chance.choice((ANN, BOB, "cat@corp.example")))
        by = of if chance.random() < 0.9 else IDA
        about = tuple(chance.sample((MIC, VPN, WIFI, DISK, "e.md", "f.md", "g.md", "h.md"), chance.randrange(4)))
        past.tell(ticket, chance.choice(kinds), step / 10, by=by, of=of, about=about)
    return past.events


@pytest.mark.parametrize("seed", range(8))
def test_a_past_figure_does_not_change(seed: int) -> None:
    """Judging with all that is known later gives what judging on the day gave, question by question."""
    events = any_past(random.Random(seed))
    whole = {(q.asker, q.asked): q for q in questions(events, DAYS)}
    assert len({q.ending() for q in whole.values()}) == len(Ending), "this past is too dull to show anything"
    for day in range(0, 40, 3):
        now = MONDAY + timedelta(days=day)
        for then in questions([e for e in events if e.at <= now], DAYS):
            if then.until <= now:
                later = whole[then.asker, then.asked]
                assert (then.ending(), then.confirmed, then.found) == (later.ending(), later.confirmed, later.found)


@pytest.mark.parametrize("seed", range(3))
def test_confirmed_resolution_is_the_ending_of_that_name(seed: int) -> None:
    for question in questions(any_past(random.Random(seed)), DAYS):
        assert question.confirmed == (question.ending() is Ending.CONFIRMED)
