"""Usable by keyboard, by ear, in the dark and on a phone."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site, send

pytestmark = pytest.mark.browser

UNNAMED = """() => [...document.querySelectorAll('button, input, textarea, select, a[href], dialog, [role=tab], [role=log], nav')]
  .filter(e => e.checkVisibility())
  .filter(e => !(e.getAttribute('aria-label') || e.innerText?.trim() || (e.labels && e.labels.length)
    || document.getElementById(e.getAttribute('aria-labelledby') || '')))
  .map(e => e.outerHTML.slice(0, 120))"""

CONTRAST = """() => {
  const luminance = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const rgba = s => {
    const [r, g, b, alpha = 1] = s.match(/[\\d.]+/g).map(Number), unit = s.startsWith('color(') ? 255 : 1;
    return [r * unit, g * unit, b * unit, alpha];
  };
  const ground = e => {
    const c = e ? rgba(getComputedStyle(e).backgroundColor) : [255, 255, 255, 1];
    return c[3] > .5 ? c : ground(e.parentElement);
  };
  const poor = [];
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('.hidden-text, .skip, [aria-disabled]')) continue;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const style = getComputedStyle(e), a = luminance(rgba(style.color)), b = luminance(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${e.className || e.tagName}: ${e.innerText?.slice(0, 40)}`);
  }
  return poor;
}"""


def test_everything_that_can_be_used_has_a_name(full: Page) -> None:
    assert full.evaluate(UNNAMED) == []


def test_headings_and_landmarks(full: Page) -> None:
    assert full.locator("h1").count() == 1
    assert full.locator("main").count() == 1
    assert full.locator("header.top").count() == 1
    levels = full.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5')].filter(e => e.checkVisibility()).map(e => +e.tagName[1])")
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels
    assert full.locator("html").get_attribute("lang") == "en"
    ids = full.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    missing = full.evaluate(
        """[...document.querySelectorAll('[aria-describedby],[aria-labelledby],[aria-controls],label[for]')].flatMap(e =>
        ['aria-describedby', 'aria-labelledby', 'aria-controls', 'for'].flatMap(a => (e.getAttribute(a) || '').split(' ').filter(Boolean)))
        .filter(id => !document.getElementById(id))"""
    )
    assert missing == []


def test_news_is_announced(page: Page) -> None:
    assert page.locator("#announcer").get_attribute("aria-live") == "polite"
    send(page, "hello")
    expect(page.locator("#announcer")).to_have_text(re.compile("Bellhop: I heard: hello"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(browser: Browser, site: Site, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(site.page_url())
    assert page.evaluate(CONTRAST) == []
    send(page, "everything")
    page.wait_for_selector("#desk .card.approval")
    page.wait_for_selector("#employee .relayed")
    assert page.evaluate(CONTRAST) == []
    page.locator("#desk .thread-head button", has_text="Timeline").click()
    page.wait_for_selector(".timeline")
    assert page.evaluate(CONTRAST) == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background))) < 200) == (scheme == "dark")
    context.close()


def test_the_theme_can_be_chosen_and_is_kept(page: Page) -> None:
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    page.wait_for_selector("#employee .welcome")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(page.locator("#theme")).to_have_attribute("aria-label", "Switch to light colours")


def test_the_whole_way_by_keyboard(page: Page, site: Site) -> None:
    """Skip link → message → pick list → approval with a reason, without a mouse."""
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#employee-text")).to_be_focused()
    page.keyboard.type("first")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second")
    assert site.desk.messages == []
    page.keyboard.press("Enter")
    expect(page.locator("#employee .entry-row[data-kind=text]")).to_contain_text("I heard: first")
    page.keyboard.type("everything")
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk .card.approval")
    tab_to(page, "#employee .pick", back=True)
    page.keyboard.press("Enter")
    expect(page.locator("#employee .log")).to_contain_text("Pressed form pick-1")
    tab_to(page, "#desk .approval .danger")
    page.keyboard.press("Enter")
    page.keyboard.type("not yet")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#desk .log")).to_contain_text("Pressed decline A-1 reason=not yet")
    assert page.evaluate("document.querySelector('#desk .log').contains(document.activeElement)")


def tab_to(page: Page, selector: str, back: bool = False) -> None:
    """Tabs until the focus is on such an element; fails where the focus never gets there."""
    for _ in range(150):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_the_switcher_by_keyboard(page: Page) -> None:
    box = page.locator("#employee-person")
    box.focus()
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert active
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("Sam Okafor")


@pytest.mark.parametrize("width", [360, 412, 768])
def test_a_phone(browser: Browser, site: Site, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(site.page_url())
    page.wait_for_selector("#employee .welcome")
    assert fits(page)
    expect(page.locator("#desk")).to_be_hidden()
    send(page, "everything")
    expect(page.locator("#employee .card.plan")).to_be_visible()
    assert fits(page)
    page.locator("#tab-desk").tap()
    expect(page.locator("#employee")).to_be_hidden()
    expect(page.locator("#tab-desk")).to_have_attribute("aria-selected", "true")
    page.locator("#desk .row").tap()
    expect(page.locator("#desk .card.approval")).to_be_visible()
    assert fits(page)
    page.locator("#desk .thread-head button", has_text="Timeline").tap()
    page.wait_for_selector(".timeline")
    assert fits(page)
    small = page.evaluate(
        "[...document.querySelectorAll('.button, .send, .tabs button')].filter(e => e.checkVisibility() && e.offsetHeight < 32).length"
    )
    assert small == 0
    context.close()


def fits(page: Page) -> bool:
    """Nothing sticks out sideways, in the page or in the parts that scroll."""
    return bool(
        page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth
            && [...document.querySelectorAll('.log, .rows, .drawer-body')].every(e => e.scrollWidth <= e.clientWidth + 1)"""
        )
    )
