from datetime import date

import pytest

from core.charts.timeline import Timeline
from core.explore.buckets import MAX_POINTS, fitting_grain, whole_buckets
from core.periods import Period

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))


def _days(first: int, last: int) -> frozenset[date]:
    return frozenset(date(2026, 10, day) for day in range(first, last + 1))


def test_buckets_are_cut_at_the_period_and_leave_no_day_out() -> None:
    buckets = Timeline(OCTOBER, "week").buckets()
    assert buckets[0] == Period(date(2026, 10, 1), date(2026, 10, 5))
    assert buckets[-1] == Period(date(2026, 10, 26), date(2026, 11, 1))
    assert [day for bucket in buckets for day in bucket] == list(OCTOBER)


def test_a_cut_bucket_is_found_by_the_first_day_of_its_whole_week() -> None:
    timeline = Timeline(OCTOBER, "week")
    assert timeline.key(timeline.buckets()[0]) == date(2026, 9, 28)


def test_a_bucket_is_a_gap_only_when_nothing_of_it_is_known() -> None:
    timeline = Timeline(OCTOBER, "week", uncovered=_days(5, 13))
    states = [timeline.state(bucket) for bucket in timeline.buckets()]
    assert states == ["Final", "No data", "Incomplete", "Final", "Final"]


def test_a_day_that_cannot_be_reported_yet_is_no_lack_of_data() -> None:
    today = _days(31, 31)
    timeline = Timeline(OCTOBER, "day", uncovered=_days(30, 31), awaited=today)
    assert [timeline.state(bucket) for bucket in timeline.buckets()[-3:]] == [
        "Final", "No data", "Not reported yet",
    ]  # fmt: skip
    weeks = Timeline(OCTOBER, "week", uncovered=today, awaited=today)
    assert weeks.state(weeks.buckets()[-1]) == "Final"


def test_neighbouring_gaps_are_one_span() -> None:
    timeline = Timeline(OCTOBER, "day", uncovered=_days(3, 5) | _days(9, 9))
    assert timeline.spans("No data") == [
        Period(date(2026, 10, 3), date(2026, 10, 6)),
        Period(date(2026, 10, 9), date(2026, 10, 10)),
    ]


def test_what_one_connection_lacks_is_incomplete_even_when_it_may_also_change() -> None:
    timeline = Timeline(OCTOBER, "day", provisional=_days(20, 31), partial=_days(31, 31))
    assert timeline.state(Period(date(2026, 10, 31), date(2026, 11, 1))) == "Incomplete"
    assert timeline.state(Period(date(2026, 10, 30), date(2026, 10, 31))) == "May still change"


def test_an_empty_period_has_no_buckets() -> None:
    assert Timeline(Period(OCTOBER.start, OCTOBER.start), "day").buckets() == []


def test_the_grain_gets_coarser_until_the_chart_can_hold_it() -> None:
    years = Period(date(2024, 1, 1), date(2027, 1, 1))
    assert fitting_grain(OCTOBER, "day", 13) == "day"
    assert fitting_grain(years, "day", 13) == "week"
    assert fitting_grain(years, "day", 50) == "month"
    assert years.days * 13 > MAX_POINTS


def test_a_bucket_that_is_cut_or_not_over_says_how_much_of_it_there_is() -> None:
    weeks = Timeline(OCTOBER, "week", unfinished=_days(31, 31))
    assert [weeks.cut(bucket) for bucket in weeks.buckets()] == ["4 of 7 days", "", "", "", "5 of 7 days"]
    months = Timeline(Period(date(2026, 9, 1), date(2026, 11, 1)), "month", unfinished=_days(31, 31))
    assert [months.cut(bucket) for bucket in months.buckets()] == ["", "30 of 31 days"]
    days = Timeline(Period(date(2026, 10, 30), date(2026, 11, 1)), "day", unfinished=_days(31, 31))
    assert [days.cut(bucket) for bucket in days.buckets()] == ["", "so far"]
    assert weeks.has_cut and not Timeline(OCTOBER, "day").has_cut


def test_what_is_not_known_is_no_cut_bucket() -> None:
    assert not Timeline(OCTOBER, "day", uncovered=_days(31, 31), unfinished=_days(31, 31)).has_cut


@pytest.mark.parametrize(
    ("grain", "days", "today", "whole"),
    [
        ("week", ("2026-10-31", "2026-11-28"), "2026-11-27", ("2026-10-26", "2026-11-23")),
        ("week", ("2026-10-28", "2026-11-05"), "2026-11-27", ("2026-10-26", "2026-11-09")),
        ("week", ("2026-10-26", "2026-11-09"), "2026-11-09", ("2026-10-26", "2026-11-09")),
        ("week", ("2026-11-24", "2026-11-28"), "2026-11-27", ("2026-11-23", "2026-11-23")),
        ("month", ("2025-12-31", "2026-02-02"), "2026-02-28", ("2025-12-01", "2026-02-01")),
    ],
)
def test_whole_weeks_reach_around_the_range_and_are_over(
    grain: str, days: tuple[str, str], today: str, whole: tuple[str, str]
) -> None:
    """October 26 and November 2, 9, 16 and 23, 2026 are Mondays."""
    period, expected = (Period(*map(date.fromisoformat, pair)) for pair in (days, whole))
    assert whole_buckets(period, grain, date.fromisoformat(today)) == expected
