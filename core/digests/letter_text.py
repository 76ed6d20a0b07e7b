"""A letter as plain text, which chats get and mail programs without HTML show."""

from __future__ import annotations

from collections.abc import Iterator

from core.digests.letter import Figure, Letter, Row, Section


def letter_text(letter: Letter, *, has_link: bool) -> str:
    """``has_link``: a link follows, so that nobody needs to be told where to look."""
    parts = [letter.lead, "\n".join(map(_figure, letter.figures)), *map(_section, letter.sections)]
    parts += [] if has_link else [letter.where]
    return "\n\n".join(part for part in parts if part)


def _figure(figure: Figure) -> str:
    return f"{figure.label}: {figure.value}{f', {figure.note}' if figure.note else ''}"


def _section(section: Section) -> str:
    return "\n".join(_lines(section))


def _lines(section: Section) -> Iterator[str]:
    yield section.title.upper()
    yield from map(_row, section.rows)
    if section.note:
        yield section.note


def _row(row: Row) -> str:
    value = f": {row.value}" if row.value else ""
    return f"- {row.name}{value}{f'. {row.note}' if row.note else ''}"
