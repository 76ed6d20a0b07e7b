"""Names that people give, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from core.errors import InputError

LONGEST_NAME = 100


def usable_name(name: str, what: str, taken: Iterable[str] = ()) -> str:
    """``name`` without outer blanks, if it can be given. ``what`` it names is said in the errors.

    Raises:
        InputError: it is empty, too long, unprintable, or one of ``taken``, case aside.
    """
    name = name.strip()
    if not name:
        raise InputError(f"The {what} is empty.", field="name", remedy="Enter a name.")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"The {what} is longer than {LONGEST_NAME} characters or holds unprintable ones.",
            field="name",
            remedy="Enter a shorter, plain name.",
        )
    for other in taken:
        if other.casefold() == name.casefold():
            raise InputError(
                f"The {what} “{other}” is already used.", field="name", remedy="Enter another name."
            )
    return name


def free_name(name: str, taken: Iterable[str]) -> str:
    """``name``, or with the first number that makes it free: ``Finance (2)``."""
    used = {other.casefold() for other in taken}
    candidates = (name if n == 1 else _numbered(name, n) for n in count(1))
    return next(candidate for candidate in candidates if candidate.casefold() not in used)


def _numbered(name: str, number: int) -> str:
    tail = f" ({number})"
    return name[: LONGEST_NAME - len(tail)].rstrip() + tail
