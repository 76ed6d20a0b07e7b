import json
import re
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from core.charts.bands import signs
from core.charts.ghost import DASH, Ghost
from core.charts.over_time import KINDS, PICK, Plot, drawn_kind, over_time_chart
from core.charts.palette import LIGHT, colors
from core.charts.points import grid, stacked
from core.charts.timeline import Timeline
from core.dimensions import MEASURES
from core.explore.buckets import MAX_POINTS
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
    half = frozenset(date(2026, 10, day) for day in range(3, 8))
    timelines = [
        Timeline(PERIOD, "day", partial=day),
        Timeline(PERIOD, "day", partial=half),
        Timeline(PERIOD, "day", uncovered=day),
        Timeline(PERIOD, "day", uncovered=day, awaited=day),
    ]
    charts = [
        over_time_chart(_rows(), _plot(timeline), "bar").to_dict(validate=True) for timeline in timelines
    ]
    assert [_words(chart) for chart in charts] == [[], [], ["No data"], ["Not reported yet"]]
    shaded = [[sign for sign, _ in signs(timeline)] for timeline in timelines]
    assert shaded == [["shaded"], ["shaded"], [], []], "the legend has the word instead"
    alone = Period(date(2026, 10, 3), date(2026, 10, 4))
    rows = _rows(alone).clear()
    only = over_time_chart(rows, _plot(Timeline(alone, "day", uncovered=day, awaited=day)), "bar")
    assert _words(only.to_dict(validate=True)) == ["Not reported yet"]
    assert ["No data" in chart["description"] for chart in charts] == [False, False, True, False]


def test_the_bars_add_up_to_the_rows() -> None:
    pieces = _data(over_time_chart(_rows(), _plot(), "bar").to_dict(validate=True))
    drawn = sum(piece["high"] - piece["low"] for piece in pieces if "high" in piece)
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
    assert "Oct 3, 2026" not in _tips(chart) and "Oct 5, 2026" in _tips(chart)


@pytest.mark.parametrize("kind", KINDS)
def test_provisional_days_have_a_dotted_line_below_and_their_full_colours(kind: str) -> None:
    timeline = Timeline(PERIOD, "day", provisional=frozenset({date(2026, 10, 9), date(2026, 10, 10)}))
    chart = over_time_chart(_rows(), _plot(timeline), kind).to_dict(validate=True)
    (line,) = (layer for layer in chart["layer"] if layer["mark"]["type"] == "rule")
    assert [row["when"] for row in chart["datasets"][line["data"]["name"]]] == ["Oct 9 – 10, 2026"]
    assert line["encoding"]["y"] == {"value": "height"}
    final = over_time_chart(_rows(), _plot(), kind).to_dict(validate=True)
    pale = [[layer["encoding"].get("opacity") for layer in one["layer"]] for one in (chart, final)]
    assert [None, *pale[1]] == pale[0]
    assert not any(layer["mark"]["type"] == "rule" for layer in final["layer"])
    tips = _tips(chart)
    days = "Oct 1 – {}, 2026" if kind == "running" else "Oct {}, 2026"
    assert [tips[days.format(day)]["State"] for day in (10, 8)] == ["May still change", "Final"]


def test_days_are_drawn_in_utc_whatever_the_browser_thinks() -> None:
    pieces = _data(over_time_chart(_rows(), _plot(), "line").to_dict(validate=True))
    assert min(piece["mid"] for piece in pieces) == 1_790_856_000_000  # 2026-10-01T12:00:00Z


def test_a_measure_that_does_not_add_up_is_never_stacked() -> None:
    assert drawn_kind(HIT_RATE, 3, "bar") == drawn_kind(HIT_RATE, 3, "area") == "line"
    assert drawn_kind(HIT_RATE, 1, "bar") == "bar"
    chart = over_time_chart(_rows().with_columns(value=pl.lit(0.5)), _plot(measure="cache_hit_rate"), "bar")
    drawn = [layer for layer in chart.to_dict(validate=True)["layer"] if layer["mark"].get("opacity") != 0]
    assert {layer["mark"]["type"] for layer in drawn} == {"line", "point"}


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


