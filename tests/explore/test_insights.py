"""Month to date, run rate."""

from datetime import date

import pytest

from core.explore.insights import KnownDays, month_to_date
from core.explore.query import Filter
from core.periods import ONE_DAY, Period
from tests.explore.ledgers import CLAUDE_AI, PLATFORM, ledger_of, row


def day(month, number):
    return date(2026, month, number)


DOLLAR = 10**8
NAMES = ("Research", "Products", "Everyone")


def flat(first, last, dollars=100, connection=PLATFORM):
    """The same every day from ``first`` to ``last``, both included."""
    return [row(connection, day=one, cost=dollars * DOLLAR) for one in Period(first, last + ONE_DAY)]


def known(since, until, connection=PLATFORM, but=()):
    """Knows all days from ``since`` on, without ``but``; those from ``until`` on may still grow."""
    return KnownDays(connection.id, until, frozenset(Period(date(2025, 1, 1), since)) | frozenset(but))


def month(folder, today, lines, *known_days, connections=(PLATFORM,)):
    ledger = ledger_of(folder, lines, connections)
    return month_to_date(ledger, today, known_days=known_days or None)


def test_month_to_date_against_the_same_days_and_the_run_rate(tmp_path):
    lines = [row(day=day(9, n), cost=100) for n in range(1, 31)]
    lines += [row(day=day(10, n), cost=200) for n in range(1, 10)] + [row(day=day(10, 10), cost=1)]
    found = month(tmp_path, day(10, 10), lines)
    assert (found.value, found.complete, found.previous) == (1_801, 1_800, 900), (
        "today is not over, so it is not compared"
    )
    assert found.previous_period == Period(day(9, 1), day(9, 10))
    assert found.complete_period == Period(day(10, 1), day(10, 10))
    assert found.run_rate == 200 * 31
    assert (found.connections, found.compared, found.projected, found.rate_days) == (1, 1, 1, 9)


@pytest.mark.parametrize(
    ("until", "rate", "end"), [((10, 3), 31 * 31, (10, 3)), ((9, 3), None, (10, 1)), ((11, 1), 721, (10, 5))]
)
def test_days_the_data_do_not_reach_are_not_complete(tmp_path, until, rate, end):
    lines = [row(day=day(10, n), cost=31) for n in (1, 2, 3)]
    found = month(tmp_path, day(10, 5), lines, known(day(1, 1), day(*until)))
    assert found.complete_period.end == day(*end)
    assert found.run_rate == rate, "721 is three days' 31 over four days, for 31"


def test_on_the_first_of_a_month_there_is_no_run_rate(tmp_path):
    found = month(tmp_path, day(10, 1), [row(day=day(10, 1), cost=5)])
    assert (found.value, found.run_rate, found.previous) == (5, None, None)
    assert found.previous_period.days == 0


def test_a_run_rate_is_the_mean_of_known_days(tmp_path):
    found = month(tmp_path, day(11, 27), flat(day(11, 20), day(11, 26)), known(day(11, 20), day(11, 27)))
    assert (found.run_rate, found.rate_days) == (3_000 * DOLLAR, 7)
    assert (found.previous, found.compared) == (None, 0), "nothing is known of October"


def test_history_that_begins_inside_the_month_before_is_no_growth(tmp_path):
    found = month(tmp_path, day(11, 27), flat(day(10, 15), day(11, 26)), known(day(10, 15), day(11, 27)))
    assert (found.complete, found.previous) == (1_200 * DOLLAR, 1_200 * DOLLAR)
    assert found.uncompared_days == tuple(Period(day(11, 1), day(11, 15)))


def test_a_second_organization_is_no_growth(tmp_path):
    lines = flat(day(10, 1), day(11, 26)) + flat(day(11, 1), day(11, 26), connection=CLAUDE_AI)
    known_days = (known(day(1, 1), day(11, 27)), known(day(11, 1), day(11, 27), CLAUDE_AI))
    found = month(tmp_path, day(11, 27), lines, *known_days, connections=(PLATFORM, CLAUDE_AI))
    assert found.complete == found.previous == 2_600 * DOLLAR
    assert (found.compared, found.connections) == (1, 2)
    assert (found.run_rate, found.projected) == (6_000 * DOLLAR, 2)


