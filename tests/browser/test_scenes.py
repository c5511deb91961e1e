"""The sentences of the people who asked for this product, on the real desk, as a person types and clicks them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from actions.vendors.demo.seed import COMPANY
from tests.browser.conftest import open_tab

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
MICROPHONE = "Why isn't my Microsoft Teams microphone working?"
REMOVE = "Remove John's access to email and Slack."
LAPTOP = "Provision a laptop with standard apps for Jane and ship it to her home."
DEACTIVATE = "When deactivating John's email, reassign upcoming sales meetings to a colleague."
READY = 60
"""Seconds that a start may take on a busy machine."""

WATCH = """() => {
  const log = document.querySelector('#desk .log');
  window.seen = [];
  new MutationObserver(() => {
    const card = [...log.querySelectorAll('.card.plan')].at(-1);
    const now = [...(card?.querySelectorAll('.step-state') ?? [])].map(s => s.textContent).join(',');
    if (now !== window.seen.at(-1)) window.seen.push(now);
  }).observe(log, { childList: true, subtree: true });
}"""


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[str]:
    """`bellhop serve` as a newcomer starts it, on the demo company and a free port. It has to stop when asked, without a complaint."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("BELLHOP_")}
    env |= {"PYTHONPATH": str(ROOT), "BELLHOP_DATA_DIR": str(folder / "data"), **settings}
    log = folder / "serve.log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "bot", "serve", "--port", "0"]
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out)
    try:
        yield address(process, log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            code = process.wait(20)
        finally:
            process.kill()
    assert code == 0, log.read_text()
    assert not re.search("Traceback|ERROR|WARNING", log.read_text()), log.read_text()


def address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Waits for the line that says where the page is."""
    deadline = time.monotonic() + READY
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"Ready: (http://\S+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the desk did not start: {log.read_text()}")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One desk for all scenes: each leaves John as it found him."""
    with serving(tmp_path_factory.mktemp("desk")) as url:
        yield url


@pytest.fixture
def page(browser: Browser, desk: str) -> Iterator[Page]:
    with open_tab(browser) as tab:
        opened(tab.page, desk)
        yield tab.page


def opened(page: Page, url: str) -> None:
    page.set_default_timeout(10_000)
    page.goto(url)
    page.wait_for_selector("#employee .pane-head")
    expect(page.locator("#employee-person")).to_have_value("Hannah Weber")


def become(page: Page, name: str, pane: str = "employee") -> None:
    """Chooses a person in the switcher."""
    box = page.locator(f"#{pane}-person")
    box.click()
    box.press_sequentially(name)
    box.press("Enter")
    expect(box).to_have_value(name)


def say(page: Page, text: str, pane: str = "employee") -> None:
    page.click(f"#{pane}-text")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def ask(page: Page, who: str, text: str) -> str:
    """Becomes somebody, begins a new thread with these words, and returns the number of its ticket."""
    become(page, who)
    page.locator("#employee .threads-head").get_by_role("button", name="New").click()
    expect(page.locator("#employee .welcome")).to_be_visible()
    say(page, text)
    meta = page.locator("#employee .thread-meta span").first
    expect(meta).to_have_text(re.compile(r"BH-\d+"))
    return meta.inner_text()


def choose_john(page: Page) -> None:
    """Which John? One of three, none of them preferred."""
    picks = page.locator("#employee .picks .pick")
    expect(picks).to_have_count(3)
    assert {p.split("\n")[0] for p in picks.all_inner_texts()} == {"John Smith", "John Carter", "John Abara"}
    picks.filter(has_text="John Smith").click()


def open_row(page: Page, ticket: str, pane: str = "employee") -> None:
    page.locator(f"#{pane} .row", has_text=ticket).click()


def last(page: Page, kind: str, pane: str = "employee") -> Locator:
    return page.locator(f"#{pane} .entry-row[data-kind={kind}]").last


def see(page: Page, who: str, ticket: str) -> None:
    """Looks at a ticket's thread with somebody's eyes."""
    become(page, who)
    open_row(page, ticket)


def state(page: Page, words: str, pane: str = "employee") -> None:
    """Waits until the thread's plan is in this state."""
    expect(last(page, "plan", pane).locator(".card-head .chip")).to_have_text(words, timeout=15_000)


def steps(page: Page, pane: str = "employee") -> list[str]:
    """What the plan's steps say they will do, and from what to what."""
    return [re.sub(r"\s+", " ", s) for s in last(page, "plan", pane).locator(".step").all_inner_texts()]


def test_a_question_is_answered_and_a_human_takes_over(page: Page) -> None:
    ticket = ask(page, "Rosa Delgado", MICROPHONE)
    answer = last(page, "answer")
    expect(answer).to_contain_text("icrophone")
    with page.context.expect_page() as tab:
        answer.locator(".citation a").first.click()
    article = tab.value
    section = article.locator("h2:target")
    assert article.url.endswith("#" + (section.get_attribute("id") or "?"))
    expect(section).to_be_in_viewport()
    expect(article.locator("h1")).to_contain_text("icrophone")
    article.close()

    answer.get_by_role("button", name="Not what I need").click()
    expect(answer.get_by_role("button", name="This helped")).to_have_count(0)
    last(page, "status").get_by_role("button", name="Talk to a human").click()
    expect(page.locator("#employee .log")).to_contain_text("A colleague will answer here")

    open_row(page, ticket, "desk")
    brief = last(page, "brief", "desk")
    expect(brief).to_contain_text("Rosa Delgado")
    expect(brief).to_contain_text(MICROPHONE)
    brief.get_by_role("button", name="Take it").click()
    expect(brief).to_contain_text("Taken by Ivan Petrov")
    say(page, "Which headset is it?", "desk")
    reply = last(page, "said")
    expect(reply).to_contain_text("Ivan Petrov")
    expect(reply).to_contain_text("Which headset is it?")
    say(page, "The blue one.")
    expect(last(page, "said", "desk")).to_contain_text("The blue one.")
    expect(page.locator("#employee .log")).not_to_contain_text("I don't know")


def test_access_is_removed_with_approval_and_given_back_by_undo(page: Page) -> None:
    ticket = ask(page, "Hannah Weber", REMOVE)
    choose_john(page)
    state(page, "Waiting for approval")
    planned = steps(page)
    meetings, mailbox, email, slack = planned
    heir = re.search(r"meetings over to (\w+ \w+)", meetings)
    assert heir and heir[1] != "John Smith"
    assert f"Let {heir[1]} read and answer John Smith's mailbox" in mailbox
    assert "access to Email" in email and "access to Slack" in slack
    assert re.search(r"John Smith: \d+ meetings.*→.*" + heir[1], meetings) and re.search("member.*→.*no access", email)
    expect(last(page, "plan").locator(".awaited")).to_contain_text("Waiting for Sam Okafor")
    open_row(page, ticket, "desk")
    state(page, "Waiting for approval", "desk")

    last(page, "plan").get_by_role("button", name="See it as Sam Okafor").click()
    open_row(page, ticket)
    card = last(page, "approval")
    for part in ("Asked by Hannah Weber", REMOVE, "This will run, exactly", "Why it needs you", "Expires in 3 days"):
        expect(card).to_contain_text(part)
    assert card.locator(".step").count() == 4
    page.evaluate(WATCH)
    card.get_by_role("button", name="Approve").click()
    expect(card).to_contain_text("Sam Okafor approved this")
    expect(card.get_by_role("button", name="Approve")).to_have_count(0)
    state(page, "Done", "desk")
    seen = page.evaluate("window.seen")
    one_by_one = [",".join(["Done"] * n + ["Running"] + ["Waiting"] * (3 - n)) for n in range(4)]
    assert [s for s in seen if "Running" in s] == one_by_one, seen

    see(page, "Hannah Weber", ticket)
    state(page, "Done")
    told = last(page, "status")
    for part in ("All done", f"{heir[1]} now runs", "no longer has access to"):
        expect(told).to_contain_text(part)
    expect(last(page, "plan").get_by_role("button", name="Undo")).to_have_count(0)
    the_timeline_tells_it(page)
    undo(page)
    see(page, "Hannah Weber", ticket)
    expect(last(page, "status")).to_contain_text("Undone")
    ask(page, "Hannah Weber", REMOVE)
    choose_john(page)
    state(page, "Waiting for approval")
    assert steps(page) == planned, "what would happen now is what would have happened before"
    last(page, "plan").get_by_role("button", name="Cancel request").click()
    state(page, "Cancelled")


def the_timeline_tells_it(page: Page) -> None:
    """Message, decision with the rules that fired, approvals, each step before → after, audit entries."""
    page.locator("#employee .thread-head").get_by_role("button", name="Timeline").click()
    drawer = page.locator("dialog.drawer")
    for part in ("Hannah Weber said", REMOVE, "Rules that fired", "Sam Okafor approved for the manager", "Fingerprint"):
        expect(drawer).to_contain_text(part)
    fired = drawer.locator(".event.decision .rules .rule").all_inner_texts()
    assert {"hand-over-agreed", "mailbox-privacy", "revoke-asks-the-manager"} <= set(fired)
    changes = drawer.locator(".plain-steps .change")
    expect(changes).to_have_count(4)
    expect(changes.nth(3)).to_contain_text(re.compile("member.*→.*no access"))
    entries = " ".join(drawer.locator(".event.entry").all_inner_texts())
    for kind in ("message.heard", "plan.asking", "approval.opened", "approval.vote", "plan.running", "step.done", "plan.done"):
        assert kind in entries, kind
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


def undo(page: Page) -> None:
    """An analyst takes a plan back, after saying that they mean it."""
    last(page, "plan", "desk").get_by_role("button", name="Undo").click()
    expect(page.locator("dialog.ask")).to_contain_text("Undo 4 steps?")
    page.locator("dialog.ask [type=submit]").click()
    state(page, "Undone", "desk")
    expect(last(page, "plan", "desk").locator(".step-state", has_text="Undone")).to_have_count(4)


def order_laptop(page: Page, specimen: str) -> str:
    """Maria asks for Jane's laptop; Jane shows her licence."""
    ticket = ask(page, "Maria Lopez", LAPTOP)
    state(page, "Waiting for proof")
    assert [s.split()[0] for s in steps(page)] == ["Reserve", "Set", "Ship"]
    expect(last(page, "status")).to_contain_text("asked Jane Doe for a photo of an ID")
    see(page, "Jane Doe", ticket)
    form = last(page, "form")
    expect(form).to_contain_text("Confirm the shipping address")
    form.locator("[type=submit]").click()
    expect(form).to_contain_text("Please fill this in.")
    form.get_by_label("Photo of the ID").set_input_files(COMPANY / "id_documents" / f"{specimen}.png")
    form.locator("[type=submit]").click()
    expect(form.locator("input[type=file]")).to_have_count(0)
    return ticket


def test_a_matching_licence_sends_the_laptop(page: Page) -> None:
    ticket = order_laptop(page, "jane-doe-match")
    expect(last(page, "form")).to_contain_text("every part is the same")
    see(page, "Maria Lopez", ticket)
    state(page, "Done")
    expect(last(page, "status")).to_contain_text(re.compile(r"on its way to Jane Doe: .*tracking \w{6,}"))


def test_a_near_miss_is_decided_by_an_analyst(page: Page) -> None:
    ticket = order_laptop(page, "jane-doe-near-no-unit")
    expect(last(page, "form")).to_contain_text("3b is on one of them only")
    open_row(page, ticket, "desk")
    card = last(page, "approval", "desk")
    expect(card).to_contain_text("nearly, but not exactly")
    see(page, "Maria Lopez", ticket)
    expect(last(page, "plan").locator(".awaited")).to_contain_text("as the IT help desk")
    card.get_by_role("button", name="Approve").click()
    expect(card).to_contain_text("Ivan Petrov approved this")
    state(page, "Done")
    expect(last(page, "status")).to_contain_text("tracking")


def test_an_analyst_declines_and_the_requester_reads_why(page: Page) -> None:
    ticket = order_laptop(page, "jane-doe-near-no-unit")
    become(page, "Mei Lin", "desk")
    open_row(page, ticket, "desk")
    card = last(page, "approval", "desk")
    card.get_by_role("button", name="Decline").click()
    dialog = page.locator("dialog.ask")
    dialog.locator("[type=submit]").click()
    expect(dialog).to_contain_text("Please give a reason")
    page.keyboard.type("Please ask her which flat it is.")
    dialog.locator("[type=submit]").click()
    expect(card).to_contain_text("Mei Lin declined this: Please ask her which flat it is.")
    see(page, "Maria Lopez", ticket)
    state(page, "Declined")
    expect(last(page, "plan").locator(".card-note")).to_contain_text("Please ask her which flat it is.")
    expect(last(page, "status")).to_contain_text("Nothing was changed.")
    expect(last(page, "plan").locator(".step-state")).to_have_text(["", "", ""])


def test_another_address_and_a_po_box_are_refused_with_the_reason(page: Page) -> None:
    ticket = order_laptop(page, "jane-doe-mismatch")
    see(page, "Maria Lopez", ticket)
    state(page, "Refused")
    refusal = page.locator("#employee .status.is-failed").last
    expect(refusal).to_contain_text("house number 88 ≠ 4127")
    expect(refusal.get_by_role("button", name="Talk to a human")).to_be_visible()
    ask(page, "Maria Lopez", "Provision a laptop for Jane and ship it to PO Box 1120, Portland, OR 97207.")
    expect(refusal).to_contain_text("PO box")
    expect(page.locator("#employee .thread-meta .chip")).to_have_text("Resolved")
    expect(page.locator("#employee .card.plan")).to_have_count(0)


def test_an_instruction_inside_a_request_is_followed(page: Page) -> None:
    ask(page, "Hannah Weber", DEACTIVATE)
    choose_john(page)
    state(page, "Waiting for approval")
    planned = " ".join(steps(page))
    assert "Remove John Smith's access to Email" in planned
    assert "Hand John Smith's upcoming" in planned
    assert "Slack" not in planned
    last(page, "plan").get_by_role("button", name="Cancel request").click()
    state(page, "Cancelled")


def test_an_approval_nobody_answers_reminds_and_lapses(browser: Browser, tmp_path: Path) -> None:
    hours = {"BELLHOP_APPROVAL_REMINDER_HOURS": str(1.5 / 3600), "BELLHOP_APPROVAL_EXPIRY_HOURS": str(4 / 3600)}
    with serving(tmp_path, **hours) as url, open_tab(browser) as tab:
        page = tab.page
        opened(page, url)
        ticket = ask(page, "Hannah Weber", REMOVE)
        choose_john(page)
        state(page, "Lapsed")
        expect(last(page, "status")).to_contain_text("Nobody answered in time")
        see(page, "Sam Okafor", ticket)
        expect(page.locator("#employee .status.is-warning").first).to_contain_text("still waiting for your answer")
        card = last(page, "approval")
        expect(card).to_contain_text("It lapsed without an answer")
        expect(card.locator(".button")).to_have_count(0)
