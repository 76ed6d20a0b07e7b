"""Rows by columns, with totals that agree with the total of the page."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import DIMENSIONS, MEASURES, Unit
from core.explore.engine import rows, total
from core.explore.pivot import pivot, pivot_columns
from core.explore.query import Query
from core.explore.sheets import sheet_bytes
from tests.explore.ledgers import OCTOBER, ledger_of, row, tokens
from tests.explore.strategies import LEDGER_ROWS, QUERIES
from tests.explore.test_properties import in_folder
from tests.properties import tried

STEADY = tried(100)


def table(folder, lines, query, across, most_rows=10, most_columns=10, buckets=()):
    asked = query.grouped(*dict.fromkeys((*query.group_by, across)))
    answer = rows(ledger_of(folder, lines), asked)
    return pivot(answer, asked, across, most_rows=most_rows, most_columns=most_columns, buckets=buckets)


def test_rows_and_columns_from_the_largest_with_other_last(tmp_path):
    lines = [row(model=m, user=u, cost=c) for m, u, c in
             (("a", "x", 5), ("a", "y", 1), ("b", "y", 9), ("c", "z", 2), ("d", "w", 1))]  # fmt: skip
    found = table(tmp_path, lines, Query(("cost",), OCTOBER, ("model",)), "user", 2, 2)
    assert found.row_labels == ("b", "a", "Other")
    assert found.column_labels == ("y", "x", "Other")
    assert found.cells == ((9, None, None), (1, 5, None), (None, None, 3))
    assert found.has_rows == ((True, False, False), (True, True, False), (False, False, True))
    assert (found.row_totals, found.column_totals, found.total) == ((9, 6, 3), (10, 5, 3), 18)


def test_days_stand_in_their_order_whether_used_or_not_and_none_is_folded(tmp_path):
    lines = [row(day=d, model="m", cost=c) for d, c in ((9, 1), (2, 50), (30, 7))]
    buckets = [day.isoformat() for day in OCTOBER]
    found = table(tmp_path, lines, Query(("cost",), OCTOBER, ("model",)), "day", 1, 1, buckets)
    assert list(found.column_labels) == buckets
    assert {n: c for n, c in enumerate(found.column_totals) if c is not None} == {1: 50, 8: 1, 29: 7}
    assert found.has_rows[0].count(True) == 3


def test_the_total_of_a_ratio_comes_from_its_sums(tmp_path):
    lines = [tokens(model="m", tokens=10**6, cost=10**8), tokens(model="n", tokens=3 * 10**6, cost=9 * 10**8)]
    found = table(tmp_path, lines, Query(("effective_rate",), OCTOBER, ("model",)), "month")
    assert found.column_totals == (2.5,)
    assert found.total == 2.5


def test_groups_that_would_read_the_same_joined_stay_apart(tmp_path):
    lines = [row(model="a", user="b · c", cost=1), row(model="a · b", user="c", cost=2)]
    found = table(tmp_path, lines, Query(("cost",), OCTOBER, ("model", "user")), "month")
    assert (found.row_labels, found.row_totals) == (("“a · b” · c", "a · “b · c”"), (2, 1))


def test_the_file_is_exact_and_holds_no_formula(tmp_path):
    lines = [row(model="=1+1", day=date(2026, 10, 2), cost=1), row(model="b", day=5, cost=-5)]
    buckets = ("2026-10-02", "2026-10-05")
    found = table(tmp_path, lines, Query(("cost",), OCTOBER, ("model",)), "day", buckets=buckets)
    assert sheet_bytes(pivot_columns(found, "Model")).decode("utf-8-sig").splitlines() == [
        "Model,2026-10-02,2026-10-05,Total",
        "b,,-0.00000005,-0.00000005",
        "'=1+1,0.00000001,,0.00000001",
        "Total,0.00000001,-0.00000005,-0.00000004",
    ]


@pytest.mark.slow
@STEADY
@given(LEDGER_ROWS, QUERIES, st.sampled_from(list(DIMENSIONS)), st.integers(1, 3), st.integers(1, 3))
def test_totals_both_ways_are_the_engines(lines, query, across, most_rows, most_columns):
    query = query.grouped(*query.series)

    def check(folder):
        found = table(folder, lines, query, across, most_rows, most_columns)
        measure = MEASURES[found.measure]
        whole = total(ledger_of(folder, lines), query)[found.measure]
        assert found.total == (pytest.approx(whole, rel=1e-12) if isinstance(whole, float) else whole)
        assert len(found.row_labels) <= most_rows + 1
        if measure.additive:
            for cells, sums in (
                (found.cells, found.row_totals),
                (zip(*found.cells, strict=True), found.column_totals),
            ):
                for line, added in zip(cells, sums, strict=True):
                    assert sum(c for c in line if c is not None) == (added or 0)
                    assert any(c is not None for c in line) == (added is not None)
            assert (
                sum(v or 0 for v in found.row_totals)
                == (whole or 0)
                == sum(v or 0 for v in found.column_totals)
            )
            scale = 10**8 if measure.unit is Unit.USD else 1
            lines_ = list(
                csv.reader(
                    io.StringIO(sheet_bytes(pivot_columns(found, "x")).decode("utf-8-sig"), newline="")
                )
            )
            assert sum(Decimal(c or 0) for r in lines_[1:-1] for c in r[1:-1]) * scale == (whole or 0)

    in_folder(check)
