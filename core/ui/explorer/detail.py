"""The table under a chart: numbers to the right, its total as the last row, and the whole of it as a file."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import polars as pl
import streamlit as st

from core.dimensions import DIMENSIONS, MEASURES, TIME_DIMENSIONS, Unit
from core.explore.change import values_of
from core.explore.compare import OUTSIDE
from core.explore.engine import key_columns
from core.formats import count_of, period_label
from core.ui.app import blocks, drilling, explorer_state, extent, summed_table
from core.ui.app.answers import Answer
from core.ui.app.state_words import scope_words
from core.ui.app.summed_columns import Amount, Column, Growth, Share, Step, Text, Told
from core.ui.app.table_tree import Tree
from core.ui.explorer import detail_files
from core.ui.explorer.controls import GRAIN_LABELS

BEFORE, CHANGE, CHANGE_SHARE, STATE = "Before", "Change", "Change %", "New or gone"
_TOTALS, _OVER_TIME = "Totals", "Over time"


def table_card(answer: Answer) -> None:
    """Totals of each group, or each group over time; the files hold all rows of either."""
    with st.container(border=True, key="card-table"):
        left, right = st.columns([1, 1], vertical_alignment="center")
        with right, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            over_time = _choice(answer)
            frame, tree = rows_of(answer, over_time)
            shown = columns(answer, frame, over_time)
            detail_files.menu(answer, frame[summed_table.sorted_rows("detail", shown, tree)], over_time)
        with left:
            blocks.card_title("Detail", _extent(answer, shown, tree))
        summed_table.show(
            "detail", shown, f"w.row.{explorer_state.ADDRESS.turn()}.{over_time}",
            alt=f"{answer.measure.label}: {frame.height} rows", tree=tree,
            picked=partial(_picked, answer, frame) if answer.state.group_by else None,
        )  # fmt: skip


def _extent(answer: Answer, shown: list[Column], tree: Tree | None) -> str:
    height = len(shown[0].key())
    hint = ". Click a name to look into it" if answer.state.group_by and height > 1 else ""
    extent = summed_table.tree_extent(shown, tree) if tree else summed_table.extent(height)
    return f"{extent}{hint}. {scope_words(answer.state)}"


def rows_of(answer: Answer, over_time: bool) -> tuple[pl.DataFrame, Tree | None]:
    """What the table is of, in its own order: latest or biggest first; of several groups in branches."""
    if over_time:
        return _sorted(answer.over_time, answer.grain, answer.state.measure), None
    frame = _sorted(_groups(answer), answer.state.measure)
    if len(answer.state.group_by) < len(("a branch", "its rows")):
        return frame, None
    upper = replace(answer, state=answer.state.asking(answer.state.query.grouped(answer.state.group_by[0])))
    return _branched(answer, frame, upper)


def _groups(answer: Answer) -> pl.DataFrame:
    compared = answer.compared if answer.state.group_by else None
    return answer.groups if compared is None else compared


def _sorted(frame: pl.DataFrame, *order: str) -> pl.DataFrame:
    return frame.sort(order, descending=True, nulls_last=True, maintain_order=True)


def _branched(answer: Answer, frame: pl.DataFrame, upper: Answer) -> tuple[pl.DataFrame, Tree]:
    """The rows below the answer to the same question by the first group alone, which is their subtotals."""
    branches = _sorted(_groups(upper), upper.state.measure)
    keys = key_columns(answer.state.group_by[0])[1:]
    places = branches.select(*keys, _branch=pl.int_range(pl.len()))
    frame = frame.join(places, on=keys, how="left", nulls_equal=True, maintain_order="left")
    frame = frame.sort("_branch", maintain_order=True)
    picked = partial(_picked, upper, branches)
    return frame.drop("_branch"), Tree(
        _of_branches(upper, branches, answer, frame), frame["_branch"].to_list(), picked
    )


def _of_branches(upper: Answer, branches: pl.DataFrame, answer: Answer, frame: pl.DataFrame) -> list[Column]:
    """The subtotals, and beside their names how many rows each has."""
    sizes = Counter(frame["_branch"])
    names = [DIMENSIONS[name] for name in answer.state.group_by[1:]]
    words = (names[0].inline, names[0].plural_inline) if len(names) == 1 else ("group", "groups")
    counts = pl.Series([count_of(sizes[place], *words) for place in range(branches.height)], dtype=pl.String)
    return [*columns(upper, branches, over_time=False), Told(names[0].label, counts)]


def _choice(answer: Answer) -> bool:
    if not answer.state.group_by:
        return True
    chosen = st.segmented_control(
        "Rows", [_TOTALS, _OVER_TIME], default=_TOTALS, required=True, key="w.rows",
        label_visibility="collapsed",
        format_func=lambda name: name if name == _TOTALS else f"By {GRAIN_LABELS[answer.grain].lower()}",
    )  # fmt: skip
    return chosen == _OVER_TIME


def _picked(answer: Answer, rows: pl.DataFrame, place: int) -> None:
    """A name was clicked: narrow to its group."""
    drilling.into(values_of(rows.row(place, named=True), answer.state.query))


def columns(answer: Answer, rows: pl.DataFrame, over_time: bool) -> list[Column]:
    """The groups, the measure with its share and its comparison, what lies outside, the other measures."""
    names = ([answer.grain] if over_time else []) + list(answer.state.group_by)
    texts = [
        Text(DIMENSIONS[name].label, _labels(rows, name), name == names[0], is_name=True) for name in names
    ]
    if not texts:
        texts = [Text("", pl.Series([""] * rows.height), is_first=True)]
    first, *others = (_amount(answer, rows, name, over_time) for name in answer.measures)
    beside = [] if over_time else _beside(answer, rows, first)
    return [*texts, first, *beside, *others]


def _labels(rows: pl.DataFrame, name: str) -> pl.Series:
    """ISO dates, so that a click on the head sorts them rightly."""
    if name not in TIME_DIMENSIONS:
        return rows[name]
    return rows[name].dt.to_string("%Y-%m" if name == "month" else "%Y-%m-%d")


def _amount(answer: Answer, rows: pl.DataFrame, name: str, over_time: bool) -> Amount:
    measure = MEASURES[name]
    total = answer.whole_totals[name] if over_time else answer.totals[name]
    return Amount(measure.label, measure, rows[name], total, measure.help)


def _beside(answer: Answer, rows: pl.DataFrame, first: Amount) -> list[Column]:
    columns: list[Column] = [Share("Share", first)] if answer.measure.additive else []
    if answer.versus and "before" in rows.columns:
        columns += _compared(answer, rows, first)
    if OUTSIDE in rows.columns and answer.measure.additive:
        total = answer.outside_totals[answer.state.measure]
        title = extent.title(answer)
        columns.append(Amount(title, answer.measure, rows[OUTSIDE], total, extent.help_text(answer)))
    return columns


def _compared(answer: Answer, rows: pl.DataFrame, first: Amount) -> list[Column]:
    assert answer.versus  # noqa: S101 - narrows for the type checker
    periods, name = answer.versus.periods, answer.state.measure
    now_label, earlier_label = period_label(periods.period), period_label(periods.earlier)
    total = answer.versus.before[name]
    before = Amount(BEFORE, answer.measure, rows["before"], total, f"{earlier_label}.")
    now, amounts = first, [before]
    if answer.is_per_day(name):
        now = replace(first, title=f"{first.title} per day", days=periods.period.days)
        before = replace(before, title=f"{BEFORE} per day", days=periods.earlier.days)
        amounts = [now, before]
    step = Step(CHANGE, now, before, f"{now_label}, less {earlier_label}.")
    growth = [] if answer.measure.unit is Unit.RATIO else [Growth(CHANGE_SHARE, step)]
    states = [Text(STATE, rows["state"])] if (rows["state"] != "").any() else []
    return [*amounts, step, *growth, *states]
