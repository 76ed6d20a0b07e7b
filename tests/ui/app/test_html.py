"""Whatever is not Markup is text, wherever it stands."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from core.ui.app import html
from tests.properties import tried

HOSTILE = [
    "<b>x</b>",
    "<script>alert(1)</script>",
    "' onload='x",
    '" onload="x',
    "&lt;b&gt;",
    "a & b",
    "</div>",
    "",
]


class Seen(HTMLParser):
    """What a browser makes of it: elements with attributes, and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text_inside_and_in_attributes(text: str) -> None:
    seen = Seen(html.div(html.span(text), [text], title=text, aria_label=text))
    assert seen.elements == [("div", {"title": text, "aria-label": text}), ("span", {})]
    assert seen.text == text * 2


@tried(200)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert Seen(html.p(text)).elements == [("p", {})]
    assert Seen(html.p(text)).text == text


def test_markup_stays_markup_and_is_not_escaped_twice() -> None:
    inner = html.b("a & b")
    assert isinstance(inner, Markup)
    assert html.div(html.div(inner)) == "<div><div><b>a &amp; b</b></div></div>"


def test_none_is_nothing_and_numbers_are_text() -> None:
    assert html.div(None, 3, [None, (n for n in (1, 2))], title=None, cls="x") == '<div class="x">312</div>'
    assert html.lines(["a<", html.i("b")]) == "a&lt;<br><i>b</i>"


def test_the_part_that_tells_labels_apart_stands_apart() -> None:
    parts = "<span>Default &lt;b&gt; · x</span><span> · Northwind &amp; Co</span>"
    assert html.joined(html.parted("Default <b> · x · Northwind & Co")) == (
        f'<span class="tl-parted">{parts}</span>'
    )
    assert html.joined(html.parted("<b>plain</b>")) == "&lt;b&gt;plain&lt;/b&gt;"


@pytest.mark.parametrize("put", [html.style, html.script])
def test_a_style_or_script_that_could_be_ended_is_refused(put: object) -> None:
    with pytest.raises(ValueError, match="end of an element"):
        put("a { } </style><script>")  # type: ignore[operator]


def test_names_are_isolated_part_by_part() -> None:
    assert html.name("<שלום> · <b>") == "<bdi>&lt;שלום&gt;</bdi> · &lt;b&gt;"
    assert html.parted("מרים@דוגמה.example") == "<bdi>מרים@דוגמה.example</bdi>", (
        "its ends would change places"
    )
    assert html.parted("שלום · b · שלום") == (
        '<span class="tl-parted"><span><bdi>שלום</bdi> · b</span><span> · <bdi>שלום</bdi></span></span>'
    )