def _tips(chart: dict) -> dict[str, dict[str, str]]:
    """What a pointer over each bucket says, by its days; names as they read."""
    tips = [row["tip"] for row in _data(chart) if "tip" in row]
    return {tip["title"]: {name.strip("\u2068\u2069"): text for name, text in tip.items()} for tip in tips}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("turn", [None, 3])
def test_hover_anywhere_in_a_day_tells_every_series_and_their_total(kind: str, turn: int | None) -> None:
    """By hand: $10, $20 and $30 and a micro-cent each; as printed they add up."""
    chart = over_time_chart(_rows(), replace(_plot(), turn=turn), kind).to_dict(validate=True)
    amounts = {"claude-opus-5": "$10.00", "<b>evil</b>": "$20.00", "Other": "$30.00", "Total": "$60.00"}
    assert _tips(chart)["Oct 1, 2026"] == {"title": "Oct 1, 2026", **amounts, "State": "Final"}
    (box,) = (layer for layer in chart["layer"] if layer["encoding"].get("x2") == {"field": "x2"} and
              layer["mark"].get("opacity") == 0)  # fmt: skip
    assert "y" not in box["encoding"] and box["encoding"]["tooltip"] == {"field": "tip", "type": "nominal"}
    is_last = chart["layer"][-1] == box
    assert is_last is (turn is None)
    told = [layer for layer in chart["layer"] if layer["encoding"].get("tooltip") and layer != box]
    assert len(told) == (turn is not None)
    assert all(layer["transform"][0]["lookup"] == "mid" for layer in told)


def test_parts_that_are_rounded_add_up_to_the_total_that_is_shown() -> None:
    """A third of a cent three times: one cent in all, as printed too."""
    day = Timeline(Period(PERIOD.start, PERIOD.start + timedelta(1)), "day")
    rows = pl.DataFrame(
        [(PERIOD.start, name, 333_333) for name in SERIES], schema=_rows().schema, orient="row"
    )
    (tip,) = _tips(over_time_chart(rows, _plot(day), "bar").to_dict(validate=True)).values()
    assert [tip[name] for name in (*SERIES, "Total")] == ["$0.01", "$0.00", "$0.00", "$0.01"]


def test_a_ratio_has_no_total_and_an_unknown_amount_is_not_zero() -> None:
    rows = _rows().with_columns(value=pl.when(pl.col("series") == "Other").then(None).otherwise(0.5))
    chart = over_time_chart(rows, _plot(measure="cache_hit_rate"), "line").to_dict(validate=True)
    tip = _tips(chart)["Oct 2, 2026"]
    assert "Total" not in tip
    assert (tip["claude-opus-5"], tip["Other"]) == ("50.0%", "–")


def test_names_in_a_tip_are_isolated_told_apart_and_no_words_of_ours() -> None:
    names = (
        "title", "Total", "image", "موظفون", "claude-sonnet-4-5-20250929 · Datenplattform für Müllöfen",
        "maria.magdalena.gonzalez@a-very-long-name-of-a-company.example",
    )  # fmt: skip
    chart = over_time_chart(_rows(series=names), _plot(series=names), "bar").to_dict(validate=True)
    tip = next(row["tip"] for row in _data(chart) if "tip" in row)
    assert tip["title"] == "Oct 1, 2026" and "image" not in tip
    assert all(key.startswith("\u2068") and key.endswith("\u2069") for key in list(tip)[1:7])
    assert [key.strip("\u2068\u2069") for key in list(tip)[5:7]] == [
        "claude-s…20250929 · Datenpla…Müllöfen", "maria.magdalena.gonzalez@a-very-long-…"
    ]  # fmt: skip
    twins = ("a" * 40 + "b" + "c" * 40, "a" * 40 + "d" + "c" * 40)
    chart = over_time_chart(_rows(series=twins), _plot(series=twins), "bar").to_dict(validate=True)
    assert set(twins) <= set(_tips(chart)["Oct 1, 2026"])


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
    line, _points, _hover = chart["layer"][-3:]
    assert line["mark"]["strokeDash"] == DASH
    assert [row["y"] for row in _data(chart) if "alone" in row] == [3.0, None]
    tips = _tips(chart)
    assert [tips[f"Oct {day}, 2026"]["Before"] for day in (1, 2, 3)] == [
        "$3.00 · Sep 21, 2026", "– · Sep 22, 2026", "–"
    ]  # fmt: skip
    assert "Dashed: Before: Sep 21 – 30, 2026." in chart["description"]


