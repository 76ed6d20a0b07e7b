"""Checks names and texts that people give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Protocol, TypeVar

from core.errors import InputError
from core.visible import as_seen, is_visible

LONGEST_NAME = 100
LONGEST_TEXT = 5_000
_MOST_TOLD = 30
"""Names in a sentence that says which there are."""


def usable_name(name: str, what: str, taken: Iterable[str] = ()) -> str:
    """``name`` without outer blanks, if it can be given. ``what`` it names is said in the errors.

    Raises:
        InputError: it is empty, too long, unprintable, or looks like one of ``taken``, case aside.
    """
    name = name.strip()
    if not is_visible(name):
        raise InputError(f"The {what} is empty.", field="name", remedy="Enter a name that can be seen.")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"The {what} is longer than {LONGEST_NAME} characters or holds unprintable ones.",
            field="name",
            remedy="Enter a shorter, plain name.",
        )
    for other in taken:
        if as_seen(other) == as_seen(name):
            raise InputError(
                f"The {what} “{other}” is already used.", field="name", remedy="Enter another name."
            )
    return name


def usable_text(text: str) -> str:
    """``text`` without outer blanks, if a tile can show it.

    Raises:
        InputError: it is empty, too long, or holds characters that are none.
    """
    text = text.strip()
    if not text:
        raise InputError("The text of the tile is empty.", field="text", remedy="Enter a text.")
    is_text = all(line.replace("\t", "").isprintable() for line in text.splitlines())
    if len(text) > LONGEST_TEXT or not is_text:
        raise InputError(
            f"The text of the tile is longer than {LONGEST_TEXT:,} characters or holds unprintable ones.",
            field="text",
            remedy="Shorten it, or put it into two tiles.",
        )
    return text


def free_name(name: str, taken: Iterable[str]) -> str:
    """``name``, or with the first number that makes it free: ``Finance (2)``."""
    used = {as_seen(other) for other in taken}
    candidates = (name if n == 1 else _numbered(name, n) for n in count(1))
    return next(candidate for candidate in candidates if as_seen(candidate) not in used)


def _numbered(name: str, number: int) -> str:
    tail = f" ({number})"
    return name[: LONGEST_NAME - len(tail)].rstrip() + tail


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _Kept(_Named, Protocol):
    @property
    def id(self) -> int: ...


_N = TypeVar("_N", bound=_Named)
_K = TypeVar("_K", bound=_Kept)


def named(kept: Iterable[_N], name: str) -> _N | None:
    """The one of a name, case aside; None where there is none."""
    return next((each for each in kept if each.name.casefold() == name.casefold()), None)


def named_or_numbered(kept: Sequence[_K], wanted: str, what: str) -> _K:
    """The one of a name, case aside, or else of an id. Raises InputError when there is none."""
    name = wanted.strip()
    known = named(kept, name) or next((each for each in kept if str(each.id) == name), None)
    if known is None:
        raise InputError(
            f"No {what} is named “{name[:LONGEST_NAME]}”.", field=what, remedy=f"There are: {_names(kept)}."
        )
    return known


def _names(kept: Sequence[_Kept]) -> str:
    names = [f"“{each.name}”" for each in kept[:_MOST_TOLD]]
    more = [f"and {len(kept) - _MOST_TOLD:,} more"] if len(kept) > _MOST_TOLD else []
    return ", ".join([*names, *more]) or "none yet"
