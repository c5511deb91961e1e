"""Conversations: answers to questions, corrections, additions, pronouns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bot.desk.ports import Context, Turn
from bot.domain.directory import Directory
from bot.domain.understanding import Understanding
from bot.language.phrases import PhraseUnderstander

Talk = Callable[..., list[Understanding]]
PETER = "peter.grant@halden.example"


@pytest.fixture
def talk(reader: PhraseUnderstander, directory: Directory, now: datetime) -> Talk:
    def say(*lines: str) -> list[Understanding]:
        turns: list[Turn] = []
        draft, last, replies = None, (), []
        for line in lines:
            found = reader.read(line, directory.people[PETER], directory, now, Context(turns=turns, draft=draft, last=last))
            turns.append(Turn(PETER, line))
            if found.calls:
                draft, last = (found, last) if found.gaps else (None, found.calls)
            replies.append(found)
        return replies

    return say


def calls(found: Understanding) -> list[tuple[str, dict[str, Any]]]:
    return [(c.action, {k: str(v).removesuffix("@halden.example") for k, v in c.arguments.items()}) for c in found.calls]


@pytest.mark.parametrize(
    ("reply", "who"),
    [
        ("David Cole", "david.cole"),
        ("Cole", "david.cole"),
        ("the second one", "david.kim"),
        ("2", "david.kim"),
        ("the contractor", "david.kim"),
        ("the one in engineering", "david.osei"),
        ("david.osei@halden.example", "david.osei"),
        ("the platform engineer", "david.osei"),
    ],
)
def test_a_reply_picks_one_of_the_choices_for_every_call_it_concerns(talk: Talk, reply: str, who: str) -> None:
    asked, answered = talk("Remove David's access to email and Slack", reply)
    assert {g.said for g in asked.gaps} == {"David"}
    assert len(asked.gaps) == 2
    assert calls(answered) == [
        ("access.revoke", {"system": "email", "person": who}),
        ("access.revoke", {"system": "slack", "person": who}),
    ]
    assert not answered.gaps


@pytest.mark.parametrize("reply", ["David", "not sure", "the tall one", "what is Slack?", "Helen", "yes"])
def test_a_reply_that_decides_nothing_fills_nothing(talk: Talk, reply: str) -> None:
    _, answered = talk("Remove David's access to Slack", reply)
    assert not any("person" in c.arguments for c in answered.calls)


def test_a_reply_that_fits_two_narrows_the_list(talk: Talk) -> None:
    _, answered = talk("Remove David from Slack", "the one in sales")
    assert answered.gaps[0].choices == ("david.cole@halden.example", "david.kim@halden.example")


def test_missing_values_are_taken_from_the_reply(talk: Talk) -> None:
    assert calls(talk("Give Will access", "Salesforce")[1]) == [("access.grant", {"person": "will.turner", "system": "salesforce"})]
    assert calls(talk("forward Mark Jensen's mail", "to me")[1]) == [("mailbox.forward", {"from": "mark.jensen", "to": "peter.grant"})]
    assert calls(talk("open a ticket", "the coffee machine is broken")[1]) == [
        ("ticket.create", {"summary": "the coffee machine is broken"})
    ]


def test_corrections_change_the_last_proposal(talk: Talk) -> None:
    *_, level, duration = talk("Give Will Salesforce", "make it read-only", "for two weeks")
    assert calls(level) == [("access.grant", {"person": "will.turner", "system": "salesforce", "level": "read"})]
    assert calls(duration)[0][1]["duration"] == "P14D"
    assert calls(talk("Give Will Salesforce", "no, Mark")[1]) == [("access.grant", {"person": "mark.jensen", "system": "salesforce"})]


def test_the_other_one(talk: Talk) -> None:
    *_, other = talk("Remove David from Slack", "David Cole", "no, the other one")
    assert other.gaps[0].choices == ("david.kim@halden.example", "david.osei@halden.example")
    *_, emma = talk("Reset Emma's password", "Larsen", "no, the other one")
    assert calls(emma) == [("password.reset", {"person": "emma.novak"})]


def test_additions_repeat_the_last_call(talk: Talk) -> None:
    assert calls(talk("Give Will Salesforce", "also Tableau")[1]) == [("access.grant", {"person": "will.turner", "system": "tableau"})]
    assert calls(talk("Give Will Salesforce", "also Carla")[1]) == [("access.grant", {"person": "carla.ruiz", "system": "salesforce"})]


def test_a_new_request_is_not_an_answer(talk: Talk) -> None:
    _, fresh = talk("Remove David from Slack", "Give Carla Tableau")
    assert calls(fresh) == [("access.grant", {"person": "carla.ruiz", "system": "tableau"})]


def test_pronouns_reach_back_into_the_thread(talk: Talk) -> None:
    *_, reset = talk("Will Turner lost his laptop", "what about his password?", "reset his password")
    assert calls(reset) == [("password.reset", {"person": "will.turner"})]


@pytest.mark.parametrize("word", ["cancel that", "never mind", "forget it", "stop, cancel my request please"])
def test_cancelling(talk: Talk, word: str) -> None:
    assert talk("Remove David from Slack", word)[1].intent.value == "cancel"


def test_a_question_in_between_leaves_the_draft_alone(talk: Talk) -> None:
    _, question, answered = talk("Remove David from Slack", "how do I see who has Slack?", "David Kim")
    assert question.intent.value == "question"
    assert question.calls == ()
    assert calls(answered) == [("access.revoke", {"system": "slack", "person": "david.kim"})]


@pytest.mark.parametrize(
    "aside",
    [
        "Carla, make it two weeks",
        "sorry Carla",
        "and thanks Carla",
        "no, he said until Friday",
        "just ask Carla if anything is unclear",
        "not sure Carla knows about this",
        "with David away, who approves that?",
        "no, Tableau is fine",
    ],
)
def test_who_and_what_is_only_spoken_of_changes_nothing(talk: Talk, aside: str) -> None:
    assert talk("Give Will Turner Salesforce", aside)[1].calls == ()


def test_whom_it_says_not_to_is_not_acted_on(talk: Talk) -> None:
    _, answered = talk("Remove David from Slack", "not David Cole")
    assert answered.gaps[0].choices == ("david.kim@halden.example", "david.osei@halden.example")
    assert calls(talk("Give Will Turner Slack and Jira", "without Slack please")[1]) == [
        ("access.grant", {"person": "will.turner", "system": "jira"})
    ]
    assert talk("Give Will Turner Slack", "not Slack")[1].intent.value == "cancel"


def test_an_open_question_comes_before_what_was_proposed_earlier(talk: Talk) -> None:
    *_, other = talk("Give Will Turner Salesforce", "and remove David from Slack", "no, from Zoom")
    assert calls(other) == [("access.revoke", {"system": "zoom"})]
    assert other.gaps[0].said == "David"


def test_nobody_is_found_in_an_address(talk: Talk) -> None:
    """ "Mauer" is no slip in Bauer."""
    *_, moved = talk("order a laptop for Zoe", "no, it has to go to Hinter der Mauer 7, 28195 Bremen")
    assert calls(moved) == [("device.provision", {"person": "zoe.kaplan", "ship_to": "Hinter der Mauer 7, 28195 Bremen"})]


def test_a_new_end_takes_the_place_of_the_old_one(talk: Talk) -> None:
    *_, lasting, dated = talk("Give Will Turner Gong until Friday", "better three weeks", "until the end of July instead")
    assert calls(lasting) == [("access.grant", {"person": "will.turner", "system": "gong", "duration": "P21D"})]
    assert calls(dated) == [("access.grant", {"person": "will.turner", "system": "gong", "until": "2026-07-31"})]


def test_the_same_is_all_of_it(talk: Talk) -> None:
    *_, same = talk("Give Will Turner Jira and Figma for two weeks", "Carla needs the same")
    assert calls(same) == [
        ("access.grant", {"person": "carla.ruiz", "system": "jira", "duration": "P14D"}),
        ("access.grant", {"person": "carla.ruiz", "system": "figma", "duration": "P14D"}),
    ]


def test_who_is_named_where_two_could_be_meant_changes_nobody(talk: Talk) -> None:
    assert talk("forward Mark Jensen's mail to Will Turner", "no, Carla")[1].calls == ()
    *_, cued = talk("forward Mark Jensen's mail to Will Turner", "no, to Carla")
    assert calls(cued) == [("mailbox.forward", {"from": "mark.jensen", "to": "carla.ruiz"})]
