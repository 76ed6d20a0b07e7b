import json
import re
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from core.charts.ghost import DASH, Ghost
from core.charts.over_time import KINDS, LIGHTER, PICK, Plot, drawn_kind, over_time_chart
from core.charts.palette import LIGHT, colors
from core.charts.points import grid, stacked
from core.charts.timeline import MAX_POINTS, Timeline
from core.dimensions import MEASURES
from core.money import MICROCENTS_PER_USD
from core.periods import Period

PERIOD = Period(date(2026, 10, 1), date(2026, 10, 11))
SERIES = ("claude-opus-5", "<b>evil</b>", "Other")
COST, HIT_RATE = MEASURES["cost"], MEASURES["cache_hit_rate"]


def _rows(period: Period = PERIOD, series: tuple[str, ...] = SERIES) -> pl.DataFrame:
    return pl.DataFrame(
        [(day, name, 10**9 * (n + 1) + day.day) for day in period for n, name in enumerate(series)],
        schema={"start": pl.Date, "series": pl.String, "value": pl.Int64},
        orient="row",
    )


def _plot(timeline: Timeline | None = None, measure: str = "cost", series: tuple[str, ...] = SERIES) -> Plot:
    hues = colors(series, LIGHT, unnamed=["Other"])
    return Plot(MEASURES[measure], timeline or Timeline(PERIOD, "day"), series, hues, LIGHT)


