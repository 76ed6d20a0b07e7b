"""The calendar of days: one cell a day, signs beside colours, words for those who cannot see it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from core.charts.coverage_chart import LOOKS, coverage_chart, coverage_words
from core.charts.palette import DARK, LIGHT, Theme
from core.store.days import OUTSIDE, DayKind

TODAY = date(2026, 11, 23)


def days(
    states: list[str],
    *,
    zero: bool = False,
    kept: bool = False,
    short: bool = False,
    reduced: bool = False,
    last: date = TODAY,
) -> pl.DataFrame:
    first = last - timedelta(days=len(states) - 1)
    return pl.DataFrame(
        {
            "day": [first + timedelta(days=n) for n in range(len(states))],
            "state": states,
            "zero": [zero] * len(states),
            "kept": [kept] * len(states),
            "short": [short] * len(states),
            "reduced": [reduced] * len(states),
            "why": [f"why {n}" for n in range(len(states))],
            "rows": ["1"] * len(states),
            "fetched": ["now"] * len(states),
        }
    )


def cells(frame: pl.DataFrame, theme: Theme = LIGHT) -> list[dict[str, Any]]:
    drawn = coverage_chart(frame, theme, name="Cost report", today=TODAY).to_dict()
    (rows,) = drawn["datasets"].values()
    return rows


def test_every_kind_of_day_has_a_look_but_those_outside_of_history() -> None:
    assert set(LOOKS) == {kind.value for kind in DayKind} - {kind.value for kind in OUTSIDE}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_no_two_states_look_the_same_without_hue(theme: Theme) -> None:
    def lightness(color: str) -> float:
        red, green, blue = (int(color[n : n + 2], 16) for n in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    final, provisional = (lightness(LOOKS[state].fill(theme)) for state in ("final", "provisional"))
    assert abs(final - provisional) > 50
    signs = [look.sign for state, look in LOOKS.items() if state not in ("final", "provisional")]
    assert all(signs) and len(set(signs)) == len(signs)
    assert all(abs(lightness(look.fill(theme)) - lightness(look.ink(theme))) > 80 for look in LOOKS.values())


def test_a_cell_for_every_day_in_its_week_and_weekday() -> None:
    found = cells(days(["final"] * 366))
    assert len(found) == 366
    assert len({(cell["middle"], cell["weekday"]) for cell in found}) == 366
    assert {cell["weekday"] for cell in found} == {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
    assert [cell["label"] for cell in found if cell["today"]] == ["Nov 23, 2026"]
    assert found[-1]["weekday"] == "Mon" and found[-1]["middle"] == found[-2]["middle"] + 1


@pytest.mark.slow
def test_days_before_history_have_no_cell_and_zeros_and_kept_days_a_sign() -> None:
    assert len(cells(days(["before history begins", "before reports begin", "failed"]))) == 1
    assert [cell["sign"] for cell in cells(days(["failed", "no permission"]))] == ["!", "×"]
    (zero,) = cells(days(["final"], zero=True))
    assert (zero["sign"], zero["told"]) == ("0", "Final, true zero")
    (kept,) = cells(days(["final"], kept=True, last=date(2024, 5, 1)))
    assert (kept["sign"], kept["told"], kept["today"]) == ("k", "Final, kept", False)


def test_days_that_are_not_whole_have_a_sign_and_words() -> None:
    (short,) = cells(days(["provisional"], short=True, reduced=True))
    assert (short["sign"], short["told"]) == ("~", "Provisional, rows not counted, fewer dimensions")
    (reduced,) = cells(days(["final"], reduced=True, zero=True))
    assert (reduced["sign"], reduced["told"]) == ("r", "Final, fewer dimensions, true zero")
    words = coverage_words(days(["final"] * 2, short=True), "Cost report")
    assert words.endswith("days by state: final 2, of them rows not counted 2.")


def test_nothing_to_draw_is_drawn() -> None:
    assert coverage_chart(days(["before history begins"]), LIGHT, name="X", today=TODAY).to_dict()


def test_the_calendar_in_words() -> None:
    frame = days(["final"] * 3 + ["failed"])
    words = coverage_words(frame, "Cost report")
    assert words == "Cost report, Nov 20, 2026 to Nov 23, 2026, days by state: final 3, failed 1."
    drawn = coverage_chart(frame, LIGHT, name="Cost report", today=TODAY).to_dict()
    assert drawn["description"] == words


def test_months_are_named_once() -> None:
    drawn = coverage_chart(days(["final"] * 366), LIGHT, name="X", today=TODAY).to_dict()
    expression = drawn["layer"][0]["encoding"]["x"]["axis"]["labelExpr"]
    for month in ("Dec 2025", "Jan 2026", "Feb", "Jun", "Nov"):
        assert expression.count(f"'{month}'") == 1