def test_a_gap_is_left_out_on_both_sides(tmp_path):
    gap = [day(10, 3), day(11, 7)]
    lines = [one for one in flat(day(10, 1), day(11, 26)) if one["day"] not in gap]
    found = month(tmp_path, day(11, 27), lines, known(day(1, 1), day(11, 27), but=gap))
    assert (found.complete, found.previous) == (2_400 * DOLLAR, 2_400 * DOLLAR)
    assert (found.run_rate, found.rate_days) == (3_000 * DOLLAR, 25)


def test_a_run_rate_is_never_below_what_is_spent(tmp_path):
    lines = [*flat(day(11, 1), day(11, 26)), row(day=day(11, 27), cost=5_000 * DOLLAR)]
    found = month(tmp_path, day(11, 27), lines)
    assert found.value == 7_600 * DOLLAR
    assert found.run_rate == (7_600 + 3 * 100) * DOLLAR, "and three days are still to come"


def test_credits_do_not_take_the_run_rate_below_what_is_spent(tmp_path):
    lines = [row(day=day(11, 1), cost=-50), row(day=day(11, 2), cost=80)]
    assert month(tmp_path, day(11, 2), lines, known(day(1, 1), day(11, 2))).run_rate == 30
    assert month(tmp_path, day(11, 2), lines[:1]).run_rate == -50


def test_days_that_the_month_before_does_not_have_are_not_compared(tmp_path):
    found = month(tmp_path, day(3, 31), flat(day(2, 1), day(3, 31)))
    assert found.uncompared_days == (day(3, 29), day(3, 30))
    assert (found.complete, found.previous) == (2_800 * DOLLAR, 2_800 * DOLLAR)
    assert found.run_rate == 3_100 * DOLLAR


def test_other_measures_have_a_month_too(tmp_path):
    ledger = ledger_of(tmp_path, [row(day=day(10, 1), tokens=7), row(day=day(9, 1), tokens=5)], (PLATFORM,))
    found = month_to_date(ledger, day(10, 2), measure="tokens")
    assert (found.value, found.previous, found.run_rate) == (7, 5, 7 * 31)


def test_filters_narrow_the_month(tmp_path):
    ledger = ledger_of(tmp_path, [row(day=day(10, 1), cost=5), row(CLAUDE_AI, day=day(10, 1), cost=7)])
    assert month_to_date(ledger, day(10, 2), (Filter("origin", ("claude.ai",)),)).value == 7


def test_what_is_a_day_or_two_behind_leaves_all_on_the_same_days(tmp_path):
    """Both Origins together, which report at different hours."""
    lines = flat(day(10, 1), day(11, 26)) + flat(day(10, 1), day(11, 24), connection=CLAUDE_AI)
    both = (PLATFORM, CLAUDE_AI)
    close = known(day(1, 1), day(11, 27)), known(day(1, 1), day(11, 25), CLAUDE_AI)
    found = month(tmp_path, day(11, 27), lines, *close, connections=both)
    assert (found.complete, found.previous) == (4_800 * DOLLAR, 4_800 * DOLLAR)
    assert found.complete_period == Period(day(11, 1), day(11, 25)) and len(found.sides) == 1
    far = known(day(1, 1), day(11, 27)), known(day(1, 1), day(11, 24), CLAUDE_AI)
    found = month(tmp_path, day(11, 27), lines, *far, connections=both)
    assert (found.complete, found.complete_period.end) == (4_900 * DOLLAR, day(11, 27))
    assert sorted(len(pair.now) for pair in found.sides) == [23, 26]
    assert found.rate_days_text == "23 to 26 complete days"


def test_a_connection_without_use_has_no_part_in_the_days_of_the_run_rate(tmp_path):
    lines = flat(day(10, 1), day(11, 24), connection=CLAUDE_AI)
    connections = (PLATFORM, CLAUDE_AI)
    two = known(day(1, 1), day(11, 27)), known(day(1, 1), day(11, 25), CLAUDE_AI)
    found = month(tmp_path, day(11, 27), lines, *two, connections=connections)
    assert found.rate_days_text == "24 complete days"