def _data(chart: dict) -> list[dict]:
    return [row for rows in chart["datasets"].values() for row in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_read_aloud_and_serialized(kind: str) -> None:
    chart = over_time_chart(_rows(), _plot(), kind).to_dict(validate=True)
    assert chart["description"].startswith(
        "Cost by day, Oct 1 – 10, 2026: claude-opus-5, <b>evil</b>, Other."
    )
    assert json.dumps(chart, allow_nan=False)


def _words(chart: dict) -> list[str]:
    """What is written along or across the bands."""
    texts = [layer for layer in chart["layer"] if layer["mark"].get("type") == "text"]
    return [row["word"] for layer in texts for row in chart["datasets"][layer["data"]["name"]]]


@pytest.mark.slow
def test_a_word_never_stands_across_the_bars_of_its_days() -> None:
    day = frozenset({date(2026, 10, 3)})
    short = over_time_chart(_rows(), _plot(Timeline(PERIOD, "day", partial=day)), "bar")
    half = frozenset(date(2026, 10, day) for day in range(3, 8))
    long = over_time_chart(_rows(), _plot(Timeline(PERIOD, "day", partial=half)), "bar")
    empty = over_time_chart(_rows(), _plot(Timeline(PERIOD, "day", uncovered=day)), "bar")
    today = over_time_chart(_rows(), _plot(Timeline(PERIOD, "day", uncovered=day, awaited=day)), "bar")
    charts = [chart.to_dict(validate=True) for chart in (short, long, empty, today)]
    assert [_words(chart) for chart in charts] == [[], ["Incomplete"], ["No data"], ["Not reported yet"]]
    alone = Period(date(2026, 10, 3), date(2026, 10, 4))
    rows = _rows(alone).clear()
    only = over_time_chart(rows, _plot(Timeline(alone, "day", uncovered=day, awaited=day)), "bar")
    assert _words(only.to_dict(validate=True)) == ["Not reported yet"]
    assert ["No data" in chart["description"] for chart in charts] == [False, False, True, False]


def test_the_bars_add_up_to_the_rows() -> None:
    pieces = _data(over_time_chart(_rows(), _plot(), "bar").to_dict(validate=True))
    drawn = sum(piece["high"] - piece["low"] for piece in pieces)
    assert drawn == pytest.approx(_rows()["value"].sum() / MICROCENTS_PER_USD, rel=1e-12)


def test_stacks_stand_on_each_other_and_credits_hang_below() -> None:
    rows = pl.DataFrame(
        {"start": [PERIOD.start] * 3, "series": list(SERIES), "value": [500, -200, 300]},
        schema={"start": pl.Date, "series": pl.String, "value": pl.Int64},
    )
    one_day = Timeline(Period(PERIOD.start, PERIOD.start + timedelta(1)), "day")
    frame = stacked(grid(rows, one_day, COST, SERIES)).sort("order")
    assert frame.select("low", "high").rows() == [(0, 500), (0, -200), (500, 800)]


def test_a_covered_day_without_rows_is_zero_and_a_gap_is_unknown() -> None:
    gap, zero = date(2026, 10, 3), date(2026, 10, 4)
    rows = _rows().filter(~pl.col("start").is_in([gap, zero]))
    frame = grid(rows, Timeline(PERIOD, "day", uncovered=frozenset([gap])), COST, SERIES)
    assert frame.filter(pl.col("start") == gap)["value"].to_list() == [None] * 3
    assert frame.filter(pl.col("start") == zero)["value"].to_list() == [0] * 3


def test_an_unknown_amount_stays_unknown() -> None:
    rows = _rows().with_columns(pl.lit(None, pl.Int64).alias("value"))
    assert grid(rows, Timeline(PERIOD, "day"), COST, SERIES)["value"].null_count() == 30


def test_a_ratio_that_is_missing_is_unknown_not_zero() -> None:
    rows = _rows().head(1).with_columns(value=pl.lit(0.5))
    frame = grid(rows, Timeline(PERIOD, "day"), HIT_RATE, SERIES)
    assert frame["value"].null_count() == frame.height - 1


def test_a_gap_is_a_band_with_a_word_and_is_read_aloud() -> None:
    gap = frozenset({date(2026, 10, 3), date(2026, 10, 4)})
    chart = over_time_chart(_rows(), _plot(Timeline(PERIOD, "day", uncovered=gap)), "bar").to_dict(
        validate=True
    )
    assert "No data for Oct 3 – 4, 2026." in chart["description"]
    assert {"No data"} == {row["word"] for row in _data(chart) if "word" in row}
    assert not any(row.get("when") == "Oct 3, 2026" for row in _data(chart))


def test_provisional_bars_are_lighter_and_say_so() -> None:
    provisional = frozenset({date(2026, 10, 10)})
    chart = over_time_chart(_rows(), _plot(Timeline(PERIOD, "day", provisional=provisional)), "bar").to_dict(
        validate=True
    )
    states = {row["when"]: row["state"] for row in _data(chart)}
    assert states["Oct 10, 2026"] == "May still change"
    assert states["Oct 9, 2026"] == "Final"
    opacity = chart["layer"][-1]["encoding"]["opacity"]
    assert opacity["value"] == LIGHTER
    assert opacity["condition"]["test"] == "datum.state == 'Final'"


@pytest.mark.parametrize("kind", ["line", "area"])
def test_provisional_lines_have_a_band_behind_them(kind: str) -> None:
    provisional = frozenset({date(2026, 10, 9), date(2026, 10, 10)})
    chart = over_time_chart(_rows(), _plot(Timeline(PERIOD, "day", provisional=provisional)), kind).to_dict(
        validate=True
    )
    assert [row["when"] for row in _data(chart) if row.get("word") == "May still change"] == [
        "Oct 9 – 10, 2026"
    ]


def test_days_are_drawn_in_utc_whatever_the_browser_thinks() -> None:
    pieces = _data(over_time_chart(_rows(), _plot(), "line").to_dict(validate=True))
    assert min(piece["mid"] for piece in pieces) == 1_790_856_000_000  # 2026-10-01T12:00:00Z


def test_a_measure_that_does_not_add_up_is_never_stacked() -> None:
    assert drawn_kind(HIT_RATE, 3, "bar") == drawn_kind(HIT_RATE, 3, "area") == "line"
    assert drawn_kind(HIT_RATE, 1, "bar") == "bar"
    chart = over_time_chart(_rows().with_columns(value=pl.lit(0.5)), _plot(measure="cache_hit_rate"), "bar")
    marks = [layer["mark"]["type"] for layer in chart.to_dict(validate=True)["layer"]]
    assert "line" in marks and "rect" not in marks


@pytest.mark.slow
def test_no_chart_holds_more_than_it_can_show() -> None:
    year = Period(date(2025, 12, 1), date(2026, 11, 23))
    many = tuple(f"value {n}" for n in range(13))
    chart = over_time_chart(_rows(year, many), _plot(Timeline(year, "day"), series=many), "area").to_dict(
        validate=True
    )
    assert max(len(rows) for rows in chart["datasets"].values()) <= MAX_POINTS
    with pytest.raises(ValueError, match="too many"):
        over_time_chart(_rows(), _plot(Timeline(year, "day"), series=many + SERIES), "bar")


def test_hover_shows_the_exact_amount_and_the_share_of_the_bar() -> None:
    pieces = _data(over_time_chart(_rows(), _plot(), "bar").to_dict(validate=True))
    first = next(p for p in pieces if p["when"] == "Oct 1, 2026" and p["series"] == "<b>evil</b>")
    assert (first["number"], first["part"]) == ("$20.00000001", "33.3%")


def test_an_answer_without_rows_is_still_a_chart() -> None:
    empty = _rows().clear()
    for kind in KINDS:
        assert over_time_chart(empty, _plot(series=("Total",)), kind).to_dict(validate=True)


def _ghost(*values: tuple[date, int | None]) -> Ghost:
    rows = [(day, value, day - timedelta(10), day - timedelta(10)) for day, value in values]
    schema = {"start": pl.Date, "value": pl.Int64, "first": pl.Date, "last": pl.Date}
    return Ghost("Before: Sep 21 – 30, 2026", pl.DataFrame(rows, schema=schema, orient="row"))


def _with_ghost(kind: str, **more: object) -> dict:
    ghost = _ghost((PERIOD.start, 3 * 10**8), (date(2026, 10, 2), None))
    return over_time_chart(_rows(), replace(_plot(), ghost=ghost, **more), kind).to_dict(validate=True)


@pytest.mark.parametrize("kind", ["bar", "area"])
def test_the_earlier_total_is_a_dashed_line_that_says_its_days(kind: str) -> None:
    chart = _with_ghost(kind)
    line, _points = chart["layer"][-2:]
    assert line["mark"]["strokeDash"] == DASH
    first, second = (row for row in _data(chart) if row.get("series") == "Before: Sep 21 – 30, 2026")
    assert (first["y"], first["when"], first["number"]) == (3.0, "Sep 21, 2026", "$3.00")
    assert (second["y"], second["number"]) == (None, "unknown")
    assert "Dashed: Before: Sep 21 – 30, 2026." in chart["description"]


def test_a_total_is_not_drawn_beside_the_lines_of_its_parts() -> None:
    assert not any("strokeDash" in layer["mark"] for layer in _with_ghost("line")["layer"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_click_tells_the_series_the_bucket_and_the_turn(kind: str) -> None:
    (pick,) = _with_ghost(kind, turn=7)["params"]
    assert (pick["name"], pick["select"]["fields"]) == (PICK, ["series", "mid", "turn"])
    assert "params" not in _with_ghost(kind)
    assert {row["turn"] for row in _data(_with_ghost(kind, turn=7)) if "state" in row} == {7}


@pytest.mark.parametrize("kind", KINDS)
def test_another_filter_is_other_data_and_the_same_specification(kind: str) -> None:
    fewer = ("claude-haiku-5", "No API key")
    pictures = [
        over_time_chart(_rows(series=names), replace(_plot(series=names), turn=turn), kind)
        for turn, names in enumerate((SERIES, fewer))
    ]
    first, second = (_without_data(one.to_dict(validate=True)) for one in pictures)
    assert first == second


def test_series_of_one_colour_are_lines_of_their_own() -> None:
    plot = replace(_plot(), colors=dict.fromkeys(SERIES, LIGHT.muted))
    chart = over_time_chart(_rows(), plot, "line").to_dict(validate=True)
    line = next(layer for layer in chart["layer"] if layer["mark"]["type"] == "line")
    assert (line["encoding"]["detail"]["field"], line["encoding"]["color"]["scale"]) == ("series", None)


def _without_data(chart: dict) -> str:
    """The specification as a browser compares it: whatever its data are called."""
    names = {name: f"data {n}" for n, name in enumerate(chart.pop("datasets"))}
    text = json.dumps(chart)
    for name, place in names.items():
        text = text.replace(name, place)
    return re.sub(r"view_[0-9a-f]+", "view", text)


WEEKS = Timeline(PERIOD, "week")
"""October 1 to 10: the first week from its fourth day, the second without its last."""


def _weekly(*values: int) -> pl.DataFrame:
    starts = [WEEKS.key(bucket) for bucket in WEEKS.buckets()]
    rows = [(start, "all", value * 10**8) for start, value in zip(starts, values, strict=True)]
    return pl.DataFrame(rows, schema=_rows().schema, orient="row")


@pytest.mark.parametrize("kind", KINDS)
def test_weeks_that_are_not_whole_are_hollow_and_say_so(kind: str) -> None:
    chart = over_time_chart(_weekly(17, 95), _plot(WEEKS, series=("all",)), kind).to_dict(validate=True)
    assert "datum.whole" in json.dumps(chart["layer"])
    whens = {row["when"] for row in _data(chart) if "whole" in row and not row["whole"]}
    assert whens == {"Oct 1 – 4, 2026 · 4 of 7 days", "Oct 5 – 10, 2026 · 6 of 7 days"}


def test_no_line_leads_to_a_week_that_is_not_whole() -> None:
    period = Period(date(2026, 10, 1), date(2026, 10, 21))
    weeks = Timeline(period, "week")
    starts = [weeks.key(bucket) for bucket in weeks.buckets()]
    rows = pl.DataFrame([(s, "all", 10**8) for s in starts], schema=_rows().schema, orient="row")
    chart = over_time_chart(rows, _plot(weeks, series=("all",)), "line").to_dict(validate=True)
    points = [row for row in _data(chart) if "joined" in row]
    assert [(row["y"], row["joined"]) for row in points] == [(1.0, None), (1.0, 1.0), (1.0, 1.0), (1.0, None)]
