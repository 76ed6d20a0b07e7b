"""Ranks users or API keys by cost, one row each. Those without a name are in it too, so that nothing is lost.

Who is one row is what any answer grouped by the dimension says, see :mod:`core.ledger.namesakes`. What a
report could not tell apart is nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from core.dimensions import DIMENSIONS, NOT_TOLD, Dimension, Origin
from core.explore.apart import telling_columns, told_apart
from core.explore.engine import labels_of, rows
from core.explore.measures import RATIOS, additive, regrouped
from core.explore.query import OF_ROWS, Empty, Filter, Query
from core.explore.scan import scan_sums, whole_period
from core.ledger.reading import collected

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot

_MEASURES = ("cost", "tokens", "requests", "billed_share")


@dataclass(frozen=True)
class Ranking:
    """Whom a page is about; ``used`` are the dimensions listed for each."""

    name: str
    id: str
    used: tuple[str, ...]

    @property
    def dimension(self) -> Dimension:
        return DIMENSIONS[self.name]

    @property
    def keys(self) -> tuple[str, ...]:
        """What identifies a row of an answer."""
        return (self.id, self.name, "cost_center")


USERS = Ranking("user", "user_id", ("product", "model"))
API_KEYS = Ranking("api_key", "api_key_id", ("workspace", "model"))


def ranked(ledger: Snapshot, query: Query, ranking: Ranking) -> pl.DataFrame:
    """Everybody with rows in ``query``, dearest first; sums are those of ``core.explore.engine.total``.

    ``identity`` (String, unique), ``ids`` (list), ``id`` (the first of them) and ``named`` (String, null
    where there is none), ``empty`` (the kind of it or null), ``label``, ``cost_centers`` (list), ``cost``,
    ``tokens``, ``requests``, ``billed_share``, and the cost at each Origin in a column of its name.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    identified = _identified(rows(ledger, query.measuring(*_MEASURES).grouped(*ranking.keys)), ranking)
    value, id_ = pl.col(f"{ranking.name}_value"), pl.col(f"{ranking.id}_value")
    who = identified.group_by("identity", maintain_order=True).agg(
        id_.filter(id_ != NOT_TOLD, value != NOT_TOLD).unique().sort().alias("ids"),
        value.filter(value != NOT_TOLD).first().alias("named"),
        pl.col(f"{ranking.name}_empty").first().alias("empty"),
        pl.col(ranking.name).first().alias("label"),
        pl.col("cost_center").unique().sort().alias("cost_centers"),
    )
    who = who.with_columns(pl.col("ids").list.first().alias("id"))
    for part in (regrouped(identified, ["identity"], _MEASURES), *_by_origin(identified, ledger)):
        who = who.join(part, on="identity", how="left", maintain_order="left")
    size = [pl.col("cost"), pl.col("tokens"), pl.col("label"), pl.col("identity")]
    return who.sort(size, descending=[True, True, False, False], nulls_last=True)


def with_outside(ranked: pl.DataFrame, outside: pl.DataFrame) -> pl.DataFrame:
    """Everybody of :func:`ranked`, then those only in ``outside``; everybody's cost there as ``outside``."""
    costs = outside.select("identity", outside="cost")
    inside = ranked.join(costs, on="identity", how="left", maintain_order="left")
    sums = (*additive(_MEASURES), *(origin.value for origin in Origin))
    zeros = [pl.when(pl.col(name).is_not_null()).then(0).alias(name) for name in sums]
    zeros += [pl.lit(None, pl.Float64).alias(name) for name in _MEASURES if name in RATIOS]
    only = outside.join(ranked, on="identity", how="anti").with_columns(*zeros, outside="cost")
    return pl.concat([inside, only.select(inside.columns)], how="vertical_relaxed")


def _by_origin(identified: pl.DataFrame, ledger: Snapshot) -> Iterator[pl.DataFrame]:
    """The cost of everybody at each Origin, null where there are no rows."""
    for origin in Origin:
        centers = [c.cost_center for c in ledger.connections if c.origin is origin]
        there = identified.filter(pl.col("cost_center_value").is_in(centers))
        yield regrouped(there, ["identity"], ("cost",)).rename({"cost": origin.value})


