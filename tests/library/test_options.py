"""When the library would rather be told which case is meant, and what it says of one article alone."""

import pytest

EVERYONE = frozenset({"everyone"})
HELPDESK = frozenset({"everyone", "it-helpdesk"})
BODY = "1. Open the Company app on {}.\n2. Choose Sync, and wait until it says that it is done."
QUESTION = "how do i sync my device by hand"


def twins(write, mac_audience="everyone", *more):
    """Pages that say the same for two platforms, and some that are about other things."""
    write("devices/sync-windows.md", "Sync your Windows device by hand", BODY.format("the Start menu"))
    write("devices/sync-mac.md", "Sync your Mac device by hand", BODY.format("the Dock"), audience=mac_audience)
    for platform in more:
        write(f"devices/sync-{platform.lower()}.md", f"Sync your {platform} device by hand", BODY.format("the home screen"))
    write("a/printer.md", "Printer does not print", "1. Switch the printer off and on.\n2. Restart the spooler.")
    write("a/vpn.md", "Connecting to the VPN", "1. Open GlobalProtect.\n2. Sign in with Okta.")
    write("a/lost.md", "Lost or stolen laptop", "1. Call the help desk at once.")


def labels(library, question=QUESTION, audiences=EVERYONE):
    return {option.label for option in library.find(question, audiences).options}


def test_twins_for_two_platforms_are_something_to_ask_about(write, opened):
    twins(write)
    found = opened().find(QUESTION, EVERYONE)
    assert {(o.label, o.path) for o in found.options} == {("Windows", "devices/sync-windows.md"), ("Mac", "devices/sync-mac.md")}
    assert {o.title for o in found.options} == {"Sync your Windows device by hand", "Sync your Mac device by hand"}
    assert found.answer is not None, "what to say where nobody can be asked"


def test_there_are_four_options_at_most(write, opened):
    twins(write, "everyone", "Android", "iPhone", "Linux", "Chromebook")
    assert len(labels(opened())) == 4


@pytest.mark.parametrize(
    "question",
    ["how do i sync my macbook by hand", "sync windows device", "sync by hand on win10", "printer does not print", "vpn", "bake bread"],
)
def test_nothing_is_asked_where_it_is_said_or_clear_or_unknown(write, opened, question):
    twins(write)
    assert not labels(opened(), question)


def test_pages_that_are_alike_but_for_no_platform_are_not_asked_about(write, opened):
    write("a/one.md", "Sync your device by hand", BODY.format("it"))
    write("a/two.md", "Sync your device by hand again", BODY.format("it"))
    assert not labels(opened())


def test_other_things_of_another_product_are_not_asked_about(write, opened):
    write("a/teams.md", "Microphone not working in Teams", "Choose another microphone in the settings.")
    write("a/zoom.md", "Calendar invitations in Zoom", "Choose another microphone in the settings, and send the invitation again.")
    assert not labels(opened(), "choose another microphone")


@pytest.mark.parametrize("question", [QUESTION, "sync the device", "company app sync done"])
def test_a_page_that_the_asker_may_not_read_is_no_option_and_makes_none(write, opened, question):
    twins(write, mac_audience="it-helpdesk")
    with_it = opened()
    assert labels(with_it, question, HELPDESK) == {"Windows", "Mac"} and not labels(with_it, question)
    assert [o.public for o in with_it.find(question, HELPDESK).options if o.label == "Mac"] == [False]
    seen = with_it.find(question, EVERYONE)
    (with_it.folder / "devices/sync-mac.md").unlink()
    without = opened().find(question, EVERYONE)
    assert (seen.answer, seen.score, seen.ranking, seen.passages) == (without.answer, without.score, without.ranking, without.passages)


def test_one_article_alone_is_quoted_whatever_else_would_fit_better(write, opened):
    twins(write)
    library = opened()
    found = library.find("vpn", EVERYONE, only="devices/sync-mac.md")
    assert found.answer is not None and not found.answer.closest and "Dock" in found.answer.text
    assert {c.path for c in found.answer.citations} == {"devices/sync-mac.md"} == {str(p["path"]) for p in found.passages}
    assert found.ranking == ("devices/sync-mac.md",) and not found.options


@pytest.mark.parametrize("path", ["devices/gone.md", "devices/sync-mac.md", "../secrets.md", "a"])
def test_one_article_alone_only_if_it_is_there_and_may_be_read(write, opened, path):
    twins(write, mac_audience="it-helpdesk")
    found = opened().find(QUESTION, EVERYONE, only=path)
    assert found.answer is None and found.ranking == () and found.passages == ()
