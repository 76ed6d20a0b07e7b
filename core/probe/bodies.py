"""An assumption about the service, what was seen of it, and answers read without trusting their form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Generic, TypeVar

S = TypeVar("S")
Body = Mapping[str, Any]
Sums = dict[str, Decimal]

TOKENS = (
    "uncached_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
)
MEASURES = (*TOKENS, "server_tool_use.web_search_requests", "amount")
"""What is compared of a report's rows, nested fields with a dot."""


class Verdict(StrEnum):
    OK = "ok"
    DIFFERS = "differs"
    NOT_GRANTED = "not granted"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Seen:
    """``words`` are this program's and name nothing; ``quote`` is what the service said, and may."""

    verdict: Verdict
    words: str
    quote: str = ""


@dataclass(frozen=True)
class Assumption(Generic[S]):
    """What this program takes for given, and how to look whether a service is so.

    ``matters``: where it is not so, numbers can be missing or wrong; else this program copes.
    """

    name: str
    assumed: str
    look: Callable[[S], Seen]
    matters: bool = False


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    assumed: str
    seen: Seen
    matters: bool


def ok(words: str) -> Seen:
    return Seen(Verdict.OK, words)


def differs(words: str) -> Seen:
    return Seen(Verdict.DIFFERS, words)


def unknown(words: str) -> Seen:
    return Seen(Verdict.UNKNOWN, words)


def judged(is_so: bool, words: str) -> Seen:
    return ok(words) if is_so else differs(words)


def maps(value: object) -> list[Body]:
    """The objects of a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def buckets_of(body: Body) -> list[Body]:
    """The spans of a report in time buckets."""
    return [bucket for bucket in maps(body.get("data")) if "results" in bucket]


def rows_of(body: Body) -> list[Body]:
    """The rows of a report, those in buckets too."""
    return [row for item in maps(body.get("data")) for row in _rows_in(item)]


def _rows_in(item: Body) -> list[Body]:
    return maps(item["results"]) if "results" in item else [item]


def at(row: Body, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def amount_of(value: object) -> Decimal | None:
    """A count, or an amount as text; None for what is neither."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def sums(rows: Iterable[Body]) -> Sums:
    """All measures added up; those of nothing left out."""
    totals: Sums = {}
    for row in rows:
        for path in MEASURES:
            if amount := amount_of(at(row, path)):
                totals[path] = totals.get(path, Decimal(0)) + amount
    return {path: total for path, total in totals.items() if total}


def unequal(first: Sums, second: Sums) -> list[str]:
    """The measures in which they differ."""
    return [path for path in MEASURES if first.get(path, 0) != second.get(path, 0)]


def words_of(rows: Iterable[Body], name: str) -> set[str | None]:
    """The values of a field that occur."""
    return {value if isinstance(value, str) else None for value in (row.get(name) for row in rows)}


def listed(words: Iterable[str | None]) -> str:
    """Values side by side, the empty one last; what cannot be a word of the API's is not shown."""
    values = set(words)
    shown = sorted({_word(word) for word in values if word is not None})
    return ", ".join([*shown, *(["(empty)"] if None in values else [])]) or "none"


def _word(word: str) -> str:
    fit = len(word) <= 24 and word.isascii() and word.replace("_", "").replace("-", "").isalnum()
    digits = sum(map(str.isdigit, word))
    return word if fit and digits <= 6 else "(not shown)"


def names_in(rows: Iterable[Body]) -> Iterator[str]:
    """Field names of rows, in the order they first occur."""
    return iter(dict.fromkeys(name for row in rows for name in row))
