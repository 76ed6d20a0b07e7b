"""What answers look like where servers differ: fields left out, null or unknown, rows nobody can count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from core.demo.behaviour import Behaviour

Result = dict[str, Any]

_UNKNOWN = {"field_of_tomorrow": {"since": "2027-01-01", "values": [1, None, "x"]}}
_OPEN_MAPS = frozenset({"tags"})
_AMOUNTS = ("amount", "list_amount")


def bill(rows: list[Result], day: date, behaviour: Behaviour) -> list[Result]:
    """A day's bill with the rows that this behaviour adds to it, each like its first."""
    odd = [_like(rows[0], **fields) for fields in _odd_amounts(day, behaviour)] if rows else []
    return [*rows, *odd]


def _odd_amounts(day: date, behaviour: Behaviour) -> Iterator[Result]:
    if behaviour.zero_amounts:
        yield {"amount": "0E-10"}
    if day in behaviour.days_without_amount:
        yield {"amount": None}
    if day in behaviour.days_in_euro:
        yield {"amount": "1234.500000", "currency": "EUR"}


def _like(row: Result, *, amount: str | None, currency: str = "USD") -> Result:
    amounts = {name: amount for name in _AMOUNTS if name in row}
    described = {"description": f"{row['description']}, Adjustment"} if row.get("description") else {}
    requests = {"requests": 0} if row.get("requests") is not None else {}
    return {**row, **described, **requests, **amounts, "currency": currency}


def usage(rows: list[Result], behaviour: Behaviour) -> list[Result]:
    """Usage rows, those without a search without the object that counts them."""
    if not behaviour.null_server_tool_use:
        return rows
    return [
        row if row["server_tool_use"]["web_search_requests"] else {**row, "server_tool_use": None}
        for row in rows
    ]


def with_unknown(value: Any, behaviour: Behaviour) -> Any:
    """An answer or a row, every object of it with a field that no reference names."""
    return _extended(value) if behaviour.unknown_fields else value


def _extended(value: Any) -> Any:
    if isinstance(value, list):
        return [_extended(item) for item in value]
    if not isinstance(value, dict):
        return value
    known = {name: item if name in _OPEN_MAPS else _extended(item) for name, item in value.items()}
    return {**known, **_UNKNOWN}
