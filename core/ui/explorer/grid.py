"""A table of numbers as HTML: exact on hover, numbers to the right, its head and first column in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.dimensions import Measure
from core.figures import Scale, Steps
from core.formats import Number, exact
from core.ui.app import html


@dataclass(frozen=True)
class GridCell:
    """``text`` is read, ``title`` is what a pointer over it says; ``heat`` from 0 to 1 shades it."""

    text: str
    title: str = ""
    heat: float = 0.0


def cell(scale: Scale, measure: Measure, steps: Steps, value: Number, *, heat: float = 0.0) -> GridCell:
    """A number as printed beside the others, and exact on hover."""
    return GridCell(scale.text(steps), exact(measure, value), heat)


def change(scale: Scale, measure: Measure, steps: Steps, value: Number) -> GridCell:
    """A change, with its sign."""
    return GridCell(scale.signed(steps), exact(measure, value))


def show(
    name: str, head: Sequence[str], rows: Sequence[tuple[str, Sequence[GridCell]]], *, sums: str = "row"
) -> None:
    """Draw it. ``name`` is read aloud. The last row is the total; with "both", the last column too."""
    heads = (html.th(html.parted(text), scope="col", title=text) for text in head)
    body = (_row(label, cells) for label, cells in rows)
    grid = html.table(html.thead(html.tr(heads)), html.tbody(body), cls=f"tl-grid {sums}")
    html.show(html.div(grid, cls="tl-scroll", role="region", tabindex="0", aria_label=name))


def _row(label: str, cells: Sequence[GridCell]) -> html.Node:
    return html.tr(html.th(html.parted(label), scope="row", title=label), map(_cell, cells))


def _cell(cell: GridCell) -> html.Node:
    shade = f"--heat:{cell.heat:.0%}" if cell.heat > 0 else None
    return html.td(cell.text, style=shade, title=cell.title)
