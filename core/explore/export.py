"""An answer as a file: its columns for spreadsheets and data tools, JSON for programs; what a file is named.

All hold one row per group of the query, so that the amounts add up to the total of the page. Numbers are
written exactly.
"""

from __future__ import annotations

import json

import polars as pl

from core.dimensions import MEASURES, TIME_DIMENSIONS, Unit
from core.explore.cells import dimension_texts
from core.explore.measures import regrouped
from core.explore.query import Query
from core.explore.sheets import Column, sheet_bytes
from core.money import usd_decimal


def columns_of(rows: pl.DataFrame, query: Query) -> list[Column]:
    """An answer as columns: each dimension by its name, then each measure by its own header (``cost_usd``).

    An empty dimension reads as its label, other values as the API spells them.
    """
    return [
        *(dimension_column(rows, name) for name in query.group_by),
        *(Column(MEASURES[name].column, rows[name], MEASURES[name].unit) for name in query.measures),
    ]


def dimension_column(rows: pl.DataFrame, name: str) -> Column:
    """The values of a dimension; time as days."""
    return Column(name, rows[name] if name in TIME_DIMENSIONS else dimension_texts(rows, name))


def csv_bytes(rows: pl.DataFrame, query: Query) -> bytes:
    """The answer as CSV: UTF-8 with a byte order mark, comma, CRLF. Dollars have eight places."""
    return sheet_bytes(columns_of(rows, query))


def json_text(rows: pl.DataFrame, query: Query) -> str:
    """The answer as a JSON list of objects, one per combination of values, keyed like the CSV.

    Amounts are decimal strings in US dollars, counts whole numbers, ratios and rates numbers, unknown null.
    All kinds of empty are null, and groups that differ only in that are added up.
    """
    keys = [f"{name}_value" for name in query.group_by]
    folded = regrouped(rows, keys, query.measures)
    names = [*query.group_by, *(MEASURES[name].column for name in query.measures)]
    columns = [folded[key].to_list() for key in keys]
    columns += [[_json_value(name, value) for value in folded[name]] for name in query.measures]
    objects = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
    lines = ",\n".join(json.dumps(line, ensure_ascii=False) for line in objects)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def file_stem(query: Query) -> str:
    """A file's name that tells the view: ``token-ledger_cost_by-model_2026-10-01_2026-10-31_only-user``.

    Days are the first and the last inside. ASCII, at most 140 characters, nothing that the API sent.
    """
    parts = ["token-ledger", "-".join(query.measures[:3])]
    parts += [f"by-{'-'.join(map(_plain, query.group_by))}"] if query.group_by else []
    parts += [query.period.start.isoformat(), query.period.last.isoformat()]
    parts += [
        f"{'without' if condition.exclude else 'only'}-{_plain(condition.dimension)}"
        for condition in query.filters
    ]
    return "_".join(parts)[:140]


def _plain(name: str) -> str:
    """Without the key of a tag, which the API sent."""
    return name.partition(":")[0]


def _json_value(measure: str, value: int | float | None) -> str | int | float | None:
    if value is None or MEASURES[measure].unit is not Unit.USD:
        return value
    return usd_decimal(int(value))
