import random

import pytest

from bot.library.stem import stem
from bot.library.words import read_synonyms, spoken, terms


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("caresses", "caress"), ("ponies", "poni"), ("agreed", "agre"), ("plastered", "plaster"), ("hopping", "hop"), ("falling", "fall"),
        ("filing", "file"), ("happy", "happi"), ("sky", "sky"), ("relational", "relat"), ("rational", "ration"), ("formalize", "formal"),
        ("goodness", "good"), ("adoption", "adopt"), ("replacement", "replac"), ("probate", "probat"), ("rate", "rate"), ("roll", "roll"),
    ],
)  # fmt: skip
def test_stems_are_those_of_the_published_algorithm(word, stemmed):
    assert stem(word) == stemmed


@pytest.mark.parametrize("code", ["0x0000052e", "5.7.1", "0xA00F4244", "teamsmeetingaddin.dll", "err_name_not_resolved"])
def test_codes_and_file_names_stay_whole(code):
    assert code.lower() in terms(f"it says {code}, what now?")


def test_names_are_found_by_their_parts_too():
    assert {"teamsmeetingaddin.dll", "team", "meet", "addin"} <= set(terms("TeamsMeetingAddin.dll"))


@pytest.mark.parametrize(
    ("one", "other"), [("Wi-Fi", "wifi"), ("log in", "sign in"), ("e-mail", "email"), ("Zürich", "Zurich"), ("ＶＰＮ", "vpn")]
)
def test_the_same_thing_written_otherwise_is_the_same_term(one, other):
    assert set(terms(other)) <= set(terms(one))


def test_out_of_office_survives_the_stop_words():
    assert terms("set my out of office") == terms("set my out-of-office")
    assert "outofoffic" in terms("out of office") or "outofoffice" in terms("out of office")


@pytest.mark.parametrize("text", ["", "   ", "\x00\ud800", "🎉🎉", "a" * 100_000, "—…“”", "the of and"])
def test_nonsense_gives_few_terms_and_no_error(text):
    assert len(terms(text)) <= 1


def test_synonyms_are_read_and_comments_skipped(tmp_path):
    file = tmp_path / "s.txt"
    file.write_text("# nothing\nBeacon, intranet # ours\nalone\n\n")
    assert read_synonyms(file, tmp_path / "absent.txt") == ((("beacon",), ("intranet",)),)


def test_the_quick_way_and_the_one_that_keeps_the_words_agree():
    rng = random.Random(5)
    said = (
        "log Log-in SIGN sign-in-page in out set up re-set user’s Zürich e mail E-Mail wi-fi fi TeamsMeetingAddin.dll 5.7.1 e\u0301 of a x"
    )
    for _ in range(3000):
        text = rng.choice([" ", "-", ", "]).join(rng.choice(said.split()) for _ in range(rng.randrange(1, 9)))
        assert terms(text) == [term for term, _ in spoken(text)], text


def test_british_and_american_spellings_are_one_word():
    for british, american in (
        ("synchronise", "synchronize"),
        ("colour", "color"),
        ("organisations", "organizations"),
        ("greyed", "grayed"),
        ("licence", "license"),
    ):
        assert terms(british) == terms(american)
    assert terms("your tour of four hours") == ["tour", "four", "hour"]
