"""An answer as a file: CSV for spreadsheets, JSON for programs.

Both hold one row per group of the query, so that the amounts add up to the total of the page. Numbers are
written exactly; text came from an API in which anyone may name things, and is made safe.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata

import polars as pl

from core.dimensions import DIMENSIONS, MEASURES, TIME_DIMENSIONS, Unit
from core.explore.labels import spelled_label
from core.explore.measures import regrouped
from core.explore.query import Query
from core.money import usd_decimal

_FORMULA_STARTS = frozenset("=+-@\t\r\n\N{MINUS SIGN}")
_QUOTES = "\"'`“”‘’"


def csv_bytes(rows: pl.DataFrame, query: Query) -> bytes:
    """The answer as CSV: UTF-8 with a byte order mark, comma, CRLF.

    Headers are dimension names and measure columns (``cost_usd``). Amounts are exact decimals with eight
    places, unknown is an empty cell. An empty dimension reads as its label, other values as the API spells
    them.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*query.group_by, *(MEASURES[name].column for name in query.measures)])
    cells = [_dimension_cells(rows, name) for name in query.group_by]
    cells += [[number_cell(name, value) for value in rows[name]] for name in query.measures]
    writer.writerows(zip(*cells, strict=True))
    return text.getvalue().encode("utf-8-sig")


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
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in objects)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def csv_name(query: Query, extension: str = "csv") -> str:
    """A file name that tells the view: ``token-ledger_cost_by-model_2026-10-01_2026-10-31_only-user.csv``.

    Days are the first and the last inside. ASCII, at most 150 characters, nothing that the API sent.
    """
    parts = ["token-ledger", "-".join(query.measures[:3])]
    parts += [f"by-{'-'.join(query.group_by)}"] if query.group_by else []
    parts += [query.period.start.isoformat(), query.period.last.isoformat()]
    parts += [f"{'without' if one.exclude else 'only'}-{one.dimension}" for one in query.filters]
    return f"{'_'.join(parts)[:140]}.{extension}"


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before a cell that could be one.

    Looked at are the first character and the first after blanks, quotation marks and invisible characters, in
    any width, and what follows a semicolon or tab, where spreadsheets of other countries start a new cell.
    """
    guarded = re.sub(r"(?<=[;\t])[^;\t]*", lambda rest: _guarded(rest.group()), text)
    return _guarded(guarded)


def _guarded(text: str) -> str:
    return f"'{text}" if _starts_formula(text) else text


def _starts_formula(text: str) -> bool:
    if text[:1] in _FORMULA_STARTS and text:
        return True
    visible = next((char for char in text if not _skipped(char)), "")
    return unicodedata.normalize("NFKC", visible)[:1] in _FORMULA_STARTS if visible else False


def _skipped(char: str) -> bool:
    return char.isspace() or char in _QUOTES or unicodedata.category(char) in ("Cc", "Cf", "Mn")


def _dimension_cells(rows: pl.DataFrame, name: str) -> list[str]:
    if name in TIME_DIMENSIONS:
        return [day.isoformat() for day in rows[name]]
    dimension = DIMENSIONS[name]
    pairs = list(zip(rows[f"{name}_value"], rows[name], strict=True))
    cells = {
        (value, label): safe_text(label if value is None else spelled_label(dimension, value))
        for value, label in set(pairs)
    }
    return [cells[pair] for pair in pairs]


def number_cell(measure: str, value: int | float | None) -> str:
    """A number as a cell: exact dollars with eight places, a plain number, or nothing where it is unknown."""
    if value is None:
        return ""
    if MEASURES[measure].unit is Unit.USD:
        return usd_decimal(int(value))
    return str(value) if isinstance(value, int) else f"{value:.12f}".rstrip("0").rstrip(".")


def _json_value(measure: str, value: int | float | None) -> str | int | float | None:
    if value is None or MEASURES[measure].unit is not Unit.USD:
        return value
    return usd_decimal(int(value))
