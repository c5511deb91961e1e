"""What is pressed and filled in on a card or in a dialog comes back as what it was; what is forged or broken does not come through."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.teams.actions import Pressed, button, packed, press, pressed, unpacked
from bot.channels.teams.cards import card as whole
from bot.channels.teams.fields import meant
from bot.channels.teams.forms import form_dialog, ticket_dialog, told_dialog
from bot.channels.teams.render import drawn
from bot.domain.messages import Button, Choice, Field_, Form, Style, Text
from bot.errors import BadInput
from tests.teams.reading import seen, walk
from tests.teams.standin.cardplay import NotSent, titles
from tests.teams.standin.cardplay import press as play
from tests.teams.standin.cards import check, check_dialog, weight

SYSTEMS = tuple(Choice(value=f"system-{n}", label=f"System {n}") for n in range(20))
DECLINE = Button(verb="decline", ref="A1", label="Decline", style=Style.DANGER, ask_reason="required")


def form(*fields: Field_, **more: Any) -> Form:
    return Form(**{"id": "BH-1:abc", "title": "A few details first", "fields": fields, **more})


def back(card: dict[str, Any], title: str, given: dict[str, Any] | None = None, *, old: bool = False) -> Pressed:
    """What comes of pressing a button: as Action.Execute brings it back, or with `old` as clients without it do."""
    check(card)
    action, data = play(card, title, given or {})
    if action["type"] == "Action.Execute" and not old:
        return pressed({"action": {"type": "Action.Execute", "title": title, "verb": action["verb"], "data": data}, "trigger": "manual"})
    assert action["type"] == "Action.Submit" or action["fallback"]["data"] == action["data"]
    return pressed(data)


def sent(info: dict[str, Any], title: str, given: dict[str, Any] | None = None) -> Pressed:
    """What a dialog brings back."""
    check_dialog(info)
    _, data = play(info["card"]["content"], title, given or {})
    return pressed({"data": data, "context": {"theme": "dark"}})


@pytest.mark.parametrize("old", [False, True])
def test_a_button_brings_back_its_verb_and_id(old: bool) -> None:
    card = drawn(Text(text="x", buttons=(Button(verb="take", ref="BH-1", label="Take it"),))).card
    assert back(card, "Take it", old=old) == Pressed("take", "BH-1", {})


@pytest.mark.parametrize("old", [False, True])
def test_a_reason_comes_back_with_the_button_that_asked_for_it(old: bool) -> None:
    resolve = Button(verb="resolve", ref="BH-1", label="Resolve", ask_reason="optional")
    card = drawn(Text(text="x", buttons=(DECLINE, resolve))).card
    why = "Why? A sentence is enough."
    assert back(card, "Decline", {why: "He is on leave."}, old=old) == Pressed("decline", "A1", {"reason": "He is on leave."})
    assert back(card, "Resolve", old=old).values.get("reason", "") == ""
    with pytest.raises(NotSent, match="Please say why"):
        play(card, "Decline", {})


def test_a_question_is_asked_before_what_needs_a_yes() -> None:
    card = drawn(Text(text="x", buttons=(Button(verb="undo", ref="P1", label="Undo", confirm="Undo *2* steps?"),))).card
    assert [a["type"] for a in card["actions"]] == ["Action.ShowCard"], "nothing happens on the first press"
    assert "Undo *2* steps?" in seen(card)
    assert back(card, "Yes, undo") == Pressed("undo", "P1", {})


def test_a_button_may_ask_both() -> None:
    both = Button(verb="cancel", ref="P1", label="Cancel request", confirm="Really?", ask_reason="optional")
    card = drawn(Text(text="x", buttons=(both,))).card
    assert "Really?" in seen(card)
    told = back(card, "Cancel request", {"Anything to add? You can leave this empty.": "No need"})
    assert told == Pressed("cancel", "P1", {"reason": "No need"})


def test_colours_of_buttons() -> None:
    assert button(DECLINE)["style"] == "destructive"
    assert press("a", "b", "c", style=Style.PRIMARY)["style"] == "positive"
    assert "style" not in press("a", "b", "c")


@pytest.mark.parametrize("old", [False, True])
def test_every_kind_of_field_comes_back_as_what_it_was(old: bool) -> None:
    asked = form(
        Field_(name="q1", label="Which system?", kind="system", choices=SYSTEMS),
        Field_(name="q2", label="Which groups?", many=True, choices=(Choice(value="a,b", label="A"), Choice(value="50%2C", label="P"))),
        Field_(name="q3", label="Until?", kind="date"),
        Field_(name="q4", label="How many?", kind="number"),
        Field_(name="q5", label="Who?", kind="person", many=True),
        Field_(name="q6", label="Where to?", kind="address", value="office"),
        Field_(name="q7", label="Why?", kind="long", required=False),
    )
    card = drawn(asked).card
    given = {
        "Which system?": "system-7",
        "Which groups?": [packed("a,b"), packed("50%2C")],
        "Until?": "2026-12-01",
        "How many?": "3",
        "Who?": "a@b.example, c@b.example,",
    }
    told = back(card, "Continue", given, old=old)
    assert (told.verb, told.ref) == ("form", "BH-1:abc")
    assert {k: v for k, v in told.values.items() if v} == {
        "q1": "system-7",
        "q2": ["a,b", "50%2C"],
        "q3": "2026-12-01",
        "q4": "3",
        "q5": ["a@b.example", "c@b.example"],
        "q6": "office",
    }
    kinds = {e["id"]: e["type"] for e in walk(card) if "id" in e}
    assert kinds["one.q3"] == "Input.Date" and kinds["one.q4"] == "Input.Number" and kinds["pick.q2"] == "Input.ChoiceSet"
    assert next(e for e in walk(card) if e.get("id") == "one.q1")["style"] == "filtered", "a long list is searched by typing"


def test_a_choice_of_a_few_is_one_press() -> None:
    card = drawn(form(Field_(name="q1", label="Which?", choices=SYSTEMS[:5]))).card
    assert back(card, "System 3") == Pressed("form", "BH-1:abc", {"q1": "system-3"})
    assert not [e for e in walk(card) if str(e.get("type")).startswith("Input.")]


def test_several_of_a_few_are_ticked_not_pressed() -> None:
    card = drawn(form(Field_(name="q1", label="Which?", choices=SYSTEMS[:3], many=True))).card
    assert back(card, "Continue", {"Which?": ["system-0", "system-2"]}).values == {"q1": ["system-0", "system-2"]}


def test_what_must_be_filled_in_is_asked_for_by_teams_itself() -> None:
    card = drawn(form(Field_(name="q1", label="Why?"), Field_(name="q2", label="Else?", required=False))).card
    with pytest.raises(NotSent, match="Please fill this in"):
        play(card, "Continue", {})
    assert back(card, "Continue", {"Why?": "because"}).values["q1"] == "because"


def test_a_form_does_not_hold_up_the_buttons_beside_it() -> None:
    """Cards check required inputs of the whole card: a button that asks for a reason would never get past them."""
    cancel = Button(verb="cancel", ref="P1", label="Cancel request")
    card = drawn(form(Field_(name="q1", label="Why not?"), buttons=(cancel, DECLINE))).card
    assert back(card, "Cancel request") == Pressed("cancel", "P1", {})
    told = back(card, "Decline", {"Why? A sentence is enough.": "no"})
    assert told.verb == "decline" and told.values["reason"] == "no"


def test_what_was_wrong_stands_beside_its_field_and_what_was_given_is_kept() -> None:
    asked = form(*(Field_(name=f"q{n}", label=f"Question {n}") for n in range(3)))
    info = form_dialog(asked, {"q1": "There is nobody with this address."}, {"q1": "jon@x.example", "q2": "two"})
    check_dialog(info)
    told = seen(info["card"]["content"]).splitlines()
    assert told[:4] == ["Question 0*: []", "*✗ There is nobody with this address.*", "Question 1*: [jon@x.example]", "Question 2*: [two]"]


def test_many_fields_are_asked_for_in_a_dialog() -> None:
    asked = form(*(Field_(name=f"q{n}", label=f"Question {n}") for n in range(1, 10)))
    card = drawn(asked).card
    assert not [e for e in walk(card) if str(e.get("type")).startswith("Input.")]
    action, data = play(card, "Fill in", {})
    assert action["type"] == "Action.Submit" and data["msteams"] == {"type": "task/fetch"}
    assert pressed({"data": data, "context": {}}) == Pressed("fill", "BH-1:abc", {})
    told = sent(form_dialog(asked), "Continue", {f"Question {n}": f"answer {n}" for n in range(1, 10)})
    assert told == Pressed("form", "BH-1:abc", {f"q{n}": f"answer {n}" for n in range(1, 10)})


def test_a_list_too_long_to_send_is_typed_and_understood() -> None:
    people = tuple(Choice(value=f"person.{n}@brightwater.example", label=f"Person Number {n}", detail=f"Team {n}") for n in range(3_000))
    asked = form(Field_(name="q1", label="Who?", kind="person", choices=people), Field_(name="q2", label="Which?", choices=SYSTEMS))
    assert "Fill in" in titles(drawn(asked).card)
    told = sent(form_dialog(asked), "Continue", {"Who?": " person number 1234 ", "Which?": "system-3"})
    assert meant(asked, told.values) == {"q1": "person.1234@brightwater.example", "q2": "system-3"}
    assert meant(asked, {"q1": "Nobody", "q2": ["System 4", "?"]}) == {"q1": "Nobody", "q2": ["system-4", "?"]}


def test_a_typed_name_of_two_is_nobodys() -> None:
    twins = form(Field_(name="q1", label="Who?", choices=(Choice(value="a", label="Sam"), Choice(value="b", label="sam"))))
    assert meant(twins, {"q1": "Sam"}) == {"q1": "Sam"}


def test_a_form_of_any_length_opens() -> None:
    info = form_dialog(
        form(*(Field_(name=f"q{n}", label="A long question " * 20, help="help " * 50, error="e " * 200) for n in range(300)))
    )
    check_dialog(info)
    ids = [e["id"] for e in walk(info) if str(e.get("type")).startswith("Input.")]
    assert ids == [f"one.q{n}" for n in range(len(ids))] and len(ids) >= 8


def test_a_ticket_from_a_message_can_be_looked_over_first() -> None:
    info = ticket_dialog("My <at>screen</at> **flickers**\nsince Monday")
    told = sent(info, "Create the ticket")
    assert told == Pressed("ticket", "", {"summary": "My <at>screen</at> **flickers**\nsince Monday"})
    assert sent(info, "Create the ticket", {"What is it about?": "Screen"}).values == {"summary": "Screen"}
    check_dialog(ticket_dialog("long " * 20_000))
    with pytest.raises(NotSent):
        sent(ticket_dialog(""), "Create the ticket")


def test_a_dialog_may_only_say_something() -> None:
    info = told_dialog("Too late", "This was **answered** already.")
    check_dialog(info)
    assert seen(info["card"]["content"]) == "This was *answered* already."


# What comes back is believed as little as possible.

OURS = {"bellhop": {"verb": "approve", "ref": "A1"}}


@pytest.mark.parametrize(
    "value",
    [
        None,
        "approve",
        [],
        {},
        {"action": None},
        {"action": {"verb": "bellhop/approve"}},
        {"action": {"verb": "bellhop/decline", "data": OURS}},
        {"action": {"verb": 7, "data": OURS}},
        {"data": []},
        {"bellhop": "approve"},
        {"bellhop": {"verb": "approve"}},
        {"bellhop": {"verb": "", "ref": "A1"}},
        {"bellhop": {"verb": "Approve!", "ref": "A1"}},
        {"bellhop": {"verb": ["approve"], "ref": "A1"}},
        {"bellhop": {"verb": "approve", "ref": 7}},
        {"bellhop": {"verb": "approve", "ref": "A" * 501}},
        {"bellhop": {"verb": "approve", "ref": "A1\u202e\x00"}},
        {"bellhop": {"verb": "approve", "ref": "A1", "values": []}},
        {"bellhop": {"verb": "approve", "ref": "A1", "values": {"q1": {"a": "b"}}}},
        {"bellhop": {"verb": "approve", "ref": "A1", "values": {"": "b"}}},
        {**OURS, "one.q1": {"nested": "thing"}},
        {**OURS, "one.q1": True},
        {**OURS, "one.q1": "x" * 4_001},
        {**OURS, "one.": "x"},
        {**OURS, "one.q\n1": "x"},
        {**OURS, "pick.q1": ",".join(map(str, range(500)))},
        {**OURS, "why.0": ["no"]},
        {**OURS, **{f"one.q{n}": "x" for n in range(500)}},
    ],
)
def test_what_is_malformed_is_refused_in_words(value: Any) -> None:
    with pytest.raises(BadInput) as error:
        pressed(value)
    assert str(error.value).endswith(".") and "bellhop" not in str(error.value)


def test_only_what_is_ours_is_looked_at() -> None:
    told = pressed(
        {
            **OURS,
            "person": "ceo@brightwater.example",
            "verb": "decline",
            "ref": "other",
            "values": {"reason": "forged"},
            "reason": "forged",
            "q1": "forged",
            "msteams": {"type": "task/fetch"},
            "two.q1": "x",
            "one.q2": " fine ",
            "why.3": "because",
        }
    )
    assert told == Pressed("approve", "A1", {"q2": "fine", "reason": "because"})


def test_the_same_is_read_however_it_was_sent() -> None:
    data = {**OURS, "one.q1": "x"}
    told = Pressed("approve", "A1", {"q1": "x"})
    assert pressed(data) == pressed({"data": data, "context": {}}) == pressed({"action": {"verb": "bellhop/approve", "data": data}}) == told


def test_what_people_filled_in_is_cleaned_but_not_changed() -> None:
    told = pressed({**OURS, "one.q1": "a\x00b\u202ec **d**\r\ne", "one.q2": None, "one.q3": 4, "list.q4": " , ", "pick.q5": ""})
    assert told.values == {"q1": "abc **d**\ne", "q2": "", "q3": "4", "q4": [], "q5": []}


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda x: st.dictionaries(st.text(max_size=9), x) | st.lists(x)
    )
)
def test_no_value_breaks_the_reading(value: Any) -> None:
    for given_ in (value, {"action": value}, {"data": value}, {"bellhop": value}, {**OURS, "one.q1": value}):
        try:
            assert isinstance(pressed(given_), Pressed)
        except BadInput as error:
            assert str(error)


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=6))
def test_choices_with_commas_come_back_whole(values: list[str]) -> None:
    assert [unpacked(p) for p in ",".join(map(packed, values)).split(",")] == values


def test_fields_of_a_hostile_form_stay_fields() -> None:
    field = Field_(
        name="q1",
        label="[x](https://evil.example)",
        help="**b**",
        choices=tuple(Choice(value=f"v{n}", label="[y](https://e.example)") for n in range(9)),
    )
    card = whole([], drawn(form(field)).card["actions"])
    assert weight(card) < 2_000
    text = str(drawn(form(field)).card)
    assert "](" not in text and "://e" not in text
