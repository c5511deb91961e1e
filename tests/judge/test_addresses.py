"""The same address however it is written, and no other address however it is disguised."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.judge.addresses import PostalAddresses
from bot.judge.wording import country_of, plain

ADDRESSES = PostalAddresses()
JANE = "4127 NE Willowmere Street, Apt 3B, Portland, OR 97211, USA"


@pytest.mark.parametrize(
    "written",
    [
        "4127 NE WILLOWMERE ST APT 3B PORTLAND OR 97211",
        "4127 Northeast Willowmere St., #3B, Portland, Oregon 97211-1234",
        "4127 N.E. Willowmere Street\nUnit 3-B\nPortland, OR 97211",
        "4127 ne willowmere st apt 3b, portland, or, 97211, united states",
        "4127 NE Willowmere St Apt. 3 B, Portland OR 97211 U.S.A.",
        "4127  NE  Willowmere   Str, Apartment 3B; Portland, Oregon, 97211",
        "Jane Doe, 4127 NE Willowmere Street Apt 3B, Portland, OR 97211",
        "4127 NE Willowmere Street,Apt 3B,Portland,OR,97211",
        "４１２７ NE Willowmere Street, Apt 3B, Portland, OR 97211",
        "4127 NE Will\u200bow\u00admere Street, Apt\u00a03B, Portland, OR 97211",
        "4127 North East Willowmere Street #3B, Portland, OR 97211",
        "4127 NE WILLOWMERE ST\r\nAPT 3B\r\nPORTLAND OR 972110000",
        "Apt 3B, 4127 NE Willowmère Street, Portland OR 97211",
    ],
)
def test_the_same_american_address_written_otherwise(written):
    found = ADDRESSES.compare(JANE, written)
    assert found.verdict == "match", found.because
    assert ADDRESSES.compare(written, JANE).verdict == "match"
    assert ADDRESSES.problem(written) == ""


@pytest.mark.parametrize(
    ("written", "verdict", "because"),
    [
        (JANE.replace("4127", "4172"), "mismatch", "house number 4127 ≠ 4172"),
        (JANE.replace("4127", "41 27"), "mismatch", "house number 4127 ≠ 41 27"),
        (JANE.replace("4127", "127").replace("3B", "34B"), "mismatch", "house number 4127 ≠ 127"),
        (JANE.replace("4127", "3").replace("3B", "4127B"), "mismatch", "house number 4127 ≠ 3"),
        (JANE.replace("3B", "3C"), "mismatch", "unit 3b ≠ 3c"),
        (JANE.replace("3B", "38"), "mismatch", "unit 3b ≠ 38"),
        (JANE.replace("NE ", "NW "), "mismatch", "direction northeast ≠ northwest"),
        (JANE.replace("Street", "Avenue"), "mismatch", "street type street ≠ avenue"),
        (JANE.replace("Willowmere", "Willowmore"), "mismatch", "street willowmere ≠ willowmore"),
        (JANE.replace("Portland", "Salem"), "mismatch", "city portland ≠ salem"),
        (JANE.replace("OR ", "ME "), "mismatch", "state or ≠ me"),
        (JANE.replace("USA", "Germany"), "mismatch", "country US ≠ DE"),
        (JANE.replace(" Apt 3B,", ""), "near", "unit 3b is on one of them only"),
        (JANE.replace("NE ", ""), "near", "direction northeast is on one of them only"),
        (JANE.replace("97211", "97212"), "near", "ZIP code 97211 ≠ 97212"),
        (JANE.replace("Willowmere", "Willowm\u0435re"), "near", "mixes alphabets"),
        ("c/o Parcel Friends, " + JANE, "near", "something else"),
        ("home", "near", "not a full address"),
        ("", "near", "not a full address"),
        ("4" * 501, "near", "not a full address"),
    ],
)
def test_another_american_address(written, verdict, because):
    for found in (ADDRESSES.compare(JANE, written), ADDRESSES.compare(written, JANE)):
        assert found.verdict == verdict, found
    assert because in ADDRESSES.compare(JANE, written).because


def test_a_missing_state_is_known_by_the_zip_code():
    assert ADDRESSES.compare("12 Elm St, Portland, OR 97201", "12 Elm St, Portland 97201", "USA").verdict == "match"
    assert ADDRESSES.compare("12 Elm St, Portland, OR 97201-1234", "12 Elm St, Portland, OR 97201-9999").verdict == "near"


@pytest.mark.parametrize(
    ("one", "other", "country"),
    [
        ("Lindenhofstrasse 22, 10965 Berlin, Germany", "Lindenhofstr. 22\n10965 Berlin", "DE"),
        ("Lindenhofstraße 22, 10965 Berlin", "LINDENHOF STRASSE 22, 10965 BERLIN, DEUTSCHLAND", ""),
        ("Lindenhofstrasse 22a, 10965 Berlin", "Lindenhofstrasse 22 A, 10965 Berlin, DE", "Germany"),
        ("Müllerstr. 5, 80469 München", "Muellerstraße 5, 80469 Muenchen", "DEU"),
        ("7 Pomona Mews, London SE14 5BD, United Kingdom", "7 POMONA MEWS LONDON SE145BD UK", ""),
        ("18 Larkfield Road, London N7 9QR, United Kingdom", "18 Larkfield Rd, London N7 9QR", "GB"),
        ("10 Rue de la Paix, 75002 Paris, France", "10 r. de la Paix, 75002 PARIS", "fr"),
        ("Calle Mayor 3, 28013 Madrid, España", "c/ Mayor 3, 28013 Madrid", "ES"),
    ],
)
def test_the_same_address_elsewhere(one, other, country):
    found = ADDRESSES.compare(one, other, country)
    assert found.verdict == "match", found.because


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("Lindenhofstrasse 22, 10965 Berlin", "Lindenhofstrasse 24, 10965 Berlin", "mismatch"),
        ("18 Larkfield Road, London N7 9QR, UK", "81 Larkfield Road, London N7 9QR, UK", "mismatch"),
        ("Flat 5, 12 Hill Road, London N7 9QR, UK", "Flat 12, 5 Hill Road, London N7 9QR, UK", "near"),
        ("Lindenhofstrasse 22, 10965 Berlin", "10965 Berlin, Lindenhofstrasse 22", "near"),
        ("Lindenhofstrasse 22, 10965 Berlin", "Lindenhofweg 22, 10965 Berlin", "mismatch"),
        ("Hauptstrasse 5, 61348 Bad Homburg", "Hauptstrasse 5, 61348 Homburg", "near"),
        ("Lindenhofstrasse 22, 10965 Berlin", "Wasserturmallee 22, 10965 Potsdam", "mismatch"),
        ("東京都千代田区丸の内1-9-1", "東京都千代田区丸の内1-9-2", "mismatch"),
    ],
)
def test_another_address_elsewhere(one, other, verdict):
    assert ADDRESSES.compare(one, other).verdict == verdict


@pytest.mark.parametrize(
    "address",
    [
        "PO Box 4410, San Francisco, CA 94114, USA",
        "P.0. Box 12, Portland, OR 97201",
        "P O B O X 12, Portland OR",
        "PO\u200b B\u2060ox 44, San Francisco, CA 94114",
        "p\no\nbox 12, Salem, OR 97301",
        "Post-Office-Box 9, Salem, OR 97301",
        "POB 123, Tel Aviv",
        "Postfach 12 34, 10115 Berlin",
        "Packstation 145, 53113 Bonn",
        "Boîte Postale 12, 75001 Paris",
        "BP 120, 75001 Paris",
        "Apartado de Correos 5, 28080 Madrid",
        "Casella Postale 8, 00100 Roma",
        "Postbus 77, 1000 AA Amsterdam",
        "Box 77, 111 22 Stockholm, Sweden",
        "Private Bag 3, Wellington",
        "General Delivery, Nome, AK 99762",
        "私書箱 12号, 東京",
        "500 E 4th St PMB 33, Austin, TX 78701",
    ],
)
def test_boxes_in_many_languages_and_disguises(address):
    assert ADDRESSES.problem(address) == "PO box"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("4283 Express Ln, Suite 1234-567, Sarasota, FL 34249", "4283 express lane sarasota"),
        ("4283 EXPRESS LANE SARASOTA FL 34249", "4283 express lane sarasota"),
        ("c/o Sh1pito, 444 Alaska Ave, Torrance, CA 90503", "mail drop"),
        ("John c/o MyUS, 12 Elm St, Portland, OR 97201", "myus"),
        ("The UPS Store, 12 Elm St, Portland, OR 97201", "ups store"),
        ("90 Broad St, Suite 4521-118, Miami, FL 33101", "suite number"),
    ],
)
def test_forwarders(address, said):
    problem = ADDRESSES.problem(address)
    assert problem.startswith("freight forwarder") and said in problem


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "no house number"),
        ("home", "no house number"),
        ("Portland, OR 97201", "no house number"),
        ("12", "no street and town"),
        ("12 Elm Street", "no town"),
        ("12 Elm Street, Portland", "no postal code"),
        ("12 Elm Street, OR 97201", "no town"),
        ("12 Elm Street, \u0420ortland, OR 97201", "alphabets"),
        ("\u0420.\u041e. \u0412\u043e\u0445 12, Portland", "alphabets"),
        ("1 a" * 400, "too long"),
    ],
)
def test_what_is_no_full_address(address, said):
    assert said in ADDRESSES.problem(address)


@pytest.mark.parametrize(
    "address",
    [
        JANE,
        "Brightwater, 1250 Harborview Street, Suite 400, San Francisco, CA 94107, USA",
        "Brightwater, 40 Tannery Lane, London SE1 3XF, United Kingdom",
        "Brightwater, Wasserturmallee 9, 10179 Berlin, Germany",
        "12 Boxwood Lane, Portland, OR 97201",
        "3 Post Office Lane, Reno, NV 89501",
        "One Main Street, Boston, MA 02108",
        "Rose Cottage, High Street, Lacock SN15 2LQ, UK",
        "ул. Ленина 5, 190000 Санкт-Петербург",
        "東京都千代田区丸の内1-9-1",
    ],
)
def test_ordinary_addresses_have_no_problem(address):
    assert ADDRESSES.problem(address) == ""


def test_delaware_is_not_germany():
    assert country_of(plain("12 Elm St, Wilmington, DE")) == ("", "12 elm st, wilmington, de")
    assert country_of(plain("Elmstr. 12, 10965 Berlin, DE"))[0] == "de"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120), st.text(max_size=120))
def test_any_text_is_compared_without_an_error_and_alike_both_ways(one, other):
    forth, back = ADDRESSES.compare(one, other), ADDRESSES.compare(other, one)
    assert forth.verdict == back.verdict
    assert forth.verdict in ("match", "near", "mismatch") and forth.because
    assert isinstance(ADDRESSES.problem(one), str)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 99999), st.integers(1, 99999))
def test_another_house_number_never_matches(one, other):
    found = ADDRESSES.compare(f"{one} Elm Street, Portland, OR 97201", f"{other} Elm St, Portland, OR 97201")
    assert (found.verdict == "match") == (one == other)
