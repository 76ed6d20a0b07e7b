"""The rows of a table of several groups, and those that are their subtotals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from core.explore.engine import key_columns
from core.ui.app.answers import Answer


@dataclass(frozen=True)
class GroupLevel:
    """An answer and its rows; ``parents``: of each row its place in the level above, if there is one."""

    answer: Answer
    rows: pl.DataFrame
    parents: list[int] = field(default_factory=list)


def levels_of(answer: Answer) -> list[GroupLevel]:
    """The answers to the same question by the first group, by the first two, up to all of them.

    So a subtotal is asked for and no sum of what it stands above: of a rate there is no such sum.
    """
    levels: list[GroupLevel] = []
    for count in range(1, len(answer.state.group_by) + 1):
        asked = _by_first(answer, count)
        rows = ordered(_groups(asked), answer.state.measure)
        levels.append(_below(levels[-1], asked, rows) if levels else GroupLevel(asked, rows))
    return levels


def _by_first(answer: Answer, count: int) -> Answer:
    query = answer.state.query
    if count == len(query.group_by):
        return answer
    return replace(answer, state=answer.state.asking(query.grouped(*query.group_by[:count])))


def _below(above: GroupLevel, asked: Answer, rows: pl.DataFrame) -> GroupLevel:
    """Rows in the order of what they are part of."""
    keys = [key for name in above.answer.state.group_by for key in key_columns(name)[1:]]
    places = above.rows.select(*keys, _above=pl.int_range(pl.len()))
    rows = rows.join(places, on=keys, how="left", nulls_equal=True, maintain_order="left")
    rows = rows.sort("_above", maintain_order=True)
    return GroupLevel(asked, rows.drop("_above"), rows["_above"].to_list())


def _groups(answer: Answer) -> pl.DataFrame:
    return answer.groups if answer.compared is None else answer.compared


def ordered(frame: pl.DataFrame, *order: str) -> pl.DataFrame:
    """Latest or biggest first."""
    return frame.sort(order, descending=True, nulls_last=True, maintain_order=True)
