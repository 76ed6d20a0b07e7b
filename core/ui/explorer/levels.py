"""The rows of a table of several groups, and those that are their subtotals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from core.explore.engine import key_columns
from core.ui.app.answers import Answer


@dataclass(frozen=True)
class GroupLevel:
    """An answer and its rows; ``parents``: of each row its place in the level above, if there is one.

    ``grain``: the rows are of a day, week or month each.
    """

    answer: Answer
    rows: pl.DataFrame
    parents: list[int] = field(default_factory=list)
    grain: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the rows are by, the last of it this level's own."""
        return (*([self.grain] if self.grain else []), *self.answer.state.group_by)

    @property
    def keys(self) -> list[str]:
        """The columns that tell one row from another."""
        groups = (key for name in self.answer.state.group_by for key in key_columns(name)[1:])
        return [*([self.grain] if self.grain else []), *groups]


def levels_of(answer: Answer, *, over_time: bool = False) -> list[GroupLevel]:
    """The answers to the same question by the first group, by the first two, up to all of them.

    So a subtotal is asked for and no sum of what it stands above: of a rate there is no such sum. Over time
    each day, week or month stands above its groups.
    """
    levels: list[GroupLevel] = []
    for count in range(0 if over_time else 1, len(answer.state.group_by) + 1):
        asked = _by_first(answer, count)
        level = _over_time(asked) if over_time else _whole(asked)
        levels.append(_below(levels[-1], level) if levels else level)
    return levels


def _whole(asked: Answer) -> GroupLevel:
    return GroupLevel(asked, ordered(_groups(asked), asked.state.measure))


def _over_time(asked: Answer) -> GroupLevel:
    return GroupLevel(asked, ordered(asked.over_time, asked.grain, asked.state.measure), grain=asked.grain)


def _by_first(answer: Answer, count: int) -> Answer:
    """By the same days, weeks or months, though so few groups would fit into finer ones."""
    query = answer.state.query
    if count == len(query.group_by):
        return answer
    state = answer.state.asking(query.grouped(*query.group_by[:count])).displayed(grain=answer.grain)
    return replace(answer, state=state)


def _below(above: GroupLevel, level: GroupLevel) -> GroupLevel:
    """Rows in the order of what they are part of."""
    places = above.rows.select(*above.keys, _above=pl.int_range(pl.len()))
    rows = level.rows.join(places, on=above.keys, how="left", nulls_equal=True, maintain_order="left")
    rows = rows.sort("_above", maintain_order=True)
    return replace(level, rows=rows.drop("_above"), parents=rows["_above"].to_list())


def _groups(answer: Answer) -> pl.DataFrame:
    return answer.groups if answer.compared is None else answer.compared


def ordered(frame: pl.DataFrame, *order: str) -> pl.DataFrame:
    """Latest or biggest first."""
    return frame.sort(order, descending=True, nulls_last=True, maintain_order=True)
