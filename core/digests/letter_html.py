"""A letter as the HTML of a mail: tables and inline styles, which is what mail programs agree on."""

from __future__ import annotations

from collections.abc import Iterator

from core.alerts.message import PICTURE_ID
from core.charts.palette import LIGHT
from core.digests.letter import Figure, Letter, Picture, Row, Section
from core.markup import Element, Markup, Node, document

_WIDTH = "600"
_PAGE = "#f3f3ee"
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_INK, _MUTED = f"color:{LIGHT.ink}", f"color:{LIGHT.muted}"
_TOP_LINE = f"border-top:1px solid {LIGHT.grid}"
_SMALL = f"font-size:13px;line-height:19px;{_MUTED}"
_FIGURES_IN_A_ROW = 2

a, body, div, h1, h2, head, p, span = map(Element, ("a", "body", "div", "h1", "h2", "head", "p", "span"))
table, td, title, tr = map(Element, ("table", "td", "title", "tr"))
img, meta = Element("img", is_void=True), Element("meta", is_void=True)


def letter_html(letter: Letter, link: str) -> bytes:
    """``link``: to the page in the program; empty where nobody knows its address."""
    return document(_head(letter), _body(letter, link)).encode()


def _head(letter: Letter) -> Markup:
    return head(
        meta(charset="utf-8"),
        meta(name="viewport", content="width=device-width, initial-scale=1"),
        meta(name="color-scheme", content="light"),
        title(letter.title),
    )


def _body(letter: Letter, link: str) -> Markup:
    card = div(
        _opening(letter),
        _figures(letter.figures),
        _picture(letter.picture) if letter.picture else None,
        map(_section, letter.sections),
        _closing(letter, link),
        style=f"max-width:{_WIDTH}px;margin:0 auto;background:#ffffff;border-radius:8px;padding:24px;"
        f"text-align:left;{_FONT};{_INK}",
    )
    return body(_boxed(td(card, style="padding:16px 8px")), style=f"margin:0;padding:0;background:{_PAGE}")


def _boxed(*cells: Node, style: str = "") -> Node:
    """A table that only lays out; a screen reader leaves it out."""
    return table(
        tr(*cells), role="presentation", width="100%", cellpadding="0", cellspacing="0", border="0",
        style=style or None,
    )  # fmt: skip


def _opening(letter: Letter) -> Node:
    return (
        h1(letter.title, style=f"margin:0 0 4px;font-size:20px;line-height:26px;{_INK}"),
        p(letter.lead, style=f"margin:0 0 16px;{_SMALL}"),
    )


def _figures(figures: tuple[Figure, ...]) -> Iterator[Node]:
    for first in range(0, len(figures), _FIGURES_IN_A_ROW):
        row = figures[first : first + _FIGURES_IN_A_ROW]
        yield _boxed(*map(_figure, row), style="margin:0 0 12px")


def _figure(figure: Figure) -> Node:
    value = div(figure.value, style=f"font-size:24px;line-height:30px;font-weight:600;{_INK}")
    inside = (div(figure.label, style=_SMALL), value, div(figure.note, style=_SMALL))
    return td(inside, width="50%", valign="top", style="padding:0 12px 0 0")


def _picture(picture: Picture) -> Iterator[Node]:
    yield _heading(picture.title)
    yield img(
        src=f"cid:{PICTURE_ID}", alt=picture.description, width=str(picture.width),
        style="display:block;width:100%;height:auto;border:0",
    )  # fmt: skip
    if picture.marks:
        yield p(picture.marks, style=f"margin:4px 0 0;{_SMALL}")


def _heading(text: str) -> Node:
    return h2(text, style=f"margin:20px 0 8px;padding-top:16px;{_TOP_LINE};font-size:15px;{_INK}")


def _section(section: Section) -> Iterator[Node]:
    yield _heading(section.title)
    if section.rows:
        yield table(
            map(_row, section.rows), role="presentation", width="100%", cellpadding="0", cellspacing="0",
            border="0",
        )  # fmt: skip
    if section.note:
        yield p(section.note, style=f"margin:8px 0 0;{_SMALL}")


def _row(row: Row) -> Node:
    cell = "padding:5px 0;font-size:14px;line-height:20px;vertical-align:top"
    note = div(row.note, style=_SMALL) if row.note else None
    name = div(_swatch(row.color), row.name, style=f"word-break:break-word;{_INK}")
    return tr(
        td(name, note, style=cell),
        td(row.value, align="right", style=f"{cell};padding-left:12px;white-space:nowrap;{_INK}"),
    )


def _swatch(color: str) -> Node:
    look = "display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:8px"
    return span(style=f"{look};background:{color}") if color else None


def _closing(letter: Letter, link: str) -> Iterator[Node]:
    if link:
        look = f"display:inline-block;padding:9px 16px;border-radius:6px;background:{LIGHT.hues[0]}"
        button = a("Open in Token Ledger", href=link, style=f"{look};color:#ffffff;text-decoration:none")
        yield p(button, style="margin:24px 0 0;font-size:14px")
    else:
        yield p(letter.where, style=f"margin:24px 0 0;{_SMALL}")
