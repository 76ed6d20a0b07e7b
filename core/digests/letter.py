"""What is sent, before it is written as text or as HTML."""

from __future__ import annotations

from dataclasses import dataclass

from core.store.alert_files import AlertFile


@dataclass(frozen=True)
class Figure:
    """A number with what it is; ``note`` goes below it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A line of a section. ``color``: of a swatch before it, as the picture has it."""

    name: str
    value: str = ""
    note: str = ""
    color: str = ""


@dataclass(frozen=True)
class Section:
    """Rows under a title; ``note`` is a sentence below them."""

    title: str
    rows: tuple[Row, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """A PNG, what it shows, what is to be explained of it, and how wide it stands in the mail."""

    png: bytes
    title: str
    description: str
    marks: str
    width: int


@dataclass(frozen=True)
class Letter:
    """``page``: where in the program all of it is to be seen; ``where``: the same in words."""

    subject: str
    title: str
    lead: str
    page: str
    where: str
    figures: tuple[Figure, ...] = ()
    picture: Picture | None = None
    sections: tuple[Section, ...] = ()
    files: tuple[AlertFile, ...] = ()
