"""An answer's columns as text, a whole column at a time, outside Python: a million rows take a second.

Every function gives exactly what formatting each value on its own would give.
"""

from __future__ import annotations

import io

import polars as pl

from core.dimensions import DIMENSIONS, MEASURES, TIME_DIMENSIONS, Unit
from core.explore.labels import spelled_label
from core.money import MICROCENTS_PER_USD

_PLACES = 8
_RATIO_PLACES = 12


def dimension_texts(rows: pl.DataFrame, name: str) -> pl.Series:
    """Each row's value as the API spells it, an empty one as its label; ISO dates for time."""
    if name in TIME_DIMENSIONS:
        return rows[name].dt.to_string("%Y-%m-%d")
    keys = [f"{name}_value", name]
    pairs = rows.select(keys).unique(maintain_order=True)
    dimension = DIMENSIONS[name]
    texts = [
        label if value is None else spelled_label(dimension, value) for value, label in pairs.iter_rows()
    ]
    named = pairs.with_columns(text=pl.Series(texts, dtype=pl.String))
    return rows.select(keys).join(named, on=keys, how="left", nulls_equal=True, maintain_order="left")["text"]


def number_texts(rows: pl.DataFrame, measure: str) -> pl.Series:
    """Exact dollars with eight places, whole numbers, or up to twelve places; null where unknown."""
    values = rows[measure]
    if MEASURES[measure].unit is Unit.USD:
        return _usd(values)
    return _ratios(values) if values.dtype.is_float() else values.cast(pl.String)


def _usd(microcents: pl.Series) -> pl.Series:
    size = pl.col("value").cast(pl.Int128).abs()
    fraction = (size % MICROCENTS_PER_USD).cast(pl.String).str.zfill(_PLACES)
    sign = pl.when(pl.col("value") < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    whole = (size // MICROCENTS_PER_USD).cast(pl.String)
    return (
        pl.DataFrame({"value": microcents})
        .select(pl.concat_str(sign, whole, pl.lit("."), fraction))
        .to_series()
    )


def _ratios(values: pl.Series) -> pl.Series:
    written = io.BytesIO()
    known = pl.DataFrame({"value": values.drop_nulls()})
    known.write_csv(written, include_header=False, float_precision=_RATIO_PLACES, float_scientific=False)
    texts = pl.Series(written.getvalue().decode().split(), dtype=pl.String)
    texts = texts.str.strip_chars_end("0").str.strip_chars_end(".")
    is_known = pl.col("value").is_not_null()
    place = pl.when(is_known).then(is_known.cum_sum().cast(pl.Int64) - 1)
    return texts.gather(pl.DataFrame({"value": values}).select(place).to_series())


def quoted(texts: pl.Expr, *, alone: bool) -> pl.Expr:
    """As a CSV field: in quotation marks where a comma, a quotation mark or a line break is inside.

    An empty field that is ``alone`` in its line is quoted too, else the line would read as none.
    """
    inside = pl.concat_str(pl.lit('"'), texts.str.replace_all('"', '""', literal=True), pl.lit('"'))
    needs = texts.str.contains(r'[",\r\n]')
    return pl.when(needs | (texts == "") if alone else needs).then(inside).otherwise(texts)
