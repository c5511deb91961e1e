from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.markup import Block, clean, inline, parse, plain, quiet, to_json, verbatim


def kinds(text: str) -> list[str]:
    return [b.kind for b in parse(text)]


def test_styles() -> None:
    spans = inline("a **b** _c_ *d* `e*f*` **g *h***")
    styled = {(s.text, s.bold, s.italic, s.code) for s in spans if s.text.strip()}
    assert {("b", True, False, False), ("c", False, True, False), ("d", False, True, False), ("e*f*", False, False, True)} <= styled
    assert ("h", True, True, False) in styled


def test_words_with_underscores_and_stars_stay_as_they_are() -> None:
    assert "".join(s.text for s in inline("snake_case_name and 2 * 3 * 4 = 24")) == "snake_case_name and 2 * 3 * 4 = 24"
    assert not any(s.italic for s in inline("snake_case_name and 2 * 3 * 4 = 24"))


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example", "file:///etc", "\tjavascript:x"],
)
@pytest.mark.parametrize("relative", [False, True])
def test_links_lead_to_the_web_only(target: str, relative: bool) -> None:
    assert [s.href for block in parse(f"[label]({target})", relative=relative) for s in block.spans if s.href] == []


def test_links() -> None:
    (label, rest, bare, dot) = inline("[label](https://a.example/x_(y)) or https://b.example/z?q=1.")
    assert (label.text, label.href) == ("label", "https://a.example/x_(y)")
    assert (rest.text, bare.href, dot.text) == (" or ", "https://b.example/z?q=1", ".")
    assert inline("[next](../vpn/setup.md#top)")[0].href == ""
    assert inline("[next](../vpn/setup.md#top)", relative=True)[0].href == "../vpn/setup.md#top"
    assert all(not s.href for s in inline("![image](https://a.example/x.png)"))


def test_blocks() -> None:
    text = "# Head\n\npara\nmore\n\n- a\n- b\n\n3. c\n4. d\n\n> q\n\n```sh\n**raw**\n```\n\n| h | i |\n|---|:-:|\n| 1 | 2 |\n\n---\nend"
    assert kinds(text) == ["heading", "paragraph", "list", "steps", "quote", "code", "table", "rule", "paragraph"]
    blocks = parse(text)
    assert blocks[3].level == 3
    assert len(blocks[3].items) == 2
    assert blocks[5].spans[0].text == "**raw**"
    assert [[c[0].text for c in row] for row in blocks[6].rows] == [["h", "i"], ["1", "2"]]


def test_steps_may_nest_and_be_apart() -> None:
    (steps,) = parse("1. One\n   goes on\n\n   - inner\n   - inner too\n\n2. Two\n")
    assert [b.kind for b in steps.items[0]] == ["paragraph", "list"]
    assert len(steps.items) == 2


def test_plain_keeps_the_numbers_and_the_addresses() -> None:
    assert plain("Do **this**:\n\n1. Open [it](https://a.example)\n2. Stop") == "Do this:\n1. Open it (https://a.example)\n2. Stop"


def test_html_is_text() -> None:
    (block,) = parse("<script>alert(1)</script>")
    assert (block.kind, block.spans[0].text) == ("paragraph", "<script>alert(1)</script>")


def test_clean() -> None:
    assert clean("a\x00b\x1b[31mc\u202ed\r\ne\tf\ud800") == "ab[31mcd\ne\tf?"


def test_mentions_are_broken() -> None:
    loud = "<!channel> <@U123> @everyone @Here <at>Sam</at> <#C1>"
    assert not any(call in quiet(loud) for call in ("<!", "<@", "@everyone", "@Here", "<#"))
    assert quiet("write to sam@here.example") == "write to sam@here.example"


@pytest.mark.parametrize(
    "bad",
    [
        "*" * 8000,
        "[" * 8000,
        "`" * 8000,
        "**a" * 2600,
        "> " * 4000,
        "- " * 4000,
        "[a](" * 2000,
        "|" * 8000,
        "**" + "*a*" * 2600,
        "1. " * 2600,
    ],
)
def test_hostile_markup_is_quick(bad: str) -> None:
    began = time.perf_counter()
    parse(bad)
    assert time.perf_counter() - began < 10


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab*_`[]()!>-#|1. \n<&\"'https://x"), max_size=200))
def test_any_text_parses_to_json_and_keeps_its_letters(text: str) -> None:
    blocks = parse(text)
    json.dumps(to_json(blocks))
    shown = "".join(_texts(blocks))
    for letter in "ab":
        assert shown.count(letter) <= text.count(letter)


def _texts(blocks: tuple[Block, ...]) -> list[str]:
    return [s.text for b in blocks for s in b.spans] + [t for b in blocks for i in b.items for t in _texts(i)]


@pytest.mark.parametrize(
    "said",
    [
        "[your bank](https://evil.example)",
        "**bold**",
        "`code`",
        "_x_ *y*",
        "a\\b",
        "# not a heading\n- nor a list",
        "![i](https://e.example/x)",
    ],
)
def test_words_taken_verbatim_mean_nothing(said: str) -> None:
    (block,) = parse(f"Priya declined this: {verbatim(said)}.")
    assert all(not (s.bold or s.italic or s.code) and s.href in ("", s.text) for s in block.spans)
    assert "".join(s.text for s in block.spans) == f"Priya declined this: {' '.join(said.split())}."
