"""Ranking, and the promise that what the asker may not read influences nothing."""

import numpy as np
import pytest

from bot.library.rank import fuse

EVERYONE = frozenset({"everyone"})
HELPDESK = frozenset({"everyone", "it-helpdesk"})


def first(library, question, audiences=EVERYONE):
    return library.find(question, audiences).ranking[:1]


@pytest.fixture
def small(write, opened):
    write("a/printer.md", "Printer does not print", "1. Switch the printer off and on.\n2. Restart the spooler.")
    write("a/vpn.md", "Connecting to the VPN", "1. Open GlobalProtect.\n2. Sign in with Okta.")
    write("a/teams.md", "Microphone in Teams", "Load TeamsMeetingAddin.dll again. Version 5.7.1 repairs error 0x0000052e.")
    write("a/onedrive.md", "OneDrive does not sync", "Pause and resume syncing of OneDrive.")
    return opened()


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("my printer is not printing", "a/printer.md"),
        ("the prnter is dead", "a/printer.md"),
        ("mic problem", "a/teams.md"),
        ("0x0000052E", "a/teams.md"),
        ("what does 5.7.1 mean", "a/teams.md"),
        ("teamsmeetingaddin.dll missing", "a/teams.md"),
        ("one drive is stuck", "a/onedrive.md"),
        ("cannot log in to the vpn", "a/vpn.md"),
        ("reboot the spooler service", "a/printer.md"),
    ],
)
def test_words_codes_typos_and_synonyms_find_the_page(small, question, path):
    assert first(small, question) == (path,)


@pytest.mark.parametrize(
    "question", ["", "   ", "?!", "\x00", "\ud800", "the of and", "🎉", "xyzzyqwert plugh", "x" * 100_000, "vpn " * 50_000]
)
async def test_no_question_is_too_odd_to_be_heard(small, question):
    found = await small.search(question, EVERYONE)
    assert 0 <= found.score <= 1
    assert found.answer is None or "vpn" in question


def test_nothing_known_is_no_answer(small):
    found = small.find("how do i bake bread", EVERYONE)
    assert found.answer is None
    assert found.score < 0.4


def secretive(write, opened, with_secret: bool, folder_of=None):
    write("a/printer.md", "Printer does not print", "1. Switch the printer off and on.")
    write("a/vpn.md", "Connecting to the VPN", "1. Open GlobalProtect.\n2. Sign in.")
    if with_secret:
        body = "Zanzibar project: printer vpn printer vpn. Dismissal codeword quicksilver. Open the console."
        write(
            "hr/secret.md",
            "Printer and VPN for dismissals",
            body,
            audience="it-helpdesk",
            asked="zanzibar quicksilver printer",
            actions="x",
        )
    return opened()


@pytest.mark.parametrize(
    "question",
    ["printer does not print", "vpn", "zanzibar", "zanzibra printer", "quicksilver dismissal", "dismisal codeword", "console sign in"],
)
def test_a_restricted_article_changes_nothing_for_others(tmp_path, write, opened, question):
    with_it = secretive(write, opened, True).find(question, EVERYONE)
    (tmp_path / "kb/hr/secret.md").unlink()
    without = opened().find(question, EVERYONE)
    assert with_it == without


def test_those_who_may_read_it_find_it(write, opened):
    library = secretive(write, opened, True)
    assert first(library, "zanzibar", HELPDESK) == ("hr/secret.md",)
    assert first(library, "zanzibra", HELPDESK) == ("hr/secret.md",)
    assert first(library, "quicksilver", EVERYONE) == ()


def test_a_spelling_that_only_a_restricted_article_knows_corrects_nothing(write, opened):
    library = secretive(write, opened, True)
    assert library.understand("zanzibra", library.view(EVERYONE)).slots[0].alternatives == ()
    assert library.understand("zanzibra", library.view(HELPDESK)).slots[0].alternatives != ()


def test_order_of_asking_does_not_carry_anything_over(write, opened):
    library = secretive(write, opened, True)
    before = library.find("zanzibra printer", EVERYONE)
    library.find("zanzibra printer", HELPDESK)
    assert library.find("zanzibra printer", EVERYONE) == before


def test_any_of_several_audiences_is_enough_and_another_group_is_not(write, opened):
    write("x.md", "Payroll run", "Close the payroll month.", audience="hr, legal")
    library = opened()
    assert first(library, "payroll", frozenset({"legal"})) == ("x.md",)
    assert first(library, "payroll", frozenset({"marketing"})) == ()
    assert first(library, "payroll", frozenset()) == ()


class Colours:
    """Meaning in earnest, by a dictionary: two words for a colour are near each other whatever their letters."""

    NEAR = {"crimson": "red", "scarlet": "red"}

    def __init__(self, library):
        self.passages = [p.text for a in library.view(frozenset({"everyone", "it-helpdesk"})).index.articles for p in a.passages]

    def follow(self, index):
        pass

    def wait(self):
        return True

    def close(self):
        pass

    def knows(self, word):
        return word in {"bread", "toner"}

    def scores(self, question, view):
        wanted = {self.NEAR.get(w, w) for w in question.split()}
        seen = zip(self.passages, view.passages.visible, strict=True)
        return np.array([float(v and bool(wanted & set(t.split()))) for t, v in seen], dtype=np.float32)


def test_meaning_joins_the_ranking_where_words_find_nothing(write, opened):
    from bot.library.search import FolderLibrary

    write("red.md", "Warm", "paint it red today")
    write("blue.md", "Cold", "paint it blue today")
    write("secret.md", "Hidden", "red red red", audience="it-helpdesk")
    plain = opened()
    with_meaning = FolderLibrary(plain.folder, meaning=Colours(plain))
    assert first(plain, "scarlet") == ()
    assert first(with_meaning, "scarlet") == ("red.md",)
    assert "secret.md" not in with_meaning.find("crimson", EVERYONE).ranking


def test_fusion_gives_hidden_passages_nothing():
    fused = fuse(np.array([1, 2, 9], np.float32), np.array([0.1, 0.9, 5], np.float32), np.array([True, True, False]))
    assert fused[2] == 0
    assert fused[1] > fused[0]


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("my prnter is disconected", "my printer is disconected"),
        ("Recyling the SPOLER", "Recyling the spooler"),
        ("the toner of the printer", "the toner of the printer"),
    ],
)
def test_a_question_is_read_with_its_misspellings_put_right(small, question, read):
    assert small.understand(question, small.view(EVERYONE)).read == read


def test_a_word_that_the_model_knows_is_no_misspelling(write, opened):
    write("a/break.md", "Break times", "Take a break at noon.")
    plain = opened()
    knowing = type(plain)(plain.folder, meaning=Colours(plain))
    assert plain.understand("bread", plain.view(EVERYONE)).read == "break"
    assert knowing.understand("bread", knowing.view(EVERYONE)).read == "bread"
    assert first(knowing, "braek") == ("a/break.md",)


@pytest.mark.parametrize(("question", "path"), [("device sync on my macbook", "a/mac.md"), ("device sync win10", "a/windows.md")])
def test_the_page_for_the_platform_that_is_named_comes_first(write, opened, question, path):
    write("a/windows.md", "Device sync", "1. Open the app.\n2. Choose Sync.", asked="device sync")
    write("a/mac.md", "Device sync", "1. Open the app.\n2. Choose Sync.", asked="device sync")
    assert first(opened(), question) == (path,)
    (opened().folder / "a/mac.md").rename(opened().folder / "a/first.md")
    assert first(opened(), "device sync") == ("a/first.md",), "neither is better where none is named"
