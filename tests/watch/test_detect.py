"""Runs of unusual days, in series whose every day is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.watch.baseline import Baseline, Matrix
from core.watch.detect import Sensitivity, detect
from core.watch.runs import Kind, Run

DAYS = 200
WEEK = np.array([100.0, 104, 108, 103, 97, 20, 10])


def usual(count: int = 1, noise: float = 0.1, days: int = DAYS, seed: int = 5) -> Matrix:
    """Series with a week's shape; columns are series."""
    random = np.random.default_rng(seed)
    week = WEEK[np.arange(days) % 7][:, None]
    values: Matrix = week * np.maximum(
        0.01, 1 + noise * np.clip(random.normal(0, 1, (days, count)), -2.5, 2.5)
    )
    return values


def only(values: Matrix, **given: float) -> Run:
    (run,) = detect(values, Sensitivity(**given))
    return run


def test_usual_days_are_not_told() -> None:
    assert len(detect(usual(40))) <= 1


def test_a_spike_is_told_on_its_day_with_what_was_expected() -> None:
    values = usual()
    values[150] = 300  # a Wednesday, which has about 104
    run = only(values)
    assert (run.kind, run.sign, run.first, run.last, run.found_on) == (Kind.SPIKE, 1, 150, 150, 150)
    assert run.expected == pytest.approx(values[143::-7][:8].mean(), rel=0.12)
    assert run.actual == 300


def test_usual_credits_are_not_told() -> None:
    """A series below zero, as credits are, is as quiet as one above."""
    assert len(detect(-usual(40))) <= 2
    assert detect(np.full((DAYS, 1), -5.0)) == []
    assert detect(np.array([[0.0] * 6 + [-7.0]]).repeat(20, axis=0).reshape(-1, 1)) == []
    assert detect(np.array([[100.0, -100.0]]).repeat(60, axis=0).reshape(-1, 1)) == []


def test_an_unusual_credit_is_told_with_what_was_expected() -> None:
    values = np.full((DAYS, 1), -5.0)
    values[100] = -40.0
    run = only(values)
    assert (run.first, run.last, run.sign, run.actual) == (100, 100, -1, -40.0)
    assert run.expected == pytest.approx(-5.0)


def test_a_large_weekday_on_a_weekend_is_unusual() -> None:
    values = usual()
    saturday = 152 + (5 - 152 % 7)
    values[saturday] = 104
    assert only(values).first == saturday


def test_consecutive_days_are_one_finding() -> None:
    values = usual()
    values[150:153] *= 3
    run = only(values)
    assert (run.first, run.last, run.found_on) == (150, 152, 150)
    assert run.actual == pytest.approx(values[150:153].sum())


def test_a_week_on_another_level_is_a_lasting_change_and_the_new_usual() -> None:
    values = usual()
    values[120:] *= 1.6
    run = only(values)
    assert (run.kind, run.first, run.sign) == (Kind.LEVEL, 120, 1)
    assert run.found_on <= 123


def test_after_a_lasting_change_going_back_is_unusual_again() -> None:
    values = usual()
    values[100:140] *= 2
    kinds = [(run.kind, run.sign, run.first) for run in detect(values)]
    assert [sign for _, sign, _ in kinds] == [1, -1]
    assert kinds[0][2] == 100
    assert 138 <= kinds[1][2] <= 140


def test_a_former_spike_neither_moves_nor_widens_what_is_expected() -> None:
    values = usual()
    values[100] = 2_000
    values[107] = 300
    assert [(run.first, run.kind) for run in detect(values)] == [(100, Kind.SPIKE), (107, Kind.SPIKE)]
    second = detect(values)[1]
    assert second.expected / second.width < 130


def test_what_happens_every_month_is_usual_the_third_time() -> None:
    values = usual()
    values[60::30] += 500
    assert [run.first for run in detect(values)] == [60, 90]


@pytest.mark.parametrize(("times", "told"), [(1.6, 0), (2.3, 1)])
def test_use_that_comes_in_lumps_is_unusual_at_twice_what_happened_twice(times: float, told: int) -> None:
    """Idle every second day, with two large days before: by hand, a day of so many times the smaller."""
    values = np.full((DAYS, 1), 100.0)
    values[::2] = 0.0
    values[[101, 131]] = [[600.0], [500.0]]
    values[161] = 500.0 * times
    assert [run.first for run in detect(values) if run.first > 131] == [161] * told


def test_growth_is_not_unusual() -> None:
    values = usual(20) * np.exp(np.arange(DAYS) / 7 * np.log(1.03))[:, None]
    assert len(detect(values)) <= 1


def test_a_slow_rise_is_told_once_though_no_day_stands_out() -> None:
    values = usual(noise=0.08)
    values *= (1 + 0.4 * np.clip((np.arange(DAYS) - 120) / 35, 0, 1))[:, None]
    runs = detect(values)
    assert len(runs) == 1
    assert runs[0].sign == 1
    assert 120 <= runs[0].found_on <= 165


