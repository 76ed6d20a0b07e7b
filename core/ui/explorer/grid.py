"""A table of numbers as HTML: exact on hover, numbers to the right, its head and first column in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.dimensions import Measure
from core.formats import Number, exact, tabular
from core.ui.app.text import html_text


@dataclass(frozen=True)
class GridCell:
    """``text`` is read, ``title`` is what a pointer over it says; ``heat`` from 0 to 1 shades it."""

    text: str
    title: str = ""
    heat: float = 0.0


def amount(measure: Measure, value: Number, *, heat: float = 0.0) -> GridCell:
    """A number, to the cent where it is money, and exact on hover."""
    return GridCell(tabular(measure, value), exact(measure, value), heat)


def step(measure: Measure, value: Number) -> GridCell:
    """A change, with its sign."""
    sign = "+" if value and value > 0 else ""
    return GridCell(f"{sign}{tabular(measure, value)}", exact(measure, value))


def show(
    name: str, head: Sequence[str], rows: Sequence[tuple[str, Sequence[GridCell]]], *, sums: str = "row"
) -> None:
    """Draw it. ``name`` is read aloud. The last row is the total; with "both", the last column too."""
    heads = "".join(f'<th scope="col" title="{html_text(text)}">{html_text(text)}</th>' for text in head)
    body = "".join(_row(label, cells) for label, cells in rows)
    st.html(
        f'<div class="tl-scroll" role="region" tabindex="0" aria-label="{html_text(name)}">'
        f'<table class="tl-grid {sums}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(label: str, cells: Sequence[GridCell]) -> str:
    return (
        f'<tr><th scope="row" title="{html_text(label)}">{html_text(label)}</th>'
        f"{''.join(map(_cell, cells))}</tr>"
    )


def _cell(cell: GridCell) -> str:
    shade = f' style="--heat:{cell.heat:.0%}"' if cell.heat > 0 else ""
    return f'<td{shade} title="{html_text(cell.title)}">{html_text(cell.text)}</td>'
