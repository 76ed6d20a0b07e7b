"""What is compared with what, and what an answer looks like beside the earlier one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import MEASURES
from core.explore.compare import (
    Comparison,
    aligned,
    compared,
    comparison,
    previous_period,
    same_days_last_year,
    same_period_last_month,
    whole_months,
    with_outside,
)
from core.explore.engine import rows, total
from core.explore.query import Query
from core.periods import PRESETS, Period, preset
from tests.explore.ledgers import CLAUDE_AI, OCTOBER, ledger_of, row, tokens
from tests.explore.strategies import LEDGER_ROWS, QUERIES
from tests.explore.test_properties import in_folder
from tests.properties import tried

STEADY = tried(60)
TO_DATE = ("this_week", "month_to_date", "this_quarter", "year_to_date", "last_12_months")
TODAY = date(2026, 11, 23)
LATER = date(2027, 1, 1)
DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))
PERIODS = st.builds(lambda start, days: Period(start, start + timedelta(days)), DAYS, st.integers(1, 400))


def days(first, last):
    return Period(date.fromisoformat(first), date.fromisoformat(last) + timedelta(1))


@pytest.mark.parametrize(
    ("asked", "earlier"),
    [
        (days("2026-11-10", "2026-11-16"), days("2026-11-03", "2026-11-09")),
        (days("2026-11-02", "2026-11-29"), days("2026-10-05", "2026-11-01")),
        (days("2026-10-29", "2026-11-27"), days("2026-09-24", "2026-10-23")),
        (days("2026-11-27", "2026-11-27"), days("2026-11-20", "2026-11-20")),
        (days("2026-10-01", "2026-10-31"), days("2026-09-01", "2026-09-30")),
        (days("2026-01-01", "2026-03-31"), days("2025-10-01", "2025-12-31")),
    ],
)
def test_the_previous_period_is_as_many_days_on_the_same_weekdays_or_as_many_months(asked, earlier):
    assert previous_period(asked) == earlier


@pytest.mark.parametrize(
    ("name", "asked", "earlier"),
    [
        ("this_week", days("2026-11-16", "2026-11-18"), days("2026-11-09", "2026-11-11")),
        ("this_quarter", days("2026-10-01", "2026-11-22"), days("2026-07-01", "2026-08-22")),
        ("last_12_months", days("2025-12-01", "2026-11-22"), days("2024-12-01", "2025-11-22")),
        ("last_28", days("2026-10-27", "2026-11-22"), days("2026-09-29", "2026-10-25")),
        ("yesterday", days("2026-11-22", "2026-11-22"), days("2026-11-15", "2026-11-15")),
    ],
)
def test_the_previous_period_of_a_preset(name, asked, earlier):
    assert previous_period(asked, name) == earlier


@pytest.mark.parametrize(
    ("asked", "earlier"),
    [
        (days("2026-11-01", "2026-11-22"), days("2026-10-01", "2026-10-22")),
        (days("2026-03-01", "2026-03-30"), days("2026-02-01", "2026-02-28")),
        (days("2026-03-31", "2026-03-31"), days("2026-02-28", "2026-02-28")),
        (days("2026-02-01", "2026-02-28"), days("2026-01-01", "2026-01-31")),
        (days("2026-10-25", "2026-11-22"), days("2026-09-25", "2026-10-23")),
    ],
)
def test_the_same_period_of_last_month(asked, earlier):
    assert same_period_last_month(asked) == earlier


@pytest.mark.parametrize(
    ("asked", "earlier"),
    [
        (days("2026-10-25", "2026-11-22"), days("2025-10-25", "2025-11-22")),
        (days("2024-02-29", "2024-02-29"), days("2023-02-28", "2023-02-28")),
        (days("2024-02-01", "2024-02-29"), days("2023-02-01", "2023-02-28")),
        (days("2025-02-01", "2025-02-28"), days("2024-02-01", "2024-02-28")),
    ],
)
def test_the_same_days_of_last_year(asked, earlier):
    assert same_days_last_year(asked) == earlier


@given(PERIODS, st.sampled_from(["previous", "month", "year"]), st.none() | st.sampled_from(list(PRESETS)))
def test_the_earlier_days_begin_earlier_and_are_never_none(period, kind, name):
    found = comparison(kind, period, LATER + timedelta(1000), preset=name)
    assert found and found.period == period and not found.unfinished.days
    assert found.earlier.days >= 1
    assert found.earlier.start < period.start
    assert found.earlier.days <= period.days + 3
    if kind == "previous" and name not in TO_DATE:
        assert whole_months(period) or found.is_by_weekday
        assert found.earlier.end <= period.start < found.earlier.end + timedelta(7)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("kind", ["previous", "month", "year"])
def test_a_day_that_is_not_over_is_never_compared(name, kind):
    period = preset(name, TODAY)
    found = comparison(kind, period, TODAY, preset=name)
    if name == "this_week":  # today is a Monday
        assert found is None
        return
    assert found
    assert TODAY not in found.period
    assert found.unfinished == Period(found.period.end, period.end)
    assert found.is_even or name in ("last_month", "last_quarter")


def test_days_the_data_do_not_reach_the_end_of_are_left_out_too():
    found = comparison("previous", days("2026-11-10", "2026-11-23"), date(2026, 11, 21))
    assert found == Comparison(
        days("2026-11-10", "2026-11-20"), days("2026-10-27", "2026-11-06"), days("2026-11-21", "2026-11-23")
    )


def test_without_a_complete_day_or_a_kind_there_is_no_comparison():
    assert comparison("previous", days("2026-11-23", "2026-11-23"), TODAY) is None
    assert comparison("none", days("2026-10-01", "2026-10-31"), TODAY) is None
    assert comparison("chosen", days("2026-10-01", "2026-10-31"), TODAY) is None


def test_chosen_days_are_taken_as_they_are():
    chosen = days("2026-01-05", "2026-01-06")
    found = comparison("chosen", days("2026-10-01", "2026-10-31"), TODAY, chosen=chosen)
    assert found and found.earlier == chosen and not found.is_even


def _compared(folder, lines, query, earlier, outside=None):
    """The groups of the query beside those of the earlier days; ``outside`` are the days after it."""
    ledger = ledger_of(folder, lines)
    now, before = rows(ledger, query), rows(ledger, query.during(earlier))
    groups = with_outside(now, rows(ledger, query.during(outside)), query) if outside else now
    return compared(groups, before, query)


SEPTEMBER = days("2026-09-01", "2026-09-30")


def test_new_and_vanished_groups_are_named_and_zero_on_the_other_side(tmp_path):
    lines = [row(day=date(2026, 9, 3), model=m, cost=c) for m, c in (("stays", 10), ("gone", 20), (None, 1))]
    lines += [row(day=3, model=m, cost=c) for m, c in (("stays", 15), ("new", 40))]
    found = _compared(tmp_path, lines, Query(("cost",), OCTOBER, ("model",)), SEPTEMBER)
    by_model = {line["model"]: line for line in found.rows(named=True)}
    assert {m: (v["cost"], v["before"], v["change"], v["state"]) for m, v in by_model.items()} == {
        "stays": (15, 10, 5, ""),
        "gone": (0, 20, -20, "Gone"),
        "new": (40, 0, 40, "New"),
        "No model": (0, 1, -1, "Gone"),
    }
    assert by_model["No model"]["model_empty"] == "none"


def test_what_is_unknown_stays_unknown(tmp_path):
    lines = [row(day=date(2026, 9, 3), model="m", cost=10), tokens(day=3, model="m", tokens=5)]
    lines += [tokens(day=3, model="never priced", tokens=5)]
    found = _compared(tmp_path, lines, Query(("cost", "tokens"), OCTOBER, ("model",)), SEPTEMBER)
    assert {line[0]: line[1:] for line in found.select("model", "cost", "before", "change").rows()} == {
        "m": (None, 10, None),
        "never priced": (None, None, None),
    }


def test_a_ratio_of_a_missing_side_is_unknown(tmp_path):
    lines = [tokens(day=3, model="m", tokens=10**6, cost=10**8)]
    found = _compared(tmp_path, lines, Query(("effective_rate",), OCTOBER, ("model",)), SEPTEMBER)
    assert found.select("effective_rate", "before", "change", "state").rows() == [(1.0, None, None, "New")]


def test_a_group_of_the_unfinished_day_alone_is_new(tmp_path):
    lines = [row(day=31, model="today", cost=7), row(CLAUDE_AI, day=2, model="m", cost=3)]
    complete = Query(("cost",), days("2026-10-01", "2026-10-30"), ("model",))
    found = _compared(tmp_path, lines, complete, SEPTEMBER, outside=days("2026-10-31", "2026-10-31"))
    names = ("model", "cost", "outside", "before", "change", "state")
    shown = {line[0]: line[1:] for line in found.select(names).rows()}
    assert shown == {"today": (0, 7, 0, 0, "New"), "m": (3, None, 0, 3, "New")}


@pytest.mark.slow
@STEADY
@given(LEDGER_ROWS, QUERIES, st.integers(1, 60))
def test_changes_add_up_to_the_change_of_the_total(lines, query, back):
    query = query.grouped(*query.series)
    earlier = query.period.shifted(-back)

    def check(folder):
        ledger = ledger_of(folder, lines)
        now, before = rows(ledger, query), rows(ledger, query.during(earlier))
        found = compared(now, before, query)
        first = query.measures[0]
        if query.series:
            keys = [f"{name}_value" for name in query.series] + [f"{name}_empty" for name in query.series]
            assert found.select(keys).is_unique().all()
            assert found.height == len(set(now.select(keys).rows()) | set(before.select(keys).rows()))
        if MEASURES[first].additive:
            assert (found[first].sum() or 0) == (total(ledger, query)[first] or 0)
            assert (found["before"].sum() or 0) == (total(ledger, query.during(earlier))[first] or 0)
            assert found["change"].null_count() == (found[first].is_null() | found["before"].is_null()).sum()

    in_folder(check)


def _aligned(folder, lines, measure, periods, grain="day"):
    query = Query((measure,), periods.period, ("day",))
    daily = rows(ledger_of(folder, lines), query.during(periods.earlier))
    return aligned(daily, query, periods, grain)


def _against(earlier, period=OCTOBER, end=None):
    return Comparison(period, earlier, Period(period.end, end or period.end))


def test_day_is_laid_over_day_and_a_day_without_use_is_zero(tmp_path):
    periods = _against(days("2026-09-01", "2026-09-03"), days("2026-10-05", "2026-10-07"))
    found = _aligned(tmp_path, [row(day=date(2026, 9, 2), cost=7)], "cost", periods)
    assert found.select("start", "value", "first").rows() == [
        (date(2026, 10, 5), 0, date(2026, 9, 1)),
        (date(2026, 10, 6), 7, date(2026, 9, 2)),
        (date(2026, 10, 7), 0, date(2026, 9, 3)),
    ]


def test_a_ratio_without_use_is_unknown(tmp_path):
    periods = _against(days("2026-09-01", "2026-09-02"), days("2026-10-05", "2026-10-06"))
    lines = [tokens(day=date(2026, 9, 2), tokens=10**6, cost=10**8)]
    assert _aligned(tmp_path, lines, "effective_rate", periods)["value"].to_list() == [None, 1.0]


def test_weeks_take_the_days_that_are_laid_over_them(tmp_path):
    lines = [row(day=date(2026, 9, n), cost=1) for n in range(1, 31)]
    found = _aligned(tmp_path, lines, "cost", _against(SEPTEMBER), "week")
    assert found["value"].to_list() == [4, 7, 7, 7, 3], "28 days on: September 1 and 2 are before October 1"
    assert found.row(0) == (date(2026, 9, 28), 4, date(2026, 9, 3), date(2026, 9, 6))


@given(PERIODS, st.sampled_from(["previous", "month", "year"]), st.sampled_from(["day", "week"]))
def test_a_weekday_is_laid_over_the_same_weekday(period, kind, grain):
    found = comparison(kind, period, LATER + timedelta(1000))
    assert found
    if min(found.period.days, found.earlier.days) >= 7:
        assert found.laid_over_by.days % 7 == 0 and found.line_is_by_weekday(grain)
        assert abs(found.laid_over_by - (found.period.start - found.earlier.start)) <= timedelta(3)


def test_months_are_laid_over_months_and_what_lies_beyond_the_view_is_not_drawn(tmp_path):
    lines = [row(day=date(2026, 8, 31), cost=5), row(day=date(2026, 9, 30), cost=9)]
    periods = _against(days("2026-08-01", "2026-09-30"), days("2026-10-01", "2026-11-30"))
    assert _aligned(tmp_path, lines, "cost", periods, "month")["value"].to_list() == [5, 9]
    shorter = _against(days("2026-08-01", "2026-08-31"), days("2026-09-01", "2026-09-30"))
    assert _aligned(tmp_path, lines, "cost", shorter, "day")["first"].min() == date(2026, 8, 4)
