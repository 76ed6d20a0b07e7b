"""The legend of an answer: what the colours mean, and the keyboard's way into a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from core.explore.change import Group
from core.explore.query import Value
from core.long_names import shortened
from core.ui.app import blocks, drilling, html
from core.ui.app.text import markdown_text

_LONGEST_NAME = 44
"""Letters of an entry: what tells it from others stays in sight, and its amount."""


@dataclass(frozen=True)
class Entry:
    """One colour. ``group``: what a click narrows to; ``left_out``: what a click on Other leaves out."""

    name: str
    color: str
    amount: str
    group: Group = ()
    left_out: tuple[Value, ...] = ()


def legend(
    entries: Sequence[Entry],
    *,
    ghost: tuple[str, str] | None = None,
    signs: Iterable[tuple[str, str]] = (),
) -> None:
    """Biggest first. ``ghost``: the words and amount of the dashed line. ``signs``: of days."""
    colors = {f"legend-{place}": entry.color for place, entry in enumerate(entries) if _is_button(entry)}
    _paint(colors)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="legend"):
        for place, entry in enumerate(entries):
            if _is_button(entry):
                _button(entry, f"legend-{place}")
            else:
                blocks.legend([(entry.name, entry.color, entry.amount)])
        if ghost:
            html.show(_note("dashed", *ghost), width="content")
        for sign, words in signs:
            html.show(_note(sign, words, ""), width="content")


def _is_button(entry: Entry) -> bool:
    return bool(entry.group or entry.left_out)


def _button(entry: Entry, key: str) -> None:
    name, label = markdown_text(entry.name), markdown_text(shortened(entry.name, _LONGEST_NAME))
    act, what = (drilling.into, entry.group) if entry.group else (drilling.into_others, entry.left_out)
    words = "Leave the named ones out, and see what is in the rest"
    if entry.group:  # a tooltip costs the browser twice the button
        words = f"Show only {name}" if name != label else ""
    st.button(
        f"{label} :gray[{markdown_text(entry.amount)}]", key=key, type="tertiary", on_click=act, args=(what,),
        help=words or None,
    )  # fmt: skip


def _paint(colors: dict[str, str]) -> None:
    """A swatch before each button: Streamlit has no option for it."""
    rules = "".join(
        f".st-key-{key} button::before {{ background: {color}; }}" for key, color in colors.items()
    )
    html.style(rules)


def _note(kind: str, words: str, amount: str) -> html.Node:
    return html.div(blocks.legend_item(f"tl-swatch {kind}", words, amount), cls="tl-legend")
