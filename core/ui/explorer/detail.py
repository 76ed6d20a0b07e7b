"""The table under a chart: numbers to the right, its total as the last row, and the whole of it as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import polars as pl
import streamlit as st

from core.dimensions import DIMENSIONS, MEASURES, TIME_DIMENSIONS, Unit
from core.explore.buckets import bucket_end
from core.explore.change import values_of
from core.explore.compare import OUTSIDE
from core.formats import count_of, period_label
from core.periods import Period
from core.ui.app import blocks, drilling, explorer_state, extent, fields, summed_table
from core.ui.app.answers import Answer
from core.ui.app.state_words import scope_words
from core.ui.app.summed_columns import Amount, Column, Growth, Indented, Share, Step, Text
from core.ui.app.table_tree import Level, Tree
from core.ui.explorer import detail_files, levels
from core.ui.explorer.controls import GRAIN_LABELS
from core.ui.explorer.levels import GroupLevel

BEFORE, CHANGE, CHANGE_SHARE, STATE = "Before", "Change", "Change %", "New or gone"
_TOTALS, _OVER_TIME = "Totals", "Over time"
_NAME, _ROWS = "detail", "w.rows"


@dataclass(frozen=True)
class _Table:
    """What its head says of it, the menu of its files, and the table itself."""

    extent: str
    menu: Callable[[], None]
    show: Callable[[], None]


def table_card(answer: Answer) -> None:
    """Totals of each group, or each group over time; the files hold all rows of either."""
    over_time = _is_over_time(answer)
    is_tree = len(answer.state.group_by) + over_time > 1
    table = (_tree if is_tree else _flat)(answer, over_time)
    with st.container(border=True, key="card-table"):
        with blocks.card_head("table", "Detail", table.extent):
            _choice(answer, over_time)
            with st.container(width="content"):
                table.menu()
        table.show()


def _flat(answer: Answer, over_time: bool) -> _Table:
    """One row for each group, or for each group and day."""
    frame = rows_of(answer, over_time)
    shown = columns(answer, frame, over_time)
    rows = frame[summed_table.sorted_rows(_NAME, shown)]
    return _Table(
        _extent(answer, frame.height, summed_table.extent(frame.height)),
        lambda: detail_files.menu(answer, detail_files.table_file(answer, rows, over_time)),
        lambda: summed_table.show(
            _NAME, shown, _key(over_time), alt=_alt(answer, frame),
            picked=partial(_picked, answer, frame) if answer.state.group_by else None,
        ),
    )  # fmt: skip


def _tree(answer: Answer, over_time: bool) -> _Table:
    """Each value of the first group, or each day, with its subtotal, and what is below it."""
    groups = levels.levels_of(answer, over_time=over_time)
    tree, rows = tree_of(groups), groups[-1].rows
    lines = summed_table.sorted_lines(_NAME, tree)
    return _Table(
        _extent(answer, rows.height, summed_table.tree_extent(tree)),
        lambda: detail_files.menu(answer, detail_files.tree_file(answer, groups, lines)),
        lambda: summed_table.show_tree(_NAME, tree, _key(over_time), alt=_alt(answer, rows)),
    )


def _key(over_time: bool) -> str:
    return f"w.row.{explorer_state.ADDRESS.turn()}.{over_time}"


def _alt(answer: Answer, rows: pl.DataFrame) -> str:
    return f"{answer.measure.label}: {count_of(rows.height, 'row')}"


def _extent(answer: Answer, height: int, extent: str) -> str:
    hint = ". Click a name to look into it" if answer.state.group_by and height > 1 else ""
    return f"{extent}{hint}. {scope_words(answer.state)}"


def rows_of(answer: Answer, over_time: bool) -> pl.DataFrame:
    """What the table is of, in its own order: latest or biggest first; of several groups as in its tree."""
    if over_time or answer.state.group_by:
        return levels.levels_of(answer, over_time=over_time)[-1].rows
    return answer.groups


def tree_of(groups: Sequence[GroupLevel]) -> Tree:
    """All groups in one column, the last of which has the rows."""
    title = " › ".join(DIMENSIONS[name].label for name in groups[-1].names)
    return Tree([_level(level, title, depth) for depth, level in enumerate(groups)])


def _level(level: GroupLevel, title: str, depth: int) -> Level:
    labels = _labels(level.rows, level.names[-1])
    names = Indented(title, labels, is_first=True, help=f"{title}.", depth=depth)
    numbers = _numbers(level.answer, level.rows, over_time=level.grain is not None)
    return Level([names, *numbers], level.parents, partial(_picked, level.answer, level.rows))


def _is_over_time(answer: Answer) -> bool:
    """What the switch says that is drawn below; the head before it tells the rows already."""
    return not answer.state.group_by or st.session_state.get(_ROWS) == _OVER_TIME


def _choice(answer: Answer, over_time: bool) -> None:
    """Holds what the table is, also where a browser sends another choice to a server that started anew."""
    if answer.state.group_by:
        fields.segments(
            "Rows", [_TOTALS, _OVER_TIME], _ROWS, _OVER_TIME if over_time else _TOTALS,
            required=True, label_visibility="collapsed",
            format_func=lambda name: name if name == _TOTALS else f"By {GRAIN_LABELS[answer.grain].lower()}",
        )  # fmt: skip


def _picked(answer: Answer, rows: pl.DataFrame, place: int) -> None:
    """A name was clicked: narrow to its group, or to its days where they are all that it names."""
    row = rows.row(place, named=True)
    if answer.state.group_by:
        drilling.into(values_of(row, answer.state.query))
    else:
        start = row[answer.grain]
        drilling.into_days(Period(start, bucket_end(start, answer.grain)).clipped(answer.period))


def columns(answer: Answer, rows: pl.DataFrame, over_time: bool) -> list[Column]:
    """The groups, the measure with its share and its comparison, what lies outside, the other measures."""
    names = ([answer.grain] if over_time else []) + list(answer.state.group_by)
    texts = [Text(DIMENSIONS[name].label, _labels(rows, name), name == names[0]) for name in names]
    if not texts:
        texts = [Text("", pl.Series([""] * rows.height), is_first=True)]
    return [*texts, *_numbers(answer, rows, over_time)]


def _numbers(answer: Answer, rows: pl.DataFrame, over_time: bool) -> list[Column]:
    first, *others = (_amount(answer, rows, name, over_time) for name in answer.measures)
    beside = [] if over_time else _beside(answer, rows, first)
    return [first, *beside, *others]


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
    total = answer.outside_totals[answer.state.measure]
    if OUTSIDE in rows.columns and answer.measure.additive and total is not None:
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
