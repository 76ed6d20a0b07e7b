"""The table under a chart: sortable, numbers to the right, its total below, and the whole of it as a file."""

from __future__ import annotations

from functools import partial

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.dimensions import DIMENSIONS, MEASURES, TIME_DIMENSIONS, Measure, Unit
from core.explore.change import values_of
from core.explore.measures import regrouped
from core.formats import Number, exact, period_label, tabular
from core.money import MICROCENTS_PER_USD
from core.ui.app import blocks, drilling, html, view
from core.ui.app.answers import Answer
from core.ui.app.text import count_of
from core.ui.app.view_words import scope_words
from core.ui.explorer import files
from core.ui.explorer.controls import GRAIN_LABELS

SHARE = "Share"
COMPLETE, BEFORE, CHANGE, CHANGE_SHARE, STATE = "Complete days", "Before", "Change", "Change %", "New or gone"
_TOTALS, _OVER_TIME = "Totals", "Over time"
_FORMATS = {
    Unit.USD: "dollar",
    Unit.USD_PER_MILLION: "dollar",
    Unit.COUNT: "localized",
    Unit.RATIO: "%.1f%%",
}


def table_card(answer: Answer) -> None:
    """Totals of each group, or each group over time; the files hold all rows of either."""
    with st.container(border=True, key="card-table"):
        left, right = st.columns([1, 1], vertical_alignment="center")
        with right, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            over_time = _choice(answer)
            compared = None if over_time or not answer.view.group_by else answer.compared
            frame = answer.over_time if over_time else answer.groups if compared is None else compared
            frame = ordered(answer, frame, over_time)
            files.menu(answer, frame, over_time)
        with left:
            hint = ". Tick one to look into it" if answer.view.group_by and frame.height > 1 else ""
            blocks.card_title("Detail", f"{_extent(frame.height)}{hint}. {scope_words(answer.view)}")
        _table(answer, frame.head(blocks.MOST_ROWS), over_time)
        _total_row(answer, frame.height)


def _choice(answer: Answer) -> bool:
    if not answer.view.group_by:
        return True
    chosen = st.segmented_control(
        "Rows", [_TOTALS, _OVER_TIME], default=_TOTALS, required=True, key="w.rows",
        label_visibility="collapsed",
        format_func=lambda name: name if name == _TOTALS else f"By {GRAIN_LABELS[answer.grain].lower()}",
    )  # fmt: skip
    return chosen == _OVER_TIME


def _extent(height: int) -> str:
    if height <= blocks.MOST_ROWS:
        return count_of(height, "row")
    return f"The first {blocks.MOST_ROWS:,} of {height:,} rows; a file has all of them"


def _table(answer: Answer, rows: pl.DataFrame, over_time: bool) -> None:
    shown = display_frame(answer, rows, over_time)
    key = f"w.row.{view.ADDRESS.turn()}"
    st.dataframe(
        shown, hide_index=True, width="stretch", placeholder="–", key=key, selection_mode="single-row",
        column_config=_columns(answer, shown.columns), alt=f"{answer.measure.label}: {shown.height} rows",
        height=blocks.table_height(shown.height),
        on_select=partial(_picked, key, answer, rows) if answer.view.group_by else "ignore",
    )  # fmt: skip


def _picked(key: str, answer: Answer, rows: pl.DataFrame) -> None:
    """A row was chosen: narrow to its group."""
    for place in st.session_state[key]["selection"]["rows"]:
        drilling.into(values_of(rows.row(place, named=True), answer.view.query))


def ordered(answer: Answer, frame: pl.DataFrame, over_time: bool) -> pl.DataFrame:
    """Latest or biggest first. Of several groups those of one first value stand together, as in a tree."""
    first, series = answer.view.measure, answer.view.group_by
    if over_time or len(series) < 2:
        order = [answer.grain, first] if over_time else [first]
        return frame.sort(order, descending=True, nulls_last=True)
    branches = regrouped(frame, [series[0]], (first,)).select(series[0], _branch=first)
    return (
        frame.join(branches, on=series[0], how="left")
        .sort("_branch", series[0], first, descending=[True, False, True], nulls_last=True)
        .drop("_branch")
    )