def last_seen(ledger: Snapshot, ranking: Ranking) -> pl.DataFrame:
    """First and last day of everybody with a name, over all there is, whatever a view filters.

    A row for each ``identity``, ``id`` and ``connection_id``, the last seen first: with its ``label``, the
    ``name`` in the ledger at last, ``first_day`` and ``last_day`` (Date).
    """
    value, name = pl.col(ranking.id).cast(pl.String), pl.col(ranking.name).cast(pl.String)
    apart = {"connection_id": pl.col("connection_id"), **telling_columns(ledger, ranking.name)}
    days = (
        scan_sums(ledger, Query(("tokens",), whole_period(ledger), ("day",)), (ranking.id, ranking.name))
        .filter(name.is_not_null() & (name != NOT_TOLD))
        .group_by(ranking.id, ranking.name, *apart.values())
        .agg(first_day=pl.col("day").min(), last_day=pl.col("day").max())
        .with_columns(id=value, name=name)
    )
    seen = collected(told_apart(days, ledger, ranking.name, value=ranking.name))
    labelled = seen.with_columns(
        identity=_identity(pl.col(ranking.name).cast(pl.String)),
        label=labels_of(ranking.dimension, seen[ranking.name].cast(pl.String)),
    )
    return (
        labelled.sort("last_day", "label", "name", "id", descending=[True, False, False, False])
        .group_by("identity", "id", "connection_id", maintain_order=True)
        .agg(pl.col("label", "name").first(), pl.col("first_day").min(), pl.col("last_day").max())
    )


def used_by(
    ledger: Snapshot, query: Query, ranking: Ranking, dimension: str, ids: Collection[str] | None = None
) -> pl.DataFrame:
    """``identity`` and ``used``: the labels of a dimension's values, dearest first (list).

    Empties are left out, but for the default workspace, which is one.

    ``ids`` narrows to some ids and all who have none.
    """
    keys = dict.fromkeys((dimension, *ranking.keys))
    asked = _narrowed(query, ranking, ids).measuring("cost", "tokens").grouped(*keys)
    used = _identified(rows(ledger, asked), ranking).filter(_is_used(dimension))
    sums = regrouped(used, ["identity", dimension], ("cost", "tokens"))
    ordered = sums.sort("cost", "tokens", dimension, descending=[True, True, False], nulls_last=True)
    return ordered.group_by("identity", maintain_order=True).agg(pl.col(dimension).alias("used"))


def _is_used(dimension: str) -> pl.Expr:
    named = pl.col(f"{dimension}_value") != NOT_TOLD
    default = pl.col(f"{dimension}_empty") == Empty.NONE.value
    return named | default if dimension == "workspace" else named


def costs_over_time(
    ledger: Snapshot, query: Query, ranking: Ranking, grain: str, ids: Collection[str] | None = None
) -> pl.DataFrame:
    """``identity``, ``start`` (Date), ``cost`` (Int64) where there are rows; ``ids`` as :func:`used_by`."""
    asked = _narrowed(query, ranking, ids).measuring("cost").grouped(grain, *ranking.keys)
    costs = _identified(rows(ledger, asked), ranking)
    return regrouped(costs, ["identity", grain], ("cost",)).rename({grain: "start"})


def matching(ranked: pl.DataFrame, search: str) -> pl.DataFrame:
    """Rows whose label or id contains ``search``, in upper or lower case."""
    wanted = search.strip().lower()
    if not wanted:
        return ranked
    texts = (pl.col("label").fill_null(""), pl.col("ids").list.join("\n"))
    matches = (text.str.to_lowercase().str.contains(wanted, literal=True) for text in texts)
    return ranked.filter(pl.any_horizontal(matches))


def filters_of(row: dict[str, object], ranking: Ranking) -> tuple[Filter, ...]:
    """The filter that leaves exactly what a row of :func:`ranked` sums up."""
    value = Empty(row["empty"]) if row["empty"] else str(row["named"] or NOT_TOLD)
    return (Filter(ranking.name, (value,)),)


def _narrowed(query: Query, ranking: Ranking, ids: Collection[str] | None) -> Query:
    """Keeps a filter on the ids that is there already: it is no wider than the view."""
    taken = any(condition.dimension == ranking.id and not condition.exclude for condition in query.filters)
    if ids is None or taken:
        return query
    return query.narrowed(Filter(ranking.id, (*ids, *OF_ROWS)))


def _identified(frame: pl.DataFrame, ranking: Ranking) -> pl.DataFrame:
    nobody = pl.concat_str(pl.lit("empty:"), pl.col(f"{ranking.name}_empty"))
    return frame.with_columns(identity=pl.coalesce(_identity(pl.col(f"{ranking.name}_value")), nobody))


def _identity(value: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("name:"), value)
