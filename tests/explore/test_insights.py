"""Month to date, run rate, movers."""

from datetime import date

import pytest

from core.explore.insights import by_origin, month_to_date, movers, run_rate
from core.explore.query import Empty, Filter
from core.periods import Period
from tests.explore.ledgers import CLAUDE_AI, OCTOBER, PLATFORM, answer, ledger_of, row


def day(month, number):
    return date(2026, month, number)


def test_month_to_date_against_the_same_days_and_the_run_rate(tmp_path):
    lines = [row(day=day(9, n), cost=100) for n in range(1, 31)]
    lines += [row(day=day(10, n), cost=200) for n in range(1, 10)] + [row(day=day(10, 10), cost=1)]
    found = month_to_date(ledger_of(tmp_path, lines), day(10, 10))
    assert (found.cost, found.complete_cost, found.previous_cost) == (1_801, 1_800, 900)
    assert found.change == 900, "today, which is not over, is not compared with a whole day"
    assert found.change_ratio == pytest.approx(1.0)
    assert found.previous_period == Period(day(9, 1), day(9, 10))
    assert found.complete_period == Period(day(10, 1), day(10, 10))
    assert found.run_rate == 200 * 31


def test_days_the_data_do_not_reach_are_not_complete(tmp_path):
    ledger = ledger_of(tmp_path, [row(day=day(10, n), cost=31) for n in (1, 2, 3)])
    assert month_to_date(ledger, day(10, 5), complete_until=day(10, 3)).run_rate == 31 * 31
    assert month_to_date(ledger, day(10, 5), complete_until=day(9, 3)).run_rate is None
    assert month_to_date(ledger, day(10, 5), complete_until=day(11, 1)).complete_period.end == day(10, 5)


def test_on_the_first_of_a_month_there_is_no_run_rate(tmp_path):
    found = month_to_date(ledger_of(tmp_path, [row(day=day(10, 1), cost=5)]), day(10, 1))
    assert (found.cost, found.run_rate, found.previous_cost, found.change) == (5, None, None, None)
    assert found.previous_period.days == 0
    assert found.change_ratio is None


def test_filters_narrow_the_month(tmp_path):
    ledger = ledger_of(tmp_path, [row(day=day(10, 1), cost=5), row(CLAUDE_AI, day=day(10, 1), cost=7)])
    assert month_to_date(ledger, day(10, 2), (Filter("origin", ("claude.ai",)),)).cost == 7


@pytest.mark.parametrize(
    ("cost", "complete", "expected"),
    [(None, 3, None), (5, 0, None), (10, 3, 103), (-10, 3, -103), (2**62, 31, 2**62), (0, 1, 0)],
)
def test_run_rate_is_linear_and_in_whole_microcents(cost, complete, expected):
    assert run_rate(cost, complete, 31) == expected


def test_movers_are_the_largest_changes_up_or_down(tmp_path):
    lines = [
        row(day=day(9, 1), model=m, cost=c) for m, c in [("same", 9), ("gone", 50), ("down", 90), (None, 1)]
    ]
    lines += [
        row(day=day(10, 1), model=m, cost=c) for m, c in [("same", 9), ("new", 20), ("down", 10), (None, 31)]
    ]
    lines += [row(day=day(10, 2), model="tokens only")]
    ledger = ledger_of(tmp_path, lines)
    found = movers(ledger, "model", OCTOBER, Period(day(9, 1), day(10, 1)), limit=3)
    assert [(m.label, m.change) for m in found] == [("down", -80), ("gone", -50), ("No model", 30)]
    assert found[2].value is Empty.NONE
    assert len(movers(ledger, "model", OCTOBER, Period(day(9, 1), day(10, 1)))) == 4


def test_movers_by_a_connection_dimension(tmp_path):
    ledger = ledger_of(tmp_path, [row(cost=5), row(CLAUDE_AI, cost=7)])
    found = movers(ledger, "cost_center", OCTOBER, Period(day(9, 1), day(10, 1)))
    assert [(m.value, m.change) for m in found] == [("Everyone", 7), ("Research", 5)]


def test_by_origin(tmp_path):
    ledger = ledger_of(tmp_path, [row(PLATFORM, cost=5), row(CLAUDE_AI, cost=7)])
    assert answer(by_origin(ledger, OCTOBER), "origin", "cost") == {"Claude Platform": 5, "claude.ai": 7}
