"""Marks on the axis: where they stand, what they say, and how many there are at most."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from core.charts.marks import MOST_MARKS, Mark, drawn_marks, with_marks
from core.charts.over_time import KINDS, Plot, over_time_chart
from core.charts.palette import LIGHT, colors
from core.charts.timeline import Timeline
from core.dimensions import MEASURES
from core.periods import Period

PERIOD = Period(date(2026, 10, 1), date(2026, 10, 11))
SIXTH_IN_MS = 1_791_244_800_000
"""2026-10-06 00:00 UTC in milliseconds since 1970."""
DAY_IN_MS = 86_400_000
DOLLAR = 10**8


def day(number: int) -> Period:
    return Period(date(2026, 10, number), date(2026, 10, number + 1))


def layers(marks: list[Mark], kind: str = "bar", grain: str = "day") -> dict[str, list[dict]]:
    """The data of the line and of the triangles."""
    rows = pl.DataFrame(
        [(one, "a", 10**9) for one in PERIOD if grain == "day" or one.weekday() == 0],
        schema={"start": pl.Date, "series": pl.String, "value": pl.Int64},
        orient="row",
    )
    plot = Plot(MEASURES["cost"], Timeline(PERIOD, grain), ("a",), colors(("a",), LIGHT), LIGHT)
    chart = with_marks(over_time_chart(rows, plot, kind), marks, plot, PERIOD).to_dict(validate=True)
    return {
        name: chart["datasets"][layer["data"]["name"]]
        for layer in chart["layer"][-2:]
        if "words" in str(layer["encoding"].get("tooltip")) and (name := layer["mark"]["type"])
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("grain", ["day", "week"])
def test_a_triangle_stands_on_the_day_and_says_what_was(kind: str, grain: str) -> None:
    found = layers([Mark(day(6), "Annotation", "Launch")], kind, grain)
    told = {
        "x": SIXTH_IN_MS, "x2": SIXTH_IN_MS + DAY_IN_MS, "at": SIXTH_IN_MS + DAY_IN_MS / 2,
        "kind": "Annotation", "when": "Oct 6, 2026", "words": "Launch",
    }  # fmt: skip
    assert found == {"rule": [told], "point": [told]}


def test_what_began_before_the_picture_stands_at_its_begin_and_ends_with_it() -> None:
    long = Mark(Period(date(2026, 9, 20), date(2026, 12, 1)), "Anomaly", "another level", 5 * DOLLAR)
    (told,) = layers([long])["point"]
    assert told["x"] == SIXTH_IN_MS - 5 * DAY_IN_MS and told["x2"] == SIXTH_IN_MS + 5 * DAY_IN_MS
    assert told["when"] == "Sep 20 – Nov 30, 2026", "in words it has all its days"


def test_marks_of_one_day_are_one_triangle() -> None:
    marks = [Mark(day(6), "Anomaly", "a is new", DOLLAR), Mark(day(6), "Annotation", "Launch")]
    (told,) = layers(marks)["point"]
    assert (told["kind"], told["words"]) == ("Anomaly; Annotation", "a is new; Launch")
    assert told["when"] == "Oct 6, 2026"


def test_nothing_is_drawn_where_nothing_is_marked() -> None:
    assert layers([]) == {}


def test_notes_and_the_dearest_have_a_place_up_or_down() -> None:
    dollars = [7, -90, 3, 0, 50, 8, 1, 20]
    marks = [Mark(day(n), "Anomaly", str(n), amount * DOLLAR) for n, amount in enumerate(dollars, 1)]
    note = Mark(day(9), "Annotation", "Launch")
    drawn = drawn_marks([*marks, note], PERIOD)
    assert [mark.words for mark in drawn] == ["Launch", "2", "5", "8", "6"]
    assert len(drawn) == MOST_MARKS
    beside = Mark(Period(day(2).start, day(2).end + timedelta(days=3)), "Anomaly", "same day", 0)
    assert beside in drawn_marks([*marks, note, beside], PERIOD), "it needs no place of its own"
