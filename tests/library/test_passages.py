import pytest

from bot.library.clean import clean, plain
from bot.library.passages import LONGEST, passages


def test_sections_are_passages_under_their_heading():
    found = passages("# Page\n\nIntro.\n\n## One\n\nText.\n\n### Deep\n\n1. a\n2. b\n\n## Two\n\nEnd.", title="Page")
    assert [(p.heading, p.trail, p.steps) for p in found] == [
        ("", (), False),
        ("One", (), False),
        ("Deep", ("One",), True),
        ("Two", (), False),
    ]


def test_steps_stay_together_and_with_the_sentence_that_introduces_them():
    steps = "\n".join(f"{n}. Do the thing number {n} and then wait for a while before the next." for n in range(1, 25))
    found = passages("Words before.\n\n" + "x " * 500 + "\n\nFollow these steps:\n\n" + steps)
    assert any("Follow these steps:" in p.text and "1. Do" in p.text and "24. Do" in p.text for p in found)


def test_a_list_too_long_to_quote_is_cut_between_items():
    items = "\n".join(f"{n}. " + "word " * 60 for n in range(1, 40))
    found = passages(items)
    assert len(found) > 1
    assert all(len(p.text) <= LONGEST + 400 for p in found)
    assert all(p.text[0].isdigit() for p in found)


def test_one_endless_line_is_cut():
    assert all(len(p.text) <= LONGEST for p in passages("x" * 20_000))


def test_headings_inside_code_are_code():
    found = passages("## Real\n\n```sh\n# not a heading\nrm x\n```")
    assert [p.heading for p in found] == ["Real"]
    assert "# not a heading" in found[0].text


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<b>Bold</b> text<br>next", "Bold text\nnext"),
        ("<script>alert(1)</script>After", "After"),
        ("before <script>alert(1)", "before"),
        ('<img src=x onerror="alert(1)">Look', "Look"),
        ("<scr<script>ipt>alert(1)</script>", "<scr"),
        ("<<b>script>alert(1)<</b>/script>Still", "Still"),
        ("<!-- hidden -->Seen", "Seen"),
        ("<!channel> hello", " hello".strip()),
        ("[click](javascript:alert(1))", "click"),
        ("[click](data:text/html,x)", "click"),
        ("[page](../other.md)", "page"),
        ("[site](https://example.com/a_(b))", "[site](https://example.com/a_(b))"),
        ("![picture](x.png)Text", "Text"),
        ("> [!NOTE]\n> Careful.", "> Note: Careful."),
        ("a&nbsp;b", "a b"),
        ("use `<tag>` here", "use `<tag>` here"),
        ("start \\<name>", "start \\<name>"),
        ("{% include x %}Text", "Text"),
    ],
)
def test_markup_becomes_text(source, shown):
    assert clean(source).strip() == shown


def test_control_and_direction_characters_never_get_through():
    from bot.library.articles import parse

    article = parse("# T\u202eitle\n\nte\x07xt\u200b".encode(), "a.md")
    assert (article.title, article.passages[0].text) == ("Title", "text")


def test_plain_leaves_words_only():
    assert plain("**Bold** _and_ `code` [link](https://x.example) <i>tag</i>") == "Bold and code link tag"


def test_tags_nested_without_end_leave_none():
    assert "<" not in clean("<" * 60 + "b>" * 60 + "Deep")
