"""Random ledgers and questions, against the plain computation."""

import csv
import io
import json
import tempfile
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import DIMENSIONS, MEASURES, TIME_DIMENSIONS, Unit
from core.explore.cells import number_text, safe_text
from core.explore.engine import rows, total, total_of
from core.explore.export import columns_of, csv_bytes, json_text
from core.explore.labels import spelled_label
from core.explore.parquet import parquet_bytes
from core.explore.query import Empty
from core.explore.top import top
from tests.explore.ledgers import CONNECTIONS, ledger_of
from tests.explore.naive import grouped, measured
from tests.explore.strategies import LEDGER_ROWS, QUERIES
from tests.properties import tried

STEADY = tried(100)


def same(found, expected):
    return (
        found == expected if not isinstance(expected, float) else found == pytest.approx(expected, rel=1e-12)
    )


def in_folder(check):
    with tempfile.TemporaryDirectory() as folder:
        check(Path(folder))


def group_of(line, query):
    def value(name):
        kind = None if name in TIME_DIMENSIONS else line[f"{name}_empty"]
        return Empty(kind) if kind else line[f"{name}_value"]

    return tuple(value(name) for name in query.group_by)


def plain(lines, query):
    if not query.group_by:
        return {(): [row for part in grouped(lines, query, CONNECTIONS).values() for row in part]}
    return grouped(lines, query, CONNECTIONS)


@pytest.mark.slow
@STEADY
@given(LEDGER_ROWS, QUERIES)
def test_every_group_and_total_is_what_adding_up_gives(lines, query):
    def check(folder):
        ledger = ledger_of(folder, lines)
        answer = rows(ledger, query)
        assert total_of(answer, query.measures) == total(ledger, query)
        found = {group_of(line, query): line for line in answer.rows(named=True)}
        expected = plain(lines, query)
        assert found.keys() == expected.keys()
        for group, part in expected.items():
            for name in query.measures:
                assert same(found[group][name], measured(part, name)), (group, name)
        everything = [row for part in expected.values() for row in part]
        for name, value in total(ledger, query).items():
            assert same(value, measured(everything, name)), name

    in_folder(check)


@pytest.mark.slow
@STEADY
@given(LEDGER_ROWS, QUERIES, st.integers(1, 4))
def test_the_top_and_other_lose_nothing(lines, query, n):
    def check(folder):
        answer = rows(ledger_of(folder, lines), query)
        shown = top(answer, query, n)
        time = list(query.time_dimensions)
        for name in query.measures:
            if MEASURES[name].additive:
                assert shown[name].sum() == answer[name].sum()
                assert shown[name].is_null().all() == answer[name].is_null().all()
        assert shown.filter(~shown["is_other"]).select(query.series).n_unique() <= n or not query.series
        assert shown.select(*query.series, *time).is_unique().all() or not query.group_by
        rest = grouped(lines, query, CONNECTIONS).keys() - {
            group_of(line, query) for line in shown.filter(~shown["is_other"]).rows(named=True)
        }
        assert bool(rest) == bool(shown["is_other"].any())
        for other in shown.filter(shown["is_other"]).rows(named=True):
            part = [
                row
                for group, members in grouped(lines, query, CONNECTIONS).items()
                if group in rest and all(group[query.group_by.index(t)] == other[f"{t}_value"] for t in time)
                for row in members
            ]
            for name in query.measures:
                assert same(other[name], measured(part, name)), name

    in_folder(check)


@pytest.mark.slow
@STEADY
@given(LEDGER_ROWS, QUERIES)
def test_the_csv_adds_up_to_the_total_and_no_cell_is_a_formula(lines, query):
    def check(folder):
        ledger = ledger_of(folder, lines)
        answer = rows(ledger, query)
        table = list(csv.DictReader(io.StringIO(csv_bytes(answer, query).decode("utf-8-sig"), newline="")))
        assert len(table) == answer.height
        for name, value in total(ledger, query).items():
            cells = [row[MEASURES[name].column] for row in table]
            if MEASURES[name].additive:
                scale = 10**8 if MEASURES[name].unit is Unit.USD else 1
                summed = sum((Decimal(cell) for cell in cells if cell), Decimal(0))
                assert summed * scale == (value or 0)
                assert any(cells) == (value is not None)
        for row in table:
            texts = [row[name] for name in query.group_by]
            assert all(
                (text and text.lstrip(" \"'“")[:1] not in "=+-@\t\r") or text[0] == "'" for text in texts
            )
        assert len({tuple(row[name] for name in query.group_by) for row in table}) == len(table) or not table

    in_folder(check)


def _number(name, value):
    return "" if value is None else number_text(value, MEASURES[name].unit)


def csv_cell_by_cell(answer, query):
    """The CSV as the standard library writes it, each cell formatted on its own."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*query.group_by, *(MEASURES[name].column for name in query.measures)])
    for line in answer.rows(named=True):
        cells = []
        for name in query.group_by:
            value, dimension = line[f"{name}_value"], DIMENSIONS[name]
            spelled = line[name] if value is None else spelled_label(dimension, value)
            cells.append(value if name in TIME_DIMENSIONS else safe_text(spelled))
        writer.writerow([*cells, *(_number(name, line[name]) for name in query.measures)])
    return text.getvalue().encode("utf-8-sig")


@pytest.mark.slow
@STEADY
@given(LEDGER_ROWS, QUERIES)
def test_the_csv_is_to_the_byte_what_each_cell_on_its_own_gives(lines, query):
    def check(folder):
        answer = rows(ledger_of(folder, lines), query)
        assert csv_bytes(answer, query) == csv_cell_by_cell(answer, query)
        read = pl.read_parquet(io.BytesIO(parquet_bytes(columns_of(answer, query))))
        for name in query.measures:
            scale = 10**8 if MEASURES[name].unit is Unit.USD else 1
            found = [None if value is None else value * scale for value in read[MEASURES[name].column]]
            assert found == answer[name].to_list()

    in_folder(check)


@pytest.mark.slow
@STEADY
@given(LEDGER_ROWS, QUERIES)
def test_json_has_each_combination_once_and_adds_up(lines, query):
    def check(folder):
        ledger = ledger_of(folder, lines)
        objects = json.loads(json_text(rows(ledger, query), query))
        keys = [tuple(one[name] for name in query.group_by) for one in objects]
        assert len(set(keys)) == len(keys)
        expected = {
            tuple(None if isinstance(value, Empty) else value for value in group): None
            for group in grouped(lines, query, CONNECTIONS)
        }
        assert set(keys) == expected.keys() or not query.group_by
        for name, value in total(ledger, query).items():
            column = MEASURES[name].column
            if MEASURES[name].additive:
                scale = 10**8 if MEASURES[name].unit is Unit.USD else 1
                assert sum(Decimal(one[column] or 0) for one in objects) * scale == (value or 0)

    in_folder(check)
