"""Models, keys, users and workspaces that spend for the first time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from core.alerts.message import plain
from core.alerts.verdict import Verdict
from core.alerts.views import view
from core.alerts.world import World
from core.dimensions import DIMENSIONS
from core.explore.engine import rows
from core.explore.plan_figures import scope_of
from core.explore.query import Filter, Query
from core.explore.scan import connection_values
from core.formats import day_label
from core.money import usd_label
from core.periods import ONE_DAY, Period, day_of
from core.store.alert_rules import Rule

_NEW_DAYS, _HISTORY_DAYS, _LEAST_DAYS = timedelta(days=14), timedelta(days=400), timedelta(days=28)
_NAME = "cost_center"


@dataclass(frozen=True)
class _Newcomer:
    """``costs``: on each known day, in micro-cents."""

    value: str
    label: str
    first: date
    costs: tuple[tuple[date, int], ...]


def newcomers(world: World, rule: Rule) -> Iterator[Verdict]:
    """Those that first spent in the last two weeks, where there is history to tell that they are new."""
    dimension = rule.terms.dimension or "model"
    filters = scope_of(rule.content.scope)
    begin, new = world.once(("new", dimension, filters), lambda: _read(world, dimension, filters))
    since = max(world.today - _NEW_DAYS, begin + _LEAST_DAYS)
    label = DIMENSIONS[dimension].label
    for newcomer in new:
        cost = sum(amount for day, amount in newcomer.costs if day < world.today)
        if since <= newcomer.first < world.today and cost >= (rule.terms.threshold or 0):
            name = plain(newcomer.label)
            text = (
                f"{name} has cost {usd_label(cost)} since {day_label(newcomer.first)}, and nothing in the "
                "known days before."
            )
            subject = f"New {label if label[:2].isupper() else label.lower()} {name}"
            period, only = Period(newcomer.first, world.today), Filter(dimension, (newcomer.value,))
            page = view("cost", period, filters, only)
            yield Verdict(f"new:{dimension}:{newcomer.value}", cost, subject, text, page, once=True)


def _read(world: World, dimension: str, filters: tuple[Filter, ...]) -> tuple[date, list[_Newcomer]]:
    """The first day of all, and whoever is new since the first day that anybody asks for."""
    period = Period(world.first - _HISTORY_DAYS, day_of(world.present) + ONE_DAY)
    spent = rows(world.ledger, Query(("cost",), period, ("day", _NAME, dimension), filters)).filter(
        pl.col("cost") > 0, pl.col(f"{dimension}_value").is_not_null(), _is_known(world)
    )
    begin = spent["day"].min()
    if not isinstance(begin, date):
        return world.today, []
    firsts = spent.group_by(f"{dimension}_value").agg(pl.col("day").min().alias("first"))
    new = spent.join(firsts.filter(pl.col("first") >= world.first - _NEW_DAYS), on=f"{dimension}_value")
    by_value = new.sort("first", f"{dimension}_value", "day").group_by(
        f"{dimension}_value", maintain_order=True
    )
    return begin, [_newcomer(of_one, dimension) for _, of_one in by_value]


def _is_known(world: World) -> pl.Expr:
    """Days that are over and known to the connection."""
    names = connection_values(world.ledger, _NAME)
    until = {
        names[known.connection_id]: known.complete_until for known in world.at(world.present).known("cost")
    }
    ends = pl.col(f"{_NAME}_value").replace_strict(until, default=None, return_dtype=pl.Date)
    return pl.col("day") < ends


def _newcomer(days: pl.DataFrame, dimension: str) -> _Newcomer:
    first = days.row(0, named=True)
    costs = tuple(days.select("day", "cost").iter_rows())
    return _Newcomer(first[f"{dimension}_value"], first[dimension], first["first"], costs)
