"""What stands in a cell of a file: exact numbers, and text that no spreadsheet takes for a formula.

An answer's columns become text a whole column at a time, outside Python: a million rows take a second. They
read exactly as each value on its own does.
"""

from __future__ import annotations

import io
import re
import unicodedata

import polars as pl

from core.dimensions import DIMENSIONS, TIME_DIMENSIONS, Unit
from core.explore.labels import spelled_label
from core.money import MICROCENTS_PER_USD, usd_decimal

_PLACES = 8
_RATIO_PLACES = 12
_FORMULA_STARTS = frozenset("=+-@\t\r\n\N{MINUS SIGN}")
_QUOTES = "\"'`“”‘’"


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


def number_texts(values: pl.Series, unit: Unit | None) -> pl.Series:
    """Exact dollars with eight places, whole numbers, or up to twelve places; null where unknown."""
    if unit is Unit.USD:
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


def number_text(value: int | float, unit: Unit | None) -> str:
    """One number: exact dollars with eight places from micro-cents, else plain, with up to twelve places."""
    if unit is Unit.USD:
        return usd_decimal(int(value))
    return str(value) if isinstance(value, int) else f"{value:.{_RATIO_PLACES}f}".rstrip("0").rstrip(".")


def safe_texts(texts: pl.Series) -> pl.Series:
    """Each text that a spreadsheet could take for a formula, made safe."""
    differing = {text: safe for text in texts.unique().drop_nulls() if (safe := safe_text(text)) != text}
    return texts.replace(differing) if differing else texts


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before a cell that could be one.

    Looked at are the first character and the first after blanks, quotation marks and invisible characters, in
    any width, and what follows a semicolon or tab, where spreadsheets of other countries start a new cell.
    """
    guarded = re.sub(r"(?<=[;\t])[^;\t]*", lambda rest: _guarded(rest.group()), text)
    return _guarded(guarded)


def _guarded(text: str) -> str:
    return f"'{text}" if _starts_formula(text) else text


def _starts_formula(text: str) -> bool:
    if text[:1] in _FORMULA_STARTS and text:
        return True
    visible = next((char for char in text if not _skipped(char)), "")
    return unicodedata.normalize("NFKC", visible)[:1] in _FORMULA_STARTS if visible else False


def _skipped(char: str) -> bool:
    return char.isspace() or char in _QUOTES or unicodedata.category(char) in ("Cc", "Cf", "Mn")
