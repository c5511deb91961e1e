"""Dialogs: what they ask, what comes back from them, and that Slack takes whatever is put into them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.slack.views import Origin, Sent, field_errors, form_view, full_view, read, reason_view, ticket_view
from bot.domain.messages import Choice, Field_, Form, Text
from bot.errors import BadInput
from tests.slack.standin.limits import check_view

HERE = Origin(channel="C024BE91L", ts="1795405965.000100", thread="1795405900.000200")
SYSTEMS = tuple(Choice(value=f"sys-{n}", label=f"System {n}", detail="Sales") for n in range(12))


def form(*fields: Field_, **changes: Any) -> Form:
    return Form(id="BH-1:0a1b", title="A few details first", fields=fields, **changes)


def field(kind: str = "text", **changes: Any) -> Field_:
    return Field_(name="q1", label="What is it?", kind=kind, **changes)


def element(asked: Field_) -> dict[str, Any]:
    view = form_view(form(asked), HERE)
    assert faults(view) == []
    return next(b["element"] for b in view["blocks"] if b["type"] == "input")


def faults(view: dict[str, Any]) -> list[str]:
    return check_view(view, "modal")


def sent(view: dict[str, Any], *states: dict[str, Any]) -> Sent:
    """The view as Slack sends it back, with the state of each input in order."""
    ids = [b["block_id"] for b in view["blocks"] if b["type"] == "input"]
    values = {block: {"value": state} for block, state in zip(ids, states, strict=True)}
    return read({**view, "id": "V1", "hash": "1.a", "state": {"values": values}})


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (field(), "plain_text_input"),
        (field("long"), "plain_text_input"),
        (field("address"), "plain_text_input"),
        (field("date"), "datepicker"),
        (field("date", value="2026-12-01"), "datepicker"),
        (field("date", value="next Friday"), "plain_text_input"),
        (field("date", value="20261201"), "plain_text_input"),
        (field("date", many=True), "plain_text_input"),
        (field("number"), "number_input"),
        (field("number", value=3), "number_input"),
        (field("number", value="three"), "plain_text_input"),
        (field("system", choices=SYSTEMS), "static_select"),
        (field("system", choices=SYSTEMS, many=True), "multi_static_select"),
        (field("system", choices=SYSTEMS[:4], many=True), "checkboxes"),
        (field("choice", choices=(Choice(value="v" * 151, label="Too long to carry"),)), "plain_text_input"),
        (field("person", value="ada@b.example"), "plain_text_input"),
    ],
)
def test_each_kind_of_field_is_asked_for_natively(asked: Field_, kind: str) -> None:
    assert element(asked)["type"] == kind


def test_people_are_picked_and_left_to_the_channel_to_resolve() -> None:
    for many, kind, state in [
        (False, "users_select", {"selected_user": "U1"}),
        (True, "multi_users_select", {"selected_users": ["U1", "U2"]}),
    ]:
        view = form_view(form(field("person", many=many)), HERE)
        assert faults(view) == []
        (block,) = [b for b in view["blocks"] if b["type"] == "input"]
        assert block["element"] == {"type": kind, "action_id": "value"}
        came = sent(view, {"type": kind, **state})
        assert came.users == {"q1": ["U1", "U2"] if many else "U1"} and came.values == {}


def test_a_file_comes_as_its_name_and_what_slack_knows_of_it() -> None:
    view = form_view(form(Field_(name="document", label="Photo of the ID", kind="file"), submit="Check this document"), HERE)
    (block,) = [b for b in view["blocks"] if b["type"] == "input"]
    assert block["element"]["type"] == "file_input" and block["element"]["max_files"] == 1
    assert set(block["element"]["filetypes"]) == {"png", "jpg", "jpeg", "pdf", "heic"}
    assert view["submit"]["text"] == "Check this document"
    file = {"id": "F1", "name": "id.png", "mimetype": "image/png", "url_private_download": "https://files.slack.com/F1"}
    came = sent(view, {"type": "file_input", "files": [file]})
    assert came.values == {"document": "id.png"} and came.files == {"document": [file]}


def test_what_was_sent_comes_back_by_field_with_where_it_came_from() -> None:
    view = form_view(
        form(
            Field_(name="q1", label="Which systems?", choices=SYSTEMS, many=True),
            Field_(name="q2", label="Until when?", kind="date"),
            Field_(name="q3", label="Which?", choices=SYSTEMS),
            Field_(name="q4", label="Why?", kind="long", required=False),
            Field_(name="q5", label="How many?", kind="number"),
        ),
        HERE,
    )
    came = sent(
        view,
        {"type": "multi_static_select", "selected_options": [{"value": "sys-1"}, {"value": "sys-2"}]},
        {"type": "datepicker", "selected_date": "2026-12-01"},
        {"type": "static_select", "selected_option": {"value": "sys-3"}},
        {"type": "plain_text_input", "value": None},
        {"type": "number_input", "value": " 3 "},
    )
    assert (came.verb, came.ref, came.origin) == ("form", "BH-1:0a1b", HERE)
    assert came.values == {"q1": ["sys-1", "sys-2"], "q2": "2026-12-01", "q3": "sys-3", "q5": "3"}
    assert [b["optional"] for b in view["blocks"] if b["type"] == "input"] == [False, False, False, True, False]


def test_what_was_given_already_stands_there() -> None:
    assert element(field(value="office"))["initial_value"] == "office"
    assert element(field("date", value="2026-12-01"))["initial_date"] == "2026-12-01"
    assert element(field("number", value=3))["initial_value"] == "3"
    assert element(field("system", choices=SYSTEMS, value="sys-3"))["initial_option"]["value"] == "sys-3"
    chosen = element(field("system", choices=SYSTEMS, many=True, value=["sys-3", "gone", "sys-3"]))["initial_options"]
    assert [o["value"] for o in chosen] == ["sys-3"]
    assert "initial_option" not in element(field("system", choices=SYSTEMS, value="gone"))


def test_hundreds_of_choices_stand_in_groups() -> None:
    many = tuple(Choice(value=f"v{n}", label=f"Group {n:03}") for n in range(250))
    groups = element(field("group", choices=many, value="v249"))["option_groups"]
    assert [len(g["options"]) for g in groups] == [100, 100, 50]
    assert groups[0]["label"]["text"] == "Group 000 – Group 099"


def test_a_reason_is_asked_for_before_a_button_counts() -> None:
    view = reason_view("Decline", "decline", "A1", True, HERE)
    assert faults(view) == [] and view["title"]["text"] == "Decline" and view["submit"]["text"] == "Decline"
    assert view["blocks"][0]["optional"] is False
    came = sent(view, {"type": "plain_text_input", "value": "Not before Friday"})
    assert (came.verb, came.ref, came.values, came.origin) == ("decline", "A1", {"reason": "Not before Friday"}, HERE)
    optional = reason_view("Resolve", "resolve", "BH-1", False, HERE)
    assert optional["blocks"][0]["optional"] is True
    assert sent(optional, {"type": "plain_text_input", "value": "  "}).values == {}


def test_a_ticket_is_made_from_a_message() -> None:
    view = ticket_view("The printer <!channel> is on fire", HERE)
    assert faults(view) == [] and view["blocks"][0]["element"]["initial_value"].startswith("The printer")
    came = sent(view, {"type": "plain_text_input", "value": "The printer is on fire"})
    assert (came.verb, came.ref, came.values) == ("ticket", "", {"summary": "The printer is on fire"})
    assert faults(ticket_view("", HERE)) == []


def test_errors_stand_at_their_fields() -> None:
    asked = form(Field_(name="q1", label="Who?"), Field_(name="q2", label="Where?", error="Please fill this in."))
    view = form_view(asked, HERE)
    blocks = [b["block_id"] for b in view["blocks"] if b["type"] == "input"]
    assert field_errors(view, {"q2": "There is no such place."}) == {blocks[1]: "There is no such place."}
    assert field_errors(view, {"": "Too late.", "q1": "Nobody."}) == {blocks[0]: "Too late. Nobody."}
    assert field_errors({"blocks": []}, {"q1": "x"}) == {}
    shown = [b["elements"][0]["text"] for b in form_view(asked, HERE, {"q1": "Nobody <@U1>."})["blocks"] if b["type"] == "context"]
    assert shown == ["⚠️ Nobody &lt;\u200b@U1&gt;.", "⚠️ Please fill this in."]


@pytest.mark.parametrize("text", ["", " ", "<!channel>" * 900, "word " * 3000, "👩‍💻" * 2000, "&" * 5000, "\u202e\x00"])
@pytest.mark.parametrize("kind", ["text", "long", "date", "number", "choice", "many", "file"])
def test_whatever_a_form_holds_slack_opens_it(text: str, kind: str) -> None:
    choices = tuple(Choice(value=f"{n}{text}"[:200], label=text, detail=text) for n in range(4)) if kind in ("choice", "many") else ()
    asked = Field_(name="q1", label=text, kind=kind, many=kind == "many", choices=choices, value=text, help=text, error=text)
    fields = tuple(asked.model_copy(update={"name": f"q{n}"}) for n in range(30))
    view = form_view(Form(id="F1", title=text, text=text, fields=fields, submit=text), HERE, {"q3": text})
    assert faults(view) == []
    assert faults(reason_view(text, "decline", "A1", True, HERE)) == []
    assert faults(ticket_view(text, HERE)) == []
    assert len(json.dumps(view, ensure_ascii=False)) < 250_000


def test_what_does_not_fit_into_a_dialog_is_refused_with_a_way_out() -> None:
    with pytest.raises(BadInput, match="in the thread"):
        reason_view("Decline", "decline", "A" * 3000, True, HERE)
    with pytest.raises(BadInput, match="in the thread"):
        form_view(form(Field_(name="n" * 250, label="x")), HERE)


def test_everything_has_an_end_and_says_so() -> None:
    view = full_view(Text(text="\n\n".join("A line of words. " * 100 for _ in range(400))))
    assert faults(view) == [] and len(json.dumps(view)) < 250_000
    assert "as much as fits" in view["blocks"][-1]["elements"][0]["text"]
    assert "submit" not in view and faults(full_view(Text(text=""))) == []


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"callback_id": "other:sent", "private_metadata": "{}"},
        {"callback_id": "bellhop:sent"},
        {"callback_id": "bellhop:sent", "private_metadata": "no"},
        {"callback_id": "bellhop:sent", "private_metadata": "[]"},
        {"callback_id": "bellhop:sent", "private_metadata": '{"verb": "form"}'},
    ],
)
def test_a_dialog_of_somebody_else_is_refused(view: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        read(view)
