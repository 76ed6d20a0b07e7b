"""The elements of the pages, escaped by type (:mod:`core.markup`). Nothing else there spells a tag.

>>> div("<b>", span("x", cls="name"), title="a & b")
Markup('<div title="a &amp; b">&lt;b&gt;<span class="name">x</span></div>')
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import streamlit as st
from markupsafe import Markup

from core import long_names
from core.bidi import TURNS
from core.markup import Element
from core.markup import Node as Node
from core.markup import joined as joined

a, b, bdi, div, h1, h2, i, p, span = map(Element, ("a", "b", "bdi", "div", "h1", "h2", "i", "p", "span"))
details, li, ol, summary = map(Element, ("details", "li", "ol", "summary"))
button, kbd = Element("button"), Element("kbd")
table, tbody, td, th, thead, tr = map(Element, ("table", "tbody", "td", "th", "thead", "tr"))
BR = Markup("<br>")


def show(*nodes: Node, width: Literal["stretch", "content"] = "stretch") -> None:
    """Put it into the page."""
    st.html(str(joined(nodes)), width=width)


def style(rules: str) -> None:
    """CSS for the whole page, of this program's own making."""
    st.html(f"<style>{_raw(rules)}</style>")


def script(source: str) -> None:
    """JavaScript for the whole page, of this program's own making."""
    st.html(f"<script>{_raw(source)}</script>", unsafe_allow_javascript=True)


def _raw(text: str) -> str:
    """Inside these two nothing is escaped, so nothing may end them."""
    if "</" in text:
        raise ValueError("a style sheet or a script must not hold the end of an element")
    return text


def lines(texts: Iterable[Node]) -> Markup:
    """One below the other."""
    return BR.join(map(joined, texts))


def parted(label: str) -> Node:
    """A label for a narrow place: the part that tells it from others is cut last.

    Where a part reads from right to left, its two ends would change places: it is cut at its end.
    """
    head, tail, keeps_head = long_names.parted(label)
    if keeps_head and TURNS.search(label):
        return name(label)
    cls = "tl-parted head" if keeps_head else "tl-parted"
    return span(span(name(head)), span(name(tail)), cls=cls) if tail else name(label)


def name(label: str) -> Markup:
    """A label whose parts, where they read from right to left, leave each other and all beside it alone."""
    return Markup(" · ").join(bdi(part) if TURNS.search(part) else part for part in label.split(" · "))
