"""Reads rows one by one where they cannot be read together.

One row that breaks the contract must not lose a month: it is returned as *odd*, and the caller sets it aside.
A response in which no row can be read is malformed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from core.api.client import Client
from core.api.pages import Odd, RowDay
from core.errors import MalformedAnswerError

R = TypeVar("R")


def read_rows(
    client: Client, raw: msgspec.Raw, record: type[R], place: str, request_id: str | None
) -> tuple[list[R], tuple[Odd, ...]]:
    """The rows of a list, and those that cannot be read. ``place`` is the list's in the answer.

    Raises:
        MalformedAnswerError: it is no list.
    """
    try:
        return read_all(client, raw, record, place, request_id), ()
    except MalformedAnswerError:
        raws = client.decode(raw, list[msgspec.Raw], at=place, request_id=request_id)
    rows: list[R] = []
    return rows, tuple(_one_by_one(client, raws, record, rows, place, request_id))


def read_all(
    client: Client, raw: msgspec.Raw, record: type[R], place: str, request_id: str | None
) -> list[R]:
    """The rows of a list.

    Raises:
        MalformedAnswerError: it is no list, or one of its rows cannot be read.
    """
    kind: type[list[R]] = list[record]  # type: ignore[valid-type]
    return client.decode(raw, kind, at=place, request_id=request_id)


def _one_by_one(
    client: Client,
    raws: list[msgspec.Raw],
    record: type[R],
    rows: list[R],
    place: str,
    request_id: str | None,
) -> Iterator[Odd]:
    """The odd ones; the others are added to ``rows``."""
    for number, raw in enumerate(raws):
        try:
            rows.append(client.decode(raw, record, at=f"{place}[{number}]", request_id=request_id))
        except MalformedAnswerError as error:
            yield Odd(odd_words(error.said or error.happened), _starting_at(client, raw))


_MISSING = re.compile(r"missing required field `(\w+)`")
_PLACE = re.compile(r" - at `\$.*?\.(\w+)`$")
_EMPTY = ", got `null`"


def odd_words(detail: str) -> str:
    """What is wrong with a row, without its place in the response: the same words for every such row."""
    if missing := _MISSING.search(detail):
        return f"“{missing[1]}” is missing"
    if not (place := _PLACE.search(detail)):
        return detail.partition(" - at ")[0]
    what = detail[: place.start()]
    return f"“{place[1]}” is empty" if what.endswith(_EMPTY) else f"“{place[1]}” cannot be read: {what}"


def _starting_at(client: Client, raw: msgspec.Raw) -> str | None:
    """A flat row's own day; None where it has none, as rows inside buckets."""
    try:
        return client.decode(raw, RowDay, at="$", request_id=None).starting_at
    except MalformedAnswerError:
        return None
