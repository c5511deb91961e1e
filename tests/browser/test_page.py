"""Every kind of reply is drawn, every click and form comes back right, and both panes are live."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import PRIYA, ROSA, SAM, Site, Tab, send
from tests.channels.echo import XSS

pytestmark = pytest.mark.browser


def kind(page: Page, name: str, pane: str = "employee") -> Locator:
    return page.locator(f"#{pane} .entry-row[data-kind={name}]")


def test_it_says_that_it_is_a_demo(page: Page) -> None:
    expect(page.locator("#demo-note")).to_be_visible()
    expect(page.locator("#demo-note")).to_contain_text("no sign-in")
    expect(page).to_have_title("Bellhop · Brightwater")


def test_a_message_is_answered_in_its_thread(page: Page, site: Site) -> None:
    send(page, "hello there")
    expect(kind(page, "text")).to_contain_text("I heard: hello there")
    expect(page.locator("#employee .from-me")).to_contain_text("hello there")
    expect(page.locator("#employee .row")).to_have_count(1)
    send(page, "and more")
    expect(kind(page, "text")).to_have_count(2)
    assert {m.place.thread for m in site.desk.messages} == {site.desk.messages[0].place.thread}
    page.click("#employee .threads-head button")
    send(page, "another need")
    expect(page.locator("#employee .row")).to_have_count(2)
    expect(kind(page, "text")).to_have_count(1)
    assert len({m.place.thread for m in site.desk.messages}) == 2


def test_text_and_answer(full: Page) -> None:
    text = kind(full, "text").first
    expect(text.locator("strong")).to_have_text("there")
    assert [a.get_attribute("href") for a in text.locator("a").all()] == ["https://intranet.example/x"]
    answer = kind(full, "answer")
    expect(answer).to_contain_text("The closest I have")
    assert answer.locator(".prose ol li").count() == 3
    assert answer.locator("button").all_inner_texts() == ["This helped", "Not what I need", "Talk to a human"]
    expect(answer.locator("blockquote")).to_be_hidden()
    answer.locator("summary").click()
    expect(answer.locator("blockquote")).to_contain_text("Turn on microphone access")


def test_a_citation_leads_to_the_article(full: Page) -> None:
    with full.context.expect_page() as opened:
        full.locator("#employee .citation a").click()
    article = opened.value
    expect(article.locator("h1")).to_have_text("Microphone in Teams")
    expect(article.locator("h2#windows")).to_be_visible()
    assert article.url.endswith("#windows")
    expect(article.locator(".note")).to_contain_text("Past its review date")
    assert XSS in article.locator("main").inner_text()
    assert article.title() != "owned"


def test_plan_shows_steps_approvals_and_progress(full: Page) -> None:
    plan = kind(full, "plan")
    steps = plan.locator(".step")
    assert steps.count() == 4
    first = steps.first
    for part in (
        "4 meetings with John Smith",
        "4 meetings with Rosa Delgado",
        "Customers must not find",
        "calendar-handover",
        "Through demo",
        "Done",
    ):
        expect(first).to_contain_text(part)
    expect(steps.nth(1)).to_contain_text("Running")
    expect(steps.nth(2)).to_contain_text("By a human")
    assert plan.locator("progress").evaluate("p => [p.value, p.max]") == [1, 4]
    expect(plan.locator(".approvals")).to_contain_text("Priya Nair and Ivan Petrov")
    expect(plan.locator("code")).to_have_text("ab12 cd34 ef56")


def test_approval_shows_what_will_run(full: Page) -> None:
    card = kind(full, "approval", "desk")
    for part in ("Asked by Sam Okafor", "Why it needs you", "This will run, exactly", "Expires in 3 days", "ab12 cd34 ef56", "member"):
        expect(card).to_contain_text(part)
    assert card.locator(".button").all_inner_texts() == ["Approve", "Decline"]


def test_brief_said_and_status(full: Page) -> None:
    brief = kind(full, "brief", "desk")
    for part in ("BH-1001", "Remove John's access", "From Sam Okafor", "Manager: Alice Brandt"):
        expect(brief).to_contain_text(part)
    expect(kind(full, "said")).to_contain_text("Priya Nair")
    statuses = kind(full, "status").locator("[role=status]")
    assert statuses.count() == 2
    expect(statuses.first).to_contain_text("Working: Handing over meetings…")


def test_approve_settles_the_card_in_every_pane(full: Page, site: Site) -> None:
    full.locator("#desk .approval button", has_text="Approve").click()
    expect(kind(full, "approval", "desk").locator(".button")).to_have_count(0)
    expect(kind(full, "approval", "desk")).to_contain_text("Approved by")
    click = site.desk.messages[-1].click
    assert click is not None
    assert (click.verb, click.ref, click.values, site.desk.messages[-1].person) == ("approve", "A-1", {}, PRIYA)
    choose(full, "employee", "Rosa")
    full.locator("#employee .row").click()
    expect(kind(full, "approval")).to_contain_text("Approved by")
    expect(kind(full, "approval").locator(".button")).to_have_count(0)


def test_decline_wants_a_reason(full: Page, site: Site) -> None:
    heard = len(site.desk.messages)
    decline = full.locator("#desk .approval button", has_text="Decline")
    decline.click()
    dialog = full.locator("dialog.ask")
    expect(dialog.locator("textarea")).to_be_focused()
    dialog.locator("[type=submit]").click()
    expect(dialog).to_contain_text("Please give a reason")
    full.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(decline).to_be_focused()
    assert len(site.desk.messages) == heard
    decline.click()
    dialog.locator("textarea").fill("still under notice")
    dialog.locator("[type=submit]").click()
    expect(full.locator("#desk .log")).to_contain_text("Pressed decline A-1 reason=still under notice")


def test_confirm_asks_first(full: Page, site: Site) -> None:
    heard = len(site.desk.messages)
    cancel = kind(full, "plan").locator("button", has_text="Cancel")
    cancel.click()
    expect(full.locator("dialog.ask")).to_contain_text("Cancel the whole plan?")
    full.locator("dialog.ask button", has_text="Cancel").first.click()
    assert len(site.desk.messages) == heard
    cancel.click()
    full.locator("dialog.ask [type=submit]").click()
    expect(full.locator("#employee .log")).to_contain_text("Pressed cancel P-1")


def test_a_pick_list_is_one_click(full: Page, site: Site) -> None:
    picks = full.locator("#employee .picks .pick")
    assert picks.count() == 3
    picks.filter(has_text="John Carter").click()
    expect(full.locator("#employee .log")).to_contain_text("Pressed form pick-1 q1=john.carter@brightwater.example")


def test_a_form_is_checked_filled_and_sent(full: Page, site: Site, tmp_path: Path) -> None:
    form = full.locator("#employee form.form")
    heard = len(site.desk.messages)
    form.locator("[type=submit]").click()
    expect(form.locator(".error", has_text="Please fill this in.")).to_have_count(4)
    expect(form.get_by_role("combobox", name="Who is it about?")).to_be_focused()
    assert len(site.desk.messages) == heard
    person = form.get_by_role("combobox", name="Who is it about?")
    person.fill("rosa")
    person.press("Enter")
    expect(person).to_have_value("Rosa Delgado")
    form.get_by_label("Slack").check()
    form.get_by_label("Email").check()
    form.get_by_label("Last day").fill("2026-12-01")
    form.get_by_label("For how long?", exact=False).first.fill("2")
    form.get_by_label("For how long?: unit").select_option("W")
    form.get_by_label("Office").check()
    form.get_by_label("Why?", exact=False).fill("Because\nof it")
    photo = tmp_path / "licence.png"
    photo.write_bytes(b"1234567")
    form.get_by_label("Photo of the ID", exact=False).set_input_files(photo)
    form.locator("[type=submit]").click()
    expect(full.locator("#employee .log")).to_contain_text("licence.png (7 bytes)")
    message = site.desk.messages[-1]
    assert message.click is not None
    assert message.click.values == {
        "person": ROSA,
        "systems": ["email", "slack"],
        "day": "2026-12-01",
        "length": "P2W",
        "ship_to": "office",
        "why": "Because\nof it",
        "document": "licence.png",
    }


def test_a_half_filled_form_survives_news(full: Page, site: Site) -> None:
    why = full.locator("#employee form.form textarea")
    send(full, "hello", "desk")
    why.fill("half a thou")
    site.do(news(site))
    expect(full.locator("#employee .log")).to_contain_text("Some news")
    expect(why).to_have_value("half a thou")
    expect(why).to_be_focused()


async def news(site: Site) -> None:
    from bot.domain.messages import Text

    ticket = await site.ledger.ticket("BH-1001")
    await site.desk.say(ticket, ticket.place, "news", Text(text="Some news"))


def test_too_large_a_file_is_refused_here(full: Page, tmp_path: Path) -> None:
    photo = tmp_path / "big.png"
    photo.write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    form = full.locator("#employee form.form")
    form.get_by_label("Photo of the ID", exact=False).set_input_files(photo)
    form.locator("[type=submit]").click()
    expect(form).to_contain_text("This file is larger than 10 MB.")


def test_markup_from_people_stays_text(full: Page, site: Site) -> None:
    choose(full, "employee", "img src")
    send(full, XSS)
    expect(full.locator("#employee .from-me .words")).to_have_text(XSS)
    full.locator("#desk .thread-head button", has_text="Timeline").click()
    expect(full.locator(".timeline")).to_contain_text("revoke-needs-it")
    assert full.title() != "owned"
    assert full.locator("img, #main script").count() == 0


def test_the_page_s_own_scripts_interpret_no_markup() -> None:
    static = Path(__file__).parents[2] / "bot" / "channels" / "web" / "static"
    banned = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://(?!www\.w3\.org)[a-z]")
    for file in static.glob("*.js"):
        assert not banned.search(file.read_text()), file.name
    assert not re.search(r"(src|href)=\"(https?:)?//|style=|onclick", (static / "index.html").read_text())


def test_both_panes_are_live(page: Page, site: Site, tab: Tab) -> None:
    other = page.context.new_page()
    other.goto(site.page_url(ROSA))
    other.wait_for_selector("#employee .welcome")
    send(page, "everything")
    expect(kind(other, "approval")).to_be_visible()
    expect(kind(other, "approval", "desk")).to_be_visible()
    expect(other.locator("#employee .row")).to_contain_text("From Sam Okafor")
    send(other, "he should stay", "desk")
    expect(page.locator("#desk .from-me")).to_contain_text("he should stay")


def test_what_happened_while_away_is_caught_up(page: Page, site: Site, tab: Tab) -> None:
    send(page, "everything")
    expect(kind(page, "said")).to_be_visible()
    site.restart()
    site.do(news(site))
    expect(page.locator("#employee .log")).to_contain_text("Some news", timeout=15000)
    expect(kind(page, "plan")).to_have_count(1)
    expect(page.locator("#employee .offline")).to_be_hidden()
    tab.complaints[:] = [c for c in tab.complaints if "ERR_" not in c]


def test_failures_are_sentences(page: Page, tab: Tab) -> None:
    send(page, "break")
    expect(page.locator("#employee .status.is-failed")).to_contain_text("Something went wrong on our side")
    send(page, "x" * 9000)
    expect(page.locator("#employee .composer .error")).to_contain_text("9,000 characters")
    expect(page.locator("#employee-text")).to_have_value("x" * 9000)
    tab.complaints[:] = [c for c in tab.complaints if "400" not in c]


def test_the_timeline_tells_the_whole_story(full: Page) -> None:
    opener = full.locator("#desk .thread-head button", has_text="Timeline")
    opener.click()
    drawer = full.locator("dialog.drawer")
    for part in (
        "Sam Okafor said",
        "Rules that fired",
        "revoke-needs-it",
        "member",
        "Rosa Delgado approved",
        "Fine by me",
        "message.heard",
        "Fingerprint",
    ):
        expect(drawer).to_contain_text(part)
    drawer.get_by_label("Show the audit ledger", exact=False).uncheck()
    expect(drawer.locator(".event.entry")).to_be_hidden()
    full.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(opener).to_be_focused()


def choose(page: Page, pane: str, typed: str) -> None:
    box = page.locator(f"#{pane}-person")
    box.click()
    box.fill(typed)
    box.press("Enter")


def test_a_plan_leads_to_whoever_has_to_answer(full: Page) -> None:
    plan = kind(full, "plan")
    expect(plan.locator(".awaited")).to_have_count(2)
    expect(plan).to_contain_text("Waiting for Priya Nair or Ivan Petrov, as the IT help desk")
    full.evaluate("document.querySelector('main').dataset.view = 'employee'")
    plan.get_by_role("button", name="See it at the help desk").click()
    expect(full.locator("#main")).to_have_attribute("data-view", "desk")
    expect(kind(full, "approval", "desk")).to_be_visible()
    expect(full.locator("#desk-text")).to_be_focused()
    plan.get_by_role("button", name="See it as Rosa Delgado").click()
    expect(full.locator("#employee-person")).to_have_value("Rosa Delgado")
    expect(full.locator("#employee-person")).to_be_focused()


def test_a_long_card_is_read_from_its_top(full: Page, site: Site) -> None:
    top = "(c) => c.getBoundingClientRect().top - document.querySelector('#desk .log').getBoundingClientRect().top"
    assert 0 <= full.locator("#desk .card.approval").evaluate(top) < 60
    log = full.locator("#employee .log")
    log.evaluate("l => { l.scrollTop = 100; }")
    full.wait_for_timeout(100)
    site.do(news(site))
    expect(log).to_contain_text("Some news")
    assert log.evaluate("l => l.scrollTop") == 100


def test_switching_people(full: Page) -> None:
    choose(full, "employee", "abara")
    expect(full.locator("#employee-person")).to_have_value("John Abara")
    expect(full.locator("#employee .row")).to_have_count(0)
    assert full.evaluate("new URLSearchParams(location.search).get('as')") == "john.abara@brightwater.example"
    full.locator("#employee-person").click()
    names = full.locator("#employee-person-list li").all_inner_texts()
    assert not any("Victor Hale" in n or "Payroll" in n for n in names)
    full.locator("#desk-person").click()
    assert sorted(n.split("\n")[0] for n in full.locator("#desk-person-list li").all_inner_texts()) == ["Ivan Petrov", "Priya Nair"]


def test_whoever_begins_something_new_is_not_drawn_back(page: Page, site: Site) -> None:
    """The list of threads arrives after the person pressed New: the newest thread must not open under their hands."""
    send(page, "hello there")
    expect(kind(page, "text")).to_be_visible()
    page.goto(site.page_url(ROSA))
    expect(page.locator("#employee .welcome")).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/threads*", hold)
    choose(page, "employee", "sam okafor")
    page.locator("#employee .threads-head").get_by_role("button", name="New").click()
    page.wait_for_timeout(100)
    assert held
    for route in held:
        route.continue_()
    page.unroute("**/api/threads*", hold)
    expect(page.locator("#employee .row")).to_have_count(1)
    expect(page.locator("#employee .welcome")).to_be_visible()


def test_people_left_over_from_before_are_not_spoken_for(tab: Tab, site: Site) -> None:
    tab.page.goto(site.page_url("victor.hale@brightwater.example", SAM))
    tab.page.wait_for_selector("#employee .welcome")
    assert tab.page.locator("#employee-person").input_value() != "Victor Hale"
    assert tab.page.locator("#desk-person").input_value() == "Ivan Petrov"
