"""Turns an answer's rows into what a mark needs: a full grid of buckets and series, stacked, in drawing
units.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import polars as pl

from core.charts.timeline import Timeline
from core.dimensions import Measure, Unit
from core.explore.buckets import MAX_POINTS
from core.money import MICROCENTS_PER_USD
from core.periods import Period


def grid(rows: pl.DataFrame, timeline: Timeline, measure: Measure, series: Sequence[str]) -> pl.DataFrame:
    """Every bucket with every series, its ``value``, and of the bucket what ``_BUCKETS`` names.

    ``rows`` has ``start`` (Date), ``series`` (String) and ``value``. What is missing in a covered bucket is a
    true zero where parts add up, else unknown; in a gap everything is unknown.

    Raises:
        ValueError: more than ``MAX_POINTS`` points.
    """
    buckets = timeline.buckets()
    if len(buckets) * len(series) > MAX_POINTS:
        raise ValueError(f"{len(buckets)} buckets of {len(series)} series are too many for a chart")
    full = _bucket_frame(timeline, buckets).join(_series_frame(series), how="cross")
    known = rows.select("start", "series", "value").with_columns(pl.lit(True).alias("known"))
    missing = pl.when(measure.additive & pl.col("known").is_null()).then(0).otherwise(pl.col("value"))
    joined = full.join(known, left_on=["key", "series"], right_on=["start", "series"], how="left")
    return joined.with_columns(pl.when(~pl.col("gap")).then(missing).alias("value")).drop("known")


def _bucket_frame(timeline: Timeline, buckets: list[Period]) -> pl.DataFrame:
    columns: dict[str, list[date] | list[bool] | list[str]] = {
        "key": [timeline.key(bucket) for bucket in buckets],
        "start": [bucket.start for bucket in buckets],
        "end": [bucket.end for bucket in buckets],
        "gap": [timeline.is_gap(bucket) for bucket in buckets],
        "state": [timeline.state(bucket) for bucket in buckets],
        "cut": [timeline.cut(bucket) for bucket in buckets],
    }
    return pl.DataFrame(columns, schema=_BUCKETS)


_BUCKETS = {
    "key": pl.Date, "start": pl.Date, "end": pl.Date, "gap": pl.Boolean, "state": pl.String, "cut": pl.String,
}  # fmt: skip


def _series_frame(series: Sequence[str]) -> pl.DataFrame:
    columns = {"series": list(series), "order": list(range(len(series)))}
    return pl.DataFrame(columns, schema={"series": pl.String, "order": pl.Int64})


def running_total(frame: pl.DataFrame) -> pl.DataFrame:
    """What has come together since the first bucket. Unknown amounts add nothing; in a gap all is unknown."""
    summed = pl.col("value").fill_null(0).cum_sum().over("series", order_by="start")
    return frame.with_columns(pl.when(~pl.col("gap")).then(summed).alias("value"))


def stacked(frame: pl.DataFrame) -> pl.DataFrame:
    """Add ``low`` and ``high``: each value on top of the earlier ones of its bucket; credits go down."""
    value = pl.col("value").fill_null(0)
    top = value.cum_sum().over("start", value < 0, order_by="order")
    return frame.with_columns((top - value).alias("low"), top.alias("high"))


def drawn(frame: pl.DataFrame, measure: Measure, columns: Sequence[str]) -> pl.DataFrame:
    """Add floats to draw at: ``x``, ``x2``, ``mid`` in ms since 1970, and ``columns`` in dollars or as is."""
    scale = MICROCENTS_PER_USD if measure.unit is Unit.USD else 1
    return frame.with_columns(
        milliseconds("start").alias("x"),
        milliseconds("end").alias("x2"),
        ((milliseconds("start") + milliseconds("end")) / 2).alias("mid"),
        *((pl.col(name).cast(pl.Float64) / scale).alias(name) for name in columns),
    )


def milliseconds(column: str) -> pl.Expr:
    """A Date as float milliseconds since 1970, UTC: no browser can shift it into another day."""
    return pl.col(column).cast(pl.Datetime("ms")).cast(pl.Int64).cast(pl.Float64)


def instant(day: date) -> float:
    """Milliseconds since 1970 of the day's begin in UTC."""
    return datetime.combine(day, time(), UTC).timestamp() * 1000
