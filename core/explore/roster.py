"""Users or API keys, one row each, ranked by cost: whoever has no name is in it too, so that nothing is lost.

Somebody is an id: the same id in two organizations is one row, the same e-mail under two ids is two. Actors
that came without an id are told apart by cost center and name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from core.dimensions import DIMENSIONS, Dimension
from core.explore.engine import labels_of, rows
from core.explore.measures import regrouped
from core.explore.query import Empty, Filter, Query
from core.explore.scan import scan_sums, whole_period

if TYPE_CHECKING:
    from core.ledger.view import LedgerView

_MEASURES = ("cost", "tokens", "requests")


@dataclass(frozen=True)
class Roster:
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


USERS = Roster("user", "user_id", ("product", "model"))
API_KEYS = Roster("api_key", "api_key_id", ("workspace", "model"))


def ranking(ledger: LedgerView, query: Query, roster: Roster) -> pl.DataFrame:
    """Everybody with rows in ``query``, dearest first; sums are those of ``core.explore.engine.total``.

    ``identity`` (String, unique), ``id`` and ``named`` (String, null where there is none), ``empty`` (the
    kind of it or null), ``label`` (as the ledger names it), ``cost_centers`` (list), ``cost``, ``tokens``,
    ``requests``.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    found = _identified(rows(ledger, query.measuring(*_MEASURES).grouped(*roster.keys)), roster)
    who = found.group_by("identity", maintain_order=True).agg(
        pl.col(f"{roster.id}_value").first().alias("id"),
        pl.col(f"{roster.name}_value").first().alias("named"),
        pl.col(f"{roster.name}_empty").first().alias("empty"),
        pl.col(roster.name).first().alias("label"),
        pl.col("cost_center").unique().sort().alias("cost_centers"),
    )
    sums = regrouped(found, ["identity"], _MEASURES)
    size = [pl.col("cost"), pl.col("tokens"), pl.col("label"), pl.col("identity")]
    return who.join(sums, on="identity").sort(size, descending=[True, True, False, False], nulls_last=True)


def sightings(ledger: LedgerView, roster: Roster) -> pl.DataFrame:
    """First and last day of everybody with a name or id, over all there is, whatever a view filters.

    ``identity``, ``id``, ``label`` (the latest), ``first_day``, ``last_day`` (Date), ``connection_ids``.
    """
    value, name = pl.col(roster.id).cast(pl.String), pl.col(roster.name).cast(pl.String)
    centers = {c.id: c.cost_center for c in ledger.connections}
    found = (
        scan_sums(ledger, Query(("tokens",), whole_period(ledger), ("day",)), (roster.id, roster.name))
        .filter(pl.col(roster.id).is_not_null() | pl.col(roster.name).is_not_null())
        .group_by(roster.id, roster.name, "connection_id")
        .agg(first_day=pl.col("day").min(), last_day=pl.col("day").max())
        .collect(engine="streaming")
    )
    center = pl.col("connection_id").replace_strict(centers, default=None, return_dtype=pl.String)
    named = found.with_columns(identity=_identity(value, name, center), id=value, label=name.fill_null(value))
    labelled = named.with_columns(labels_of(roster.dimension, named["label"]).alias("label"))
    return (
        labelled.sort("last_day", "label", descending=[True, False])
        .group_by("identity", maintain_order=True)
        .agg(
            pl.col("id").first(),
            pl.col("label").first(),
            pl.col("first_day").min(),
            pl.col("last_day").max(),
            pl.col("connection_id").unique().sort().alias("connection_ids"),
        )
    )


def used_by(
    ledger: LedgerView, query: Query, roster: Roster, dimension: str, ids: Collection[str] | None = None
) -> pl.DataFrame:
    """``identity`` and ``used``: the labels of a dimension's values, dearest first (list).

    Empties are left out, but for the default workspace, which is one.

    ``ids`` narrows to some ids and all who have none.
    """
    asked = _narrowed(query, roster, ids).measuring("cost", "tokens").grouped(dimension, *roster.keys)
    found = _identified(rows(ledger, asked), roster).filter(_is_used(dimension))
    sums = regrouped(found, ["identity", dimension], ("cost", "tokens"))
    ordered = sums.sort("cost", "tokens", dimension, descending=[True, True, False], nulls_last=True)
    return ordered.group_by("identity", maintain_order=True).agg(pl.col(dimension).alias("used"))


def _is_used(dimension: str) -> pl.Expr:
    named = pl.col(f"{dimension}_value").is_not_null()
    default = pl.col(f"{dimension}_empty") == Empty.NONE.value
    return named | default if dimension == "workspace" else named


def costs_over_time(
    ledger: LedgerView, query: Query, roster: Roster, grain: str, ids: Collection[str] | None = None
) -> pl.DataFrame:
    """``identity``, ``start`` (Date), ``cost`` (Int64) where there are rows; ``ids`` as :func:`used_by`."""
    asked = _narrowed(query, roster, ids).measuring("cost").grouped(grain, *roster.keys)
    found = _identified(rows(ledger, asked), roster)
    return regrouped(found, ["identity", grain], ("cost",)).rename({grain: "start"})


def matching(ranked: pl.DataFrame, search: str) -> pl.DataFrame:
    """Those whose label or id contains ``search``, in upper or lower case."""
    wanted = search.strip().lower()
    if not wanted:
        return ranked
    texts = (pl.col(name).fill_null("").str.to_lowercase() for name in ("label", "id"))
    return ranked.filter(pl.any_horizontal(text.str.contains(wanted, literal=True) for text in texts))


def filters_of(row: dict[str, object], roster: Roster) -> tuple[Filter, ...]:
    """Filters that leave exactly what a row of :func:`ranking` sums up."""
    if row["id"] is not None:
        return (Filter(roster.id, (str(row["id"]),)),)
    if row["named"] is None:
        return (Filter(roster.name, (Empty(row["empty"]),)),)
    centers = row["cost_centers"]
    assert isinstance(centers, list)  # noqa: S101 - narrows for the type checker
    return (
        Filter(roster.name, (str(row["named"]),)),
        Filter(roster.id, tuple(Empty)),
        Filter("cost_center", tuple(centers)),
    )


def _narrowed(query: Query, roster: Roster, ids: Collection[str] | None) -> Query:
    """Keeps a filter on the ids that is there already: it is no wider than the view."""
    taken = any(one.dimension == roster.id and not one.exclude for one in query.filters)
    if ids is None or taken:
        return query
    return query.narrowed(Filter(roster.id, (*ids, *Empty)))


def _identified(frame: pl.DataFrame, roster: Roster) -> pl.DataFrame:
    value, name = pl.col(f"{roster.id}_value"), pl.col(f"{roster.name}_value")
    nobody = pl.concat_str(pl.lit("empty:"), pl.col(f"{roster.name}_empty"))
    identity = _identity(value, name, pl.col("cost_center_value"))
    return frame.with_columns(identity=pl.coalesce(identity, nobody))


def _identity(value: pl.Expr, name: pl.Expr, center: pl.Expr) -> pl.Expr:
    """Null where there is neither id nor name."""
    by_name = pl.concat_str(pl.lit("name:"), center, pl.lit("\x1f"), name)
    return pl.coalesce(pl.concat_str(pl.lit("id:"), value), by_name)