def display_frame(answer: Answer, frame: pl.DataFrame, over_time: bool) -> pl.DataFrame:
    """Labels as text, amounts in dollars."""
    first = answer.view.measure
    names = ([answer.grain] if over_time else []) + list(answer.view.group_by)
    columns = [_label_cell(name).alias(DIMENSIONS[name].label) for name in names]
    for measure in answer.measures:
        columns.append(_number_cell(measure).alias(MEASURES[measure].label))
        if measure == first and answer.measure.additive and not over_time and (whole := answer.totals[first]):
            columns.append((pl.col(first).cast(pl.Float64) * 100 / float(whole)).alias(SHARE))
        if measure == first and answer.versus and "change" in frame.columns:
            columns += _comparison_cells(first, frame, with_now=bool(answer.versus.periods.unfinished.days))
    return frame.select(columns)


def _comparison_cells(measure: str, frame: pl.DataFrame, *, with_now: bool) -> list[pl.Expr]:
    """Before and change; the complete days now too, where the page's number has more days than they."""
    names = {"now": COMPLETE, "before": BEFORE, "change": CHANGE}
    cells = [
        _number_cell(measure, name).alias(label) for name, label in names.items() if name != "now" or with_now
    ]
    if MEASURES[measure].unit is not Unit.RATIO:  # the change of a share is in points: no share of it
        before, step = (pl.col(name).cast(pl.Float64) for name in ("before", "change"))
        cells.append(pl.when(before > 0).then(step * 100 / before).alias(CHANGE_SHARE))
    states = [pl.col("state").alias(STATE)] if (frame["state"] != "").any() else []
    return [*cells, *states]


def _label_cell(name: str) -> pl.Expr:
    """ISO dates, so that a click on the header sorts them rightly."""
    if name not in TIME_DIMENSIONS:
        return pl.col(name)
    return pl.col(name).dt.to_string("%Y-%m" if name == "month" else "%Y-%m-%d")


def _number_cell(measure: str, column: str = "") -> pl.Expr:
    """Dollars and per cent; counts as they are."""
    scale = {Unit.USD: 1 / MICROCENTS_PER_USD, Unit.RATIO: 100.0}.get(MEASURES[measure].unit)
    value = pl.col(column or measure)
    return value.cast(pl.Float64) * scale if scale else value


def _columns(answer: Answer, names: list[str]) -> dict[str, ColumnConfig]:
    units = {MEASURES[name].label: (MEASURES[name].unit, MEASURES[name].help) for name in answer.measures}
    columns = {
        label: st.column_config.NumberColumn(label, format=_FORMATS[unit], help=text)
        for label, (unit, text) in units.items()
    }
    columns[SHARE] = st.column_config.NumberColumn(SHARE, format="%.1f%%")
    columns |= _comparison_columns(answer)
    return {name: columns[name] for name in names if name in columns}


def _comparison_columns(answer: Answer) -> dict[str, ColumnConfig]:
    if not answer.versus:
        return {}
    periods, unit = answer.versus.periods, answer.measure.unit
    texts = {
        COMPLETE: f"Complete days only: {period_label(periods.period)}.",
        BEFORE: f"{period_label(periods.earlier)}.",
        CHANGE: f"{period_label(periods.period)}, less {period_label(periods.earlier)}.",
    }
    columns: dict[str, ColumnConfig] = {
        name: st.column_config.NumberColumn(name, format=_FORMATS[unit], help=text)
        for name, text in texts.items()
    }
    if unit is Unit.RATIO:
        columns[CHANGE] = st.column_config.NumberColumn(CHANGE, format="%+.1f pts", help=texts[CHANGE])
    columns[CHANGE_SHARE] = st.column_config.NumberColumn(CHANGE_SHARE, format="%+.1f%%")
    return columns


def _total_row(answer: Answer, height: int) -> None:
    known = ((MEASURES[name], answer.totals[name]) for name in answer.measures)
    totals = (_total(measure.label, measure, value) for measure, value in known if value is not None)
    blocks.total_row(height, totals, _comparison_totals(answer))


def _total(label: str, measure: Measure, value: Number) -> html.Node:
    return blocks.total(label, tabular(measure, value), exact(measure, value))


def _comparison_totals(answer: Answer) -> html.Node:
    """Before and change of the chosen measure, as in the columns above."""
    if not answer.versus or not answer.measure.additive:
        return None
    name = answer.view.measure
    now, before = answer.versus.now[name], answer.versus.before[name]
    if now is None or before is None:
        return None
    return _total(BEFORE, answer.measure, before), _total(CHANGE, answer.measure, now - before)
