"""Secrets typed into chat never survive; everything that only looks like one does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.desk.masking import clean, mask
from bot.errors import BadInput

# Put together at run time so that no scanner takes this file for a leak.
SECRETS = [
    ("AWS key", "AKIA" + "IOSFODNN7EXAMPLE"),
    ("GitHub token", "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
    ("GitHub token", "github_pat_" + "11ABCDEFG0" * 4),
    ("GitLab token", "glpat-" + "x9Y8z7W6v5U4t3S2r1Q0"),
    ("Slack token", "xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOp"),
    ("Slack token", "xapp-" + "1-A012345-6789-abcdef0123456789"),
    ("API key", "sk-" + "proj-abcdEFGH1234ijklMNOP5678"),
    ("API key", "sk-" + "ant-api03-abcdEFGH1234ijklMNOP5678"),
    ("Google key", "AIza" + "SyA1234567890abcdefghijklmnopqrstuv"),
    ("Stripe key", "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"),
    ("web token", "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"),
    ("access token", "npm_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
]
PASSWORDS = [
    ("my password is hunter2", "hunter2"),
    ("Password: Tr0ub4dor&3 please fix", "Tr0ub4dor&3"),
    ("pwd=letmein99", "letmein99"),
    ("pw : Summer2026!", "Summer2026!"),
    ('password is "correcthorse"', "correcthorse"),
    ("my password is swordfish.", "swordfish"),
    ("the password for rosa is Xk9fff", "Xk9fff"),
    ("login with passcode 'abc123x'? passcode: abc123x", None),
    ("DB_PASSWORD=s3cr3t-thing", "s3cr3t-thing"),
    ("Mein Passwort ist Geheim123", "Geheim123"),
    ("verification code is 482913", "482913"),
    ("api_key = 9f8e7d6c5b4a", "9f8e7d6c5b4a"),
    ("client secret: Q~8aZ.1234", "Q~8aZ.1234"),
    ("connect to postgres://app:sup3rsecret@db.internal/x", "sup3rsecret"),
    ('{"password": "hunter22"}', "hunter22"),
]
CARDS = [
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111111111111111",
    "5500 0000 0000 0004",
    "3400 000000 00009",
    "6011.0000.0000.0004",
]
INNOCENT = [
    "Ticket BH-1001 and INC0012345678901 are the same",
    "The serial is C02XL0GWJGH5, asset 4111-22",
    "Call me on +44 20 7946 0958 or 415-555-2671 or +1 (415) 555-2671",
    "It says error 0x0000052e and 0x80070005",
    "Request 123e4567-e89b-12d3-a456-426614174000 failed",
    "My password is expired, please help",
    "my password is not working",
    "The password was reset yesterday",
    "password is required but it was rejected",
    "My password is wrong and the token is invalid",
    "How do I change my password?",
    "My password is being rejected by Outlook",
    "Reset the password for jane.doe@brightwater.example",
    "the meeting is on 2026-11-30 at 10:00, room 12",
    "order 1234567890123456 and build 20261123.114500.0012",
    "IMEI 356938035643809 of my phone",
    "see https://wiki.example/a/b?c=1 and 10.0.12.200:8443",
    "version 1.2.3.4.5.6.7.8.9.10.11.12.13.14",
    "the token ring, the secret santa and the pin board",
    "sk-learn and task-management-of-our-department-things",
]


@pytest.mark.parametrize(("kind", "secret"), SECRETS)
@pytest.mark.parametrize("around", ["{}", "here it is: {} ok?", "<{}>", "key={}", "(`{}`)", "a\n{}\nb"])
def test_known_token_shapes_are_masked_wherever_they_stand(kind: str, secret: str, around: str) -> None:
    masked = mask(around.format(secret))
    assert secret not in masked.text
    assert masked.found


@pytest.mark.parametrize(("kind", "secret"), SECRETS)
def test_the_kind_is_named_so_that_the_person_can_be_told(kind: str, secret: str) -> None:
    assert mask(f"look {secret} here").found == (kind,)
    assert mask(f"look {secret} here").text == f"look [{kind} hidden] here"


@pytest.mark.parametrize(("text", "secret"), PASSWORDS)
def test_passwords_said_in_words_are_masked(text: str, secret: str | None) -> None:
    masked = mask(text)
    assert masked.found
    assert secret is None or secret not in masked.text


@pytest.mark.parametrize("card", CARDS)
def test_card_numbers_are_masked(card: str) -> None:
    assert mask(f"charge {card}, exp 12/29").text == "charge [card number hidden], exp 12/29"
    assert card not in mask(f"{card} {card}").text


def test_a_card_whose_check_digit_is_wrong_is_not_one() -> None:
    assert mask("4111 1111 1111 1112").found == ()


def test_us_social_security_and_bank_numbers() -> None:
    assert mask("my ssn 078-05-1120").text == "my ssn [social security number hidden]"
    assert mask("SSN: 078 05 1120").found == ("social security number",)
    assert mask("room 078 05 1120").found == ()
    assert mask("IBAN DE89 3704 0044 0532 0130 00 thanks").text == "IBAN [bank account hidden] thanks"
    assert mask("IBAN DE88 3704 0044 0532 0130 00").found == ()


def test_private_keys_go_whole_even_when_cut_off() -> None:
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    assert mask(f"x {begin}\nMIIEabc\n{end} y").text == "x [private key hidden] y"
    assert "MIIE" not in mask(f"x {begin}\nMIIEabc").text


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).found == ()


@given(
    st.lists(st.sampled_from([s for _, s in SECRETS] + [t for t, _ in PASSWORDS] + CARDS + INNOCENT + [" ", "\n", ": ", "[", "] hidden"]))
)
@settings(max_examples=200, deadline=None)
def test_masking_twice_is_masking_once(parts: list[str]) -> None:
    once = mask(" ".join(parts)).text
    assert mask(once).text == once


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_masked(text: str) -> None:
    once = mask(text).text
    assert mask(once).text == once


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "hostile",
    [
        "eyJ",
        "eyJaaaaaaaaa.",
        "password is ",
        "password: ",
        "-----BEGIN PRIVATE KEY",
        "-----BEGIN PRIVATE KEY-----",
        "4",
        "1-",
        "4 ",
        "sk-",
        "a:",
        "://a:",
        "xoxb-",
        "bearer ",
        "AKIA",
        "DE89 ",
        "AA00",
        "[password hidden",
        "078-",
        "token token ",
        "pass word ",
        "SG.aaaaaaaaaaaaaaaaaaaa",
    ],
)
def test_hostile_text_does_not_hold_the_desk_up(hostile: str) -> None:
    """Patterns that backtrack would take hours here, not the time-out."""
    text = (hostile * (160_000 // len(hostile) + 1))[:160_000]
    masked = mask(text)
    assert mask(masked.text).text == masked.text


def test_clean_takes_out_what_cannot_be_seen() -> None:
    assert clean("re\u200bmove \u202eJohn\u202c\x00\x1b[31m\r\nnow\u2066 \ud800x", 100) == "remove John[31m\nnow x"
    assert clean("  he\u0301llo\t\ufeff ", 100) == "héllo"
    assert clean("".join(chr(0xE0000 + ord(c)) for c in "evil") + "hi", 100) == "hi"


def test_clean_keeps_what_people_write() -> None:
    family = "👩\u200d👩\u200d👧 and می\u200cخواهم"
    assert clean(family, 100) == family
    assert clean("pass\u200dword", 100) == "password"


@pytest.mark.parametrize("nothing", ["", "   ", "\n\t", "\u200b\u200b", "\x00", "\ud800", "\u3164"])
def test_nothing_said_is_refused_in_words(nothing: str) -> None:
    with pytest.raises(BadInput, match="empty"):
        clean(nothing, 100)


def test_too_much_said_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="101 characters; I can read up to 100"):
        clean("x" * 101, 100)


def test_an_invisible_character_does_not_hide_a_secret() -> None:
    assert mask(clean("my pass\u200bword is hun\u200bter2", 100)).text == "my password is [password hidden]"