def test_a_rise_over_four_weeks_is_told_beside_the_weeks_before_it_began() -> None:
    """Three spreads of a day in the end; the four weeks that ended three weeks ago know half of it."""
    values = usual(20, noise=0.1)
    values += 0.3 * np.mean(WEEK) * np.clip((np.arange(DAYS) - 120) / 28, 0, 1)[:, None]
    told = {run.series for run in detect(values) if run.sign > 0 and 120 <= run.found_on < 169}
    assert len(told) >= 18


def judged(values: Matrix) -> Baseline:
    """A baseline that has gone through all days, none of them told of."""
    base = Baseline(values)
    for day in range(1, len(values)):
        base.keep(day, base.judge(day), np.zeros(base.series, np.bool_))
    return base


def test_days_in_a_row_are_measured_by_the_level_before_them() -> None:
    """Two fifths more is so much on the last of two weeks as well, when half of it is the usual already."""
    values = usual(40)
    values[120:] *= 1.4
    base = judged(values[:134])
    lift = base.off_before(120, 134) * base.spread
    assert base.level[133].mean() > 1.2 * base.level[120].mean()
    working = np.arange(127, 134) % 7 < 5  # on others next to nothing is usual
    assert lift[-7:][working].mean() == pytest.approx(0.4, abs=0.04)


def test_how_much_days_go_together_is_told_by_sixteen_weeks() -> None:
    """Of each day two fifths of the one before: by chance, eight weeks tell 0.13 more or less."""
    random = np.random.default_rng(5)
    noise = random.normal(0, 1, (DAYS, 200))
    for day in range(1, DAYS):
        noise[day] = 0.4 * noise[day - 1] + np.sqrt(1 - 0.4**2) * noise[day]
    alike = judged(100 * (1 + 0.15 * np.clip(noise, -3, 3))).alike
    assert alike.mean() == pytest.approx(0.4, abs=0.04)
    assert alike.std() < 0.115


def test_days_without_use_every_weekend_do_not_narrow_what_is_usual() -> None:
    """A Wednesday three spreads up is told of no series, though two days of seven never vary."""
    values = usual(20, noise=0.1)
    values[np.arange(DAYS) % 7 >= 5] = 0.0
    values[156] = 1.3 * WEEK[2]
    assert not [run for run in detect(values) if run.first == 156]


def test_what_stops_is_told_as_stopped() -> None:
    values = usual()
    values[190:] = 0
    run = only(values)
    assert (run.kind, run.first) == (Kind.STOPPED, 190)


def test_a_young_series_that_falls_and_stops_before_a_day_that_is_not_known_is_told_once() -> None:
    values = np.full((41, 1), 100.0)
    values[28:32, 0] = 5, 81, 100, 18
    values[33:] = 0
    values[40] = np.nan
    run = only(values)
    assert (run.kind, run.sign, run.first, run.actual) == (Kind.LEVEL, -1, 28, 5 + 81 + 100 + 18 + 100)


def test_what_was_never_known_before_changes_nothing() -> None:
    """Whether a series begins today or long after the first day that is looked at."""
    values = usual(3)
    values[150] *= 3
    values[170:] = 0
    later = [replace(run, **_moved(run, 70)) for run in detect(values)]
    assert detect(np.vstack([np.full((70, 3), np.nan), values])) == later and len(later) == 6


def _moved(run: Run, days: int) -> dict[str, int]:
    return {name: getattr(run, name) + days for name in ("first", "last", "found_on")}


def test_a_pause_no_longer_than_others_is_no_stop() -> None:
    values = usual(noise=0.4)
    values[np.arange(DAYS) % 14 >= 9] = 0  # five days of every two weeks
    assert not [run for run in detect(values) if run.kind is Kind.STOPPED]


def test_unknown_days_are_neither_zero_nor_unusual() -> None:
    values = usual()
    values[150:160] = np.nan
    assert detect(values) == []


def test_four_weeks_of_history_come_first() -> None:
    values = usual()
    values[:100] = 0
    values[110] = 900
    assert not [run for run in detect(values) if run.first < 128]


@pytest.mark.parametrize(
    ("floors", "told"), [({"floor": 250.0}, 0), ({"floor": 150.0}, 1), ({"ratio": 3.0}, 0)]
)
def test_both_floors_hold(floors: dict[str, float], told: int) -> None:
    values = usual()
    values[150] = 300
    assert len(detect(values, Sensitivity(**floors))) == told


def test_a_day_is_judged_by_the_days_before_it_alone() -> None:
    values = usual()
    values[150] = 300
    longer, shorter = detect(values), detect(values[:151].copy())
    assert shorter == longer


def test_series_do_not_disturb_each_other() -> None:
    values = usual(5)
    values[150, 3] *= 4
    alone = detect(values[:, 3:4].copy())
    assert [(run.first, run.expected) for run in detect(values)] == [
        (run.first, pytest.approx(run.expected)) for run in alone
    ]


def test_no_days_and_no_series_give_nothing() -> None:
    assert detect(np.zeros((0, 3))) == detect(np.zeros((50, 0))) == detect(np.zeros((50, 2))) == []
