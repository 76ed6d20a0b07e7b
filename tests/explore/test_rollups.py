"""Sums beside the rows: the same answers as from the rows, from the smallest file that holds them."""

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given

from core.errors import InputError, StoreError
from core.explore import scan
from core.explore.engine import rows, total
from core.explore.query import Filter, Query
from core.explore.scan import scan_sums
from core.ledger.rollups import ROLLUPS, rollup_rows
from core.ledger.schema import LEDGER_SCHEMA
from core.periods import Period
from tests.explore.ledgers import CLAUDE_AI, OCTOBER, ledger_of, row, tokens
from tests.explore.strategies import LEDGER_ROWS, QUERIES
from tests.properties import tried

AUTUMN = Period(date(2026, 9, 1), date(2026, 12, 1))


@pytest.mark.slow
@tried(100)
@given(LEDGER_ROWS, QUERIES)
def test_rollups_answer_as_the_rows_do(lines, query):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        ledger = ledger_of(Path(folder), lines)
        found = rows(ledger, query)
        patch.setattr(scan, "ROLLUPS", ())
        assert found.equals(rows(ledger, query))


def opened(ledger, query):
    """The rollup each month of a question is read from, "" for the rows."""
    plan = scan_sums(ledger, query, ()).explain()
    return {
        rollup.name if rollup else ""
        for file in ledger.files
        for rollup in (None, *ROLLUPS)
        if str(file.rollup_path(rollup) if rollup else file.path) in plan
    }


@pytest.mark.parametrize(
    ("group_by", "period", "rollup"),
    [
        (("month", "origin"), AUTUMN, "months"),
        (("model", "description"), AUTUMN, "months"),
        (("api_key", "user"), AUTUMN, "people"),
        (("week", "model"), AUTUMN, "days"),
        (("model",), Period(date(2026, 10, 6), date(2026, 12, 1)), "days"),
        (("day", "user", "product"), AUTUMN, "people-days"),
        (("model", "user"), AUTUMN, ""),
    ],
)
def test_the_smallest_rollup_that_holds_the_question_is_read(tmp_path, group_by, period, rollup):
    ledger = ledger_of(tmp_path, [row(CLAUDE_AI, 5, cost=1), row(CLAUDE_AI, 7, cost=2)])
    assert opened(ledger, Query(("cost",), period, group_by)) == {rollup}


def test_filters_and_token_types_count_as_asked_for(tmp_path):
    ledger = ledger_of(tmp_path, [tokens(user="a", tokens=1)])
    assert opened(ledger, Query(("cost",), OCTOBER, ("model",), (Filter("user", ("a",)),))) == {""}
    by_type = Query(("output_tokens",), OCTOBER, ("user",))
    assert rows(ledger, by_type)["output_tokens"].to_list() == [1]
    ledger.files[0].path.unlink()  # no rollup of users knows token types
    with pytest.raises(StoreError, match=r"could not be read.*Try again"):
        rows(ledger, by_type)


def test_a_month_is_whole_where_the_period_holds_all_its_rows(tmp_path):
    ledger = ledger_of(tmp_path, [row(day=n, cost=n) for n in (9, 20)])
    until_today = Query(("cost",), Period(date(2026, 10, 9), date(2026, 10, 21)), ("month",))
    assert opened(ledger, until_today) == {"months"}
    assert rows(ledger, until_today)["cost"].to_list() == [29]
    assert total(ledger, until_today.during(Period(date(2026, 10, 10), date(2026, 10, 21)))) == {"cost": 20}


def test_sums_beyond_64_bits_stay_apart(tmp_path):
    ledger = ledger_of(tmp_path, [row(day=n, cost=2**62) for n in (5, 6)])
    with pytest.raises(InputError, match="too large"):
        total(ledger, Query(("cost",), OCTOBER))
    first_day = Period(date(2026, 10, 1), date(2026, 10, 6))
    assert total(ledger, Query(("cost",), first_day)) == {"cost": 2**62}


def test_what_is_unknown_is_not_added_to_what_is_known(tmp_path):
    lines = [tokens(tokens=5, cost=7), tokens(tokens=3), tokens(cost=2), tokens(tokens=0, cost=1)]
    frame = pl.DataFrame(lines, schema=LEDGER_SCHEMA)
    for rollup in ROLLUPS:
        found = rollup_rows(frame, rollup).select("tokens", "cost_microcents").rows()
        assert set(found) == {(5, 8), (3, None), (None, 2)}


def test_a_month_without_rollups_is_read_from_its_rows(tmp_path):
    ledger = ledger_of(tmp_path, [row(day=5, cost=1), row(day=date(2026, 11, 5), cost=2)])
    few, many = ledger.files
    ledger = replace(ledger, files=(replace(few, rollups=()), many))
    query = Query(("cost",), AUTUMN, ("month",))
    assert opened(ledger, query) == {"", "months"}
    assert rows(ledger, query)["cost"].to_list() == [1, 2]
