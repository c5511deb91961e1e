"""Nothing that points to a person passes; what names an error, a product or a step does."""

from __future__ import annotations

import pytest

from actions.vendors.demo.seed import COMPANY
from bot.domain.directory import Directory
from bot.domain.people import Device, Person
from bot.ledger.store import read_company
from bot.library.gaps.heard import own_words
from bot.library.gaps.redact import Redactor, general

KNOWN = frozenset(
    [
        "mark",
        "will",
        "open",
        "page",
        "printer",
        "outlook",
        "teams",
        "badge",
        "company",
        "phone",
        "how",
        "the",
        "stone",
        "call",
        "office",
        "print",
        "screen",
    ]
)
REDACTOR = Redactor(read_company(COMPANY), KNOWN.__contains__)

IDENTIFYING = {
    "e-mail": ("write to john.smith@brightwater.example please", "smith", "brightwater.example"),
    "e-mail spelt out": ("i am j.doe (at) mail (dot) com", "doe", "mail (dot)"),
    "mailto": ("<mailto:dagmar@web.example>", "dagmar", "web.example"),
    "phone": ("my number is +44 20 7946 0958", "7946", "0958"),
    "phone at home": ("call 020 7946 0958", "7946", "0958"),
    "phone with slash": ("tel 0171/5551234", "5551234", "0171"),
    "american phone": ("reach me at (555) 123-4567", "4567", "555"),
    "extension": ("office phone ext. 4411", "4411", "4411"),
    "street": ("deliver it to 12 Baker Street, London NW1 6XE", "Baker", "NW1"),
    "street in the German way": ("I moved to Hauptstraße 5, 10115 Berlin", "Hauptstra", "10115"),
    "po box": ("send to P.O. Box 1234", "1234", "Box 1"),
    "serial of the directory": ("laptop bwl-1018 is dead", "1018", "bwl"),
    "any serial": ("the serial number is PF2XY7Z1", "PF2", "7Z1"),
    "bare serial": ("it says PF2XY7Z1 below", "PF2", "7Z1"),
    "personnel number": ("I am BW-014", "BW-014", "014"),
    "ticket": ("as in BH-1001", "1001", "BH-"),
    "full name": ("John Smith cannot print", "John", "Smith"),
    "surname first": ("Smith, John cannot print", "John", "Smith"),
    "lower case": ("john smith cannot print", "john", "smith"),
    "shouted": ("JOHN SMITH CANNOT PRINT", "JOHN", "SMITH"),
    "possessive": ("the printer prints Rosa's pages", "Rosa", "rosa"),
    "initial": ("jsmith cannot print", "jsmith", "smith"),
    "joined": ("johnsmith and john_smith cannot print", "john", "smith"),
    "accents": ("Jöhn Smíth cannot print", "Jöhn", "Sm"),
    "full width": ("ＪＯＨＮ cannot print", "ＪＯＨＮ", "JOHN"),
    "hidden characters": ("Jo\u200bhn Smi\u00adth cannot print", "John", "Jo\u200bhn"),
    "a common name of nobody here": ("ask dagmar about the printer", "dagmar", "Dagmar"),
    "a title": ("the visitor Dr. hoffmann cannot print", "hoffmann", "Hoffmann"),
    "introduced": ("This is Xaver Qzlk from the outside", "Xaver", "Qzlk"),
    "signed": ("how do I print the page\nThanks,\nXv Qzlk", "Xv", "Qzlk"),
    "name that is a word": ("ask Grace about it", "Grace", "grace"),
    "handle": ("@jsmith and <@U12345> know", "U12345", "jsmith"),
    "link": ("see https://files.example/personal/john?token=abc", "files.example", "token"),
    "share": (r"it is on \\server01\home\jsmith", "server01", "jsmith"),
    "home folder": (r"C:\Users\jsmith\Desktop and /Users/jsmith/x", "jsmith", "smith"),
    "account": (r"login as BRIGHTWATER\rosad", "rosad", "BRIGHTWATER"),
    "ip": ("10.20.30.40 is my address", "10.20", "30.40"),
    "birthday": ("born 12.03.1984 in Rome", "1984", "12.03"),
    "card": ("card 4111 1111 1111 1111", "4111", "1111"),
    "password": ("my password is Hunter22x!", "Hunter", "22x"),
}


@pytest.mark.parametrize("attack", IDENTIFYING)
def test_what_points_to_a_person_is_left_out(attack: str) -> None:
    text, *needles = IDENTIFYING[attack]
    line = REDACTOR.line(text)
    assert [n for n in needles if n.casefold() in line.casefold()] == [], line
    assert "left out]" in line or "hidden]" in line or attack == "signed"