def test_a_total_is_not_drawn_beside_the_lines_of_its_parts() -> None:
    assert not any("strokeDash" in layer["mark"] for layer in _with_ghost("line")["layer"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_click_tells_the_series_the_bucket_and_the_turn(kind: str) -> None:
    (pick,) = _with_ghost(kind, turn=7)["params"]
    assert (pick["name"], pick["select"]["fields"]) == (PICK, ["series", "mid", "turn"])
    assert "params" not in _with_ghost(kind)
    assert {row["turn"] for row in _data(_with_ghost(kind, turn=7)) if "turn" in row} == {7}


@pytest.mark.parametrize("kind", KINDS)
def test_another_filter_is_other_data_and_the_same_specification(kind: str) -> None:
    fewer = ("claude-haiku-5", "No API key")
    pictures = [
        over_time_chart(_rows(series=names), replace(_plot(series=names), turn=turn), kind)
        for turn, names in enumerate((SERIES, fewer))
    ]
    first, second = (_without_data(one.to_dict(validate=True)) for one in pictures)
    assert first == second


def test_a_running_total_adds_up_day_by_day_to_the_whole(  # by hand: 1, 3 and 6 dollars
) -> None:
    days = Period(PERIOD.start, PERIOD.start + timedelta(4))
    gap = frozenset({days.start + timedelta(2)})
    rows = pl.DataFrame(
        [(days.start + timedelta(n), "all", dollars * 10**8) for n, dollars in ((0, 1), (1, 2), (3, 3))],
        schema=_rows().schema, orient="row",
    )  # fmt: skip
    ghost = _ghost(*((days.start + timedelta(n), (n + 1) * 10**8) for n in range(3)))
    plot = replace(_plot(Timeline(days, "day", uncovered=gap), series=("all",)), ghost=ghost)
    chart = over_time_chart(rows, plot, "running").to_dict(validate=True)
    area = next(layer for layer in chart["layer"] if layer["mark"]["type"] == "area")
    drawn = [row["high"] for row in chart["datasets"][area["data"]["name"]]]
    assert drawn == [1, 3, None, 6]
    assert [row["y"] for row in _data(chart) if "alone" in row] == [1, 3, 6]
    tips = _tips(chart)
    assert [(tip["all"], tip["Before"]) for tip in tips.values()] == [
        ("$1.00", "$1.00 · Sep 21, 2026"), ("$3.00", "$3.00 · Sep 21 – 22, 2026"), ("$6.00", "–")
    ]  # fmt: skip
    assert list(tips) == ["Oct 1, 2026", "Oct 1 – 2, 2026", "Oct 1 – 4, 2026"]


def test_a_ratio_has_no_running_total() -> None:
    assert drawn_kind(HIT_RATE, 1, "running") == drawn_kind(HIT_RATE, 3, "running") == "line"
    assert drawn_kind(COST, 3, "running") == "running"


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
    when = {"Oct 1 – 4, 2026 · 4 of 7 days", "Oct 5 – 10, 2026 · 6 of 7 days"}
    assert set(_tips(chart)) == ({"Oct 1 – 4, 2026", "Oct 1 – 10, 2026"} if kind == "running" else when)


def test_no_line_leads_to_a_week_that_is_not_whole() -> None:
    period = Period(date(2026, 10, 1), date(2026, 10, 21))
    weeks = Timeline(period, "week")
    starts = [weeks.key(bucket) for bucket in weeks.buckets()]
    rows = pl.DataFrame([(s, "all", 10**8) for s in starts], schema=_rows().schema, orient="row")
    chart = over_time_chart(rows, _plot(weeks, series=("all",)), "line").to_dict(validate=True)
    points = [row for row in _data(chart) if "joined" in row]
    assert [(row["y"], row["joined"]) for row in points] == [(1.0, None), (1.0, 1.0), (1.0, 1.0), (1.0, None)]
