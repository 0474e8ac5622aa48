"""Markdown becomes HTML that can do no harm."""

from __future__ import annotations

import pytest

from portal.markdown import first_words, plain, render


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "hello <b onclick='x()'>there</b>",
        "<!-- a comment -->",
        "<style>p { color: red }</style>",
    ],
)
def test_html_in_a_text_is_shown_and_not_run(text: str) -> None:
    assert "&lt;" in render(text)
    assert not any(tag in render(text) for tag in ("<script", "<img", "<b", "<style", "<!--"))


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "JaVaScRiPt:alert(1)"])
def test_a_link_that_would_run_something_is_no_link(scheme: str) -> None:
    assert "href" not in render(f"[here]({scheme})")


def test_a_link_tells_its_target_nothing_of_the_reader() -> None:
    assert render("[here](https://example.org/)") == '<p><a href="https://example.org/" rel="noreferrer">here</a></p>\n'


def test_a_picture_becomes_a_link_so_that_nothing_is_loaded_from_elsewhere() -> None:
    html = render("![a chart](https://example.org/chart.png)")

    assert "<img" not in html
    assert '<a href="https://example.org/chart.png" rel="noreferrer">a chart</a>' in html


def test_a_picture_within_a_link_is_its_words() -> None:
    html = render("[![a chart](https://example.org/chart.png)](https://example.org/page)")

    assert html == '<p><a href="https://example.org/page" rel="noreferrer">a chart</a></p>\n'


def test_a_table_has_no_style_and_its_figures_stand_right() -> None:
    html = render("| ISP | Volume |\n|---|--:|\n| Example | 12 |\n")

    assert "style" not in html
    assert '<td class="number">12</td>' in html
    assert "<td>Example</td>" in html


def test_headings_fit_below_those_of_the_page() -> None:
    html = render("# One\n\n## Two\n\n##### Five\n", top=3)

    assert "<h3>One</h3>" in html
    assert "<h4>Two</h4>" in html
    assert "<h6>Five</h6>" in html
    assert "<h2>Two</h2>" in render("## Two\n\n### Three\n")


def test_the_plain_words_have_no_marks() -> None:
    assert plain("# Title\n\nSome **bold** words, `code` & [a link](https://example.org).\n\n- one\n- two\n") == (
        "Title Some bold words, code & a link. one two"
    )


def test_the_first_words_are_those_of_the_paragraphs() -> None:
    text = "# Title\n\nSome **bold**\nwords.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nThen `more` & [a link](https://example.org).\n"

    assert first_words(text, 100) == "Some bold words. Then more & a link."
    assert first_words(text, 12) == "Some bold …"
    assert first_words("x" * 30, 12) == "x" * 12 + " …"
    assert first_words("", 12) == ""