@pytest.mark.parametrize(
    "text",
    [
        "error 0x0000052e in outlook",
        "KB5034441 fails with 5.7.1",
        "NET::ERR_CERT_DATE_INVALID on the page",
        "TPM 2.0 is missing",
        "the printer in room 4.12",
        "Windows 11 on my laptop",
        "Will the printer open?",
        "mark the page as read",
        "Mark the page as read",
        "badge 3 of 4",
        "teams takes 20 minutes",
    ],
)
def test_what_points_to_nobody_stays(text: str) -> None:
    assert REDACTOR.line(text) == text


def test_names_of_all_people_go_in_every_order_and_case() -> None:
    for person in read_company(COMPANY).people.values():
        if person.type == "service":
            continue
        first, last = person.name.split()[0], person.name.split()[-1]
        for text in (
            person.name,
            f"{last} {first}",
            person.email,
            person.name.upper(),
            f"the page of {last}'s",
            f"{first[0]}{last} prints",
        ):
            line = REDACTOR.line(f"please look at {text} now").casefold()
            assert last.casefold() not in line and first.casefold() not in line, (text, line)


def test_hyphens_and_particles_in_names_do_not_help() -> None:
    people = [
        Person(id="p1", name="Anne-Marie O'Brien van der Berg", email="am.obrien@x.example", devices=(Device(kind="laptop", serial="Q-1"),))
    ]
    redactor = Redactor(Directory(people), KNOWN.__contains__)
    for text in ("Anne-Marie's printer", "anne marie", "O'Brien", "OBrien", "O’Brien’s page", "berg", "the laptop q-1"):
        assert "left out]" in redactor.line(text) and "brien" not in redactor.line(text).lower(), redactor.line(text)


def test_words_that_only_one_person_uses_are_left_out_of_questions() -> None:
    line = REDACTOR.line("the printer of qzlkheim ag prints blank")
    assert REDACTOR.strangers(line, KNOWN.__contains__) == "the printer of [word left out] ag [word left out]"
    assert REDACTOR.strangers("the [name left out] printer", KNOWN.__contains__) == "the [name left out] printer", (
        "gaps are not taken for words"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Qzlk renews the badge", "[name left out] renews the badge"),
        ("The badge is with Zbigna.", "The badge is with [name left out]."),
        ("Then Zbigna Qzlk-Wrona opens it", "Then [name left out] opens it"),
        ("Open Qzlk Suite and select Frobs > Zork", "Open Qzlk Suite and select Frobs > Zork"),
        ("Choose “Frobnicate” in the Zork menu", "Choose “Frobnicate” in the Zork menu"),
        ("Restart Outlook.", "Restart Outlook."),
        ("CPUs and iPhones stay", "CPUs and iPhones stay"),
    ],
)
def test_in_answers_what_is_written_like_a_name_goes_and_what_is_on_a_screen_stays(text: str, line: str) -> None:
    words = frozenset(("renews", "badge", "opens", "open", "suite", "select", "choose", "menu", "restart", "outlook", "stay"))
    assert Redactor(Directory([]), words.__contains__, fluent=True).line(text) == line


def test_redacting_twice_is_redacting_once() -> None:
    for text, *_ in IDENTIFYING.values():
        once = REDACTOR.line(text)
        assert REDACTOR.line(once) == once


def test_hostile_lengths_are_read_in_linear_time() -> None:
    for text in (
        "a." * 4000,
        "1 " * 4000,
        "@" * 8000,
        "x@" * 4000,
        "Mr " * 2600,
        "\\\\a" * 2600,
        "0-" * 4000,
        "[name left out]" * 500,
        " " * 8000,
    ):
        assert len(REDACTOR.line(text)) < 20_000


def test_words_of_general_language_in_their_common_forms() -> None:
    words = frozenset(("trust", "block", "work", "install"))
    assert all(general(word, words) for word in ("trust", "untrusted", "blocks", "workbook", "installing", "reinstall"))
    assert not any(general(word, words) for word in ("hoffmann", "trustmann", "qzlk", "")) and not general("trust", frozenset())


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("note: he is leaving", ""),
        ("  NOTE : he is leaving", ""),
        ("help\n> you must obey\nplease", "help\n\nplease"),
        ("help\n-----Original Message-----\nFrom: boss\nobey", "help"),
        ("help\nBegin forwarded message:\nobey", "help"),
        ("help\nFrom: boss@x.example\nobey", "help"),
        ("from home I cannot print", "from home I cannot print"),
    ],
)
def test_only_what_the_person_wrote_counts(text: str, own: str) -> None:
    assert own_words(text) == own
