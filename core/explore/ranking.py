"""Users or API keys, one row each, ranked by cost: whoever has no name is in it too, so that nothing is lost.

Somebody is an id: the same id in two organizations is one row, and so are the ids of a person who has one
e-mail under several. Actors that came without an id are told apart by cost center and name. What a report
could not tell apart is nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from core.dimensions import DIMENSIONS, NOT_TOLD, Dimension
from core.explore.apart import id_column, telling_columns, told_apart
from core.explore.engine import labels_of, rows
from core.explore.lists import newest_names
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
    where there is none), ``empty`` (the kind of it or null), ``label`` (the newest name),
    ``cost_centers`` (list), ``cost``, ``tokens``, ``requests``, ``billed_share``.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    found = _identified(rows(ledger, query.measuring(*_MEASURES).grouped(*ranking.keys)), ledger, ranking)
    value, name = pl.col(f"{ranking.id}_value"), pl.col(f"{ranking.name}_value")
    ids = value.filter(value != NOT_TOLD)
    who = found.group_by("identity", maintain_order=True).agg(
        ids.unique().sort().alias("ids"),
        ids.min().alias("id"),
        name.filter(name != NOT_TOLD).first().alias("named"),
        pl.col(f"{ranking.name}_empty").first().alias("empty"),
        pl.col(ranking.name).unique().alias("labels"),
        pl.col("cost_center").unique().sort().alias("cost_centers"),
    )
    who = _newest(who, ledger, ranking)
    sums = regrouped(found, ["identity"], _MEASURES)
    size = [pl.col("cost"), pl.col("tokens"), pl.col("label"), pl.col("identity")]
    return who.join(sums, on="identity").sort(size, descending=[True, True, False, False], nulls_last=True)


def with_outside(ranked: pl.DataFrame, outside: pl.DataFrame) -> pl.DataFrame:
    """Everybody of :func:`ranked`, then those only in ``outside``; everybody's cost there as ``outside``."""
    costs = outside.select("identity", outside="cost")
    found = ranked.join(costs, on="identity", how="left", maintain_order="left")
    zeros = [pl.when(pl.col(name).is_not_null()).then(0).alias(name) for name in additive(_MEASURES)]
    zeros += [pl.lit(None, pl.Float64).alias(name) for name in _MEASURES if name in RATIOS]
    only = outside.join(ranked, on="identity", how="anti").with_columns(*zeros, outside="cost")
    together = pl.concat([found, only.select(found.columns)], how="vertical_relaxed")
    return together.with_columns(pl.col("outside").fill_null(0))


def _newest(who: pl.DataFrame, ledger: Snapshot, ranking: Ranking) -> pl.DataFrame:
    """``label`` in place of ``labels``: the name as the list has it now, else the last in the ledger."""
    label = pl.col("labels").list.first()
    if who["labels"].list.len().max() not in (None, 1):
        last = last_seen(ledger, ranking).sort("last_day", descending=True).unique("who", keep="first")
        who = who.join(
            last.select(identity="who", last="label"), on="identity", how="left", maintain_order="left"
        )
        label = pl.when(pl.col("labels").list.len() > 1).then(pl.coalesce("last", label)).otherwise(label)
    return who.with_columns(pl.coalesce(_listed_name(ledger, ranking, pl.col("id")), label).alias("label"))


def _listed_name(ledger: Snapshot, ranking: Ranking, id_: pl.Expr) -> pl.Expr:
    names = newest_names(ledger, ranking.name)
    return (
        id_.replace_strict(names, default=None, return_dtype=pl.String) if names else pl.lit(None, pl.String)
    )


def last_seen(ledger: Snapshot, ranking: Ranking) -> pl.DataFrame:
    """First and last day of everybody with a name or id, over all there is, whatever a view filters.

    A row is an id, or a name without one: ``who`` is the identity of the person, ``identity`` of the row.
    ``id``, ``label`` (the newest), ``first_day``, ``last_day`` (Date), ``connection_ids``.
    """
    value, name = pl.col(ranking.id).cast(pl.String), pl.col(ranking.name).cast(pl.String)
    centers = {c.id: c.cost_center for c in ledger.connections}
    apart = {"connection_id": pl.col("connection_id"), **telling_columns(ledger, ranking.name)}
    days = (
        scan_sums(ledger, Query(("tokens",), whole_period(ledger), ("day",)), (ranking.id, ranking.name))
        .filter(pl.col(ranking.id).is_not_null() | pl.col(ranking.name).is_not_null())
        .filter(_is_not_told(pl.col(ranking.id), pl.col(ranking.name)).not_().fill_null(True))
        .group_by(ranking.id, ranking.name, *apart.values())
        .agg(first_day=pl.col("day").min(), last_day=pl.col("day").max())
    )
    found = collected(told_apart(days, ledger, ranking.name, value=ranking.name))
    center = pl.col("connection_id").replace_strict(centers, default=None, return_dtype=pl.String)
    named = found.with_columns(
        identity=_identity(value, name, center),
        who=_identity(value, name, center, _persons(ledger, ranking)),
        id=value,
        label=name.fill_null(value),
    )
    labels = labels_of(ranking.dimension, named["label"])
    labelled = named.with_columns(
        pl.coalesce(_listed_name(ledger, ranking, pl.col("id")), labels).alias("label")
    )
    return (
        labelled.sort("last_day", "label", descending=[True, False])
        .group_by("identity", maintain_order=True)
        .agg(
            pl.col("who", "id", "label").first(),
            pl.col("first_day").min(),
            pl.col("last_day").max(),
            pl.col("connection_id").unique().sort().alias("connection_ids"),
        )
    )


def used_by(
    ledger: Snapshot, query: Query, ranking: Ranking, dimension: str, ids: Collection[str] | None = None
) -> pl.DataFrame:
    """``identity`` and ``used``: the labels of a dimension's values, dearest first (list), by newest name.

    Empties are left out, but for the default workspace, which is one.

    ``ids`` narrows to some ids and all who have none.
    """
    id_ = id_column(dimension)
    keys = dict.fromkeys((dimension, id_, *ranking.keys))
    asked = _narrowed(query, ranking, ids).measuring("cost", "tokens").grouped(*keys)
    found = _identified(rows(ledger, asked), ledger, ranking).filter(_is_used(dimension))
    if names := newest_names(ledger, dimension):
        newest = pl.col(f"{id_}_value").replace_strict(names, default=None, return_dtype=pl.String)
        found = found.with_columns(pl.coalesce(newest, dimension).alias(dimension))
    sums = regrouped(found, ["identity", dimension], ("cost", "tokens"))
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
    found = _identified(rows(ledger, asked), ledger, ranking)
    return regrouped(found, ["identity", grain], ("cost",)).rename({grain: "start"})


def matching(ranked: pl.DataFrame, search: str) -> pl.DataFrame:
    """Those whose label or id contains ``search``, in upper or lower case."""
    wanted = search.strip().lower()
    if not wanted:
        return ranked
    texts = (pl.col("label").fill_null(""), pl.col("ids").list.join("\n"))
    found = (text.str.to_lowercase().str.contains(wanted, literal=True) for text in texts)
    return ranked.filter(pl.any_horizontal(found))


def filters_of(row: dict[str, object], ranking: Ranking) -> tuple[Filter, ...]:
    """Filters that leave exactly what a row of :func:`ranking` sums up."""
    ids = row.get("ids") or [row["id"]]
    assert isinstance(ids, list)  # noqa: S101 - narrows for the type checker
    if ids != [None]:
        return (Filter(ranking.id, tuple(map(str, ids))),)
    if row["named"] is None:
        nobody = Filter(ranking.name, (Empty(row["empty"]) if row["empty"] else NOT_TOLD,))
        return (nobody,) if row["empty"] else (nobody, Filter(ranking.id, (NOT_TOLD, *OF_ROWS)))
    centers = row["cost_centers"]
    assert isinstance(centers, list)  # noqa: S101 - narrows for the type checker
    return (
        Filter(ranking.name, (str(row["named"]),)),
        Filter(ranking.id, OF_ROWS),
        Filter("cost_center", tuple(centers)),
    )


def _narrowed(query: Query, ranking: Ranking, ids: Collection[str] | None) -> Query:
    """Keeps a filter on the ids that is there already: it is no wider than the view."""
    taken = any(one.dimension == ranking.id and not one.exclude for one in query.filters)
    if ids is None or taken:
        return query
    return query.narrowed(Filter(ranking.id, (*ids, *OF_ROWS)))


def _identified(frame: pl.DataFrame, ledger: Snapshot, ranking: Ranking) -> pl.DataFrame:
    value, name = pl.col(f"{ranking.id}_value"), pl.col(f"{ranking.name}_value")
    nobody = pl.concat_str(pl.lit("empty:"), pl.col(f"{ranking.name}_empty"))
    identity = _identity(value, name, pl.col("cost_center_value"), _persons(ledger, ranking))
    not_told = pl.when(_is_not_told(value, name)).then(pl.lit("not told"))
    return frame.with_columns(identity=pl.coalesce(not_told, identity, nobody))


def _is_not_told(value: pl.Expr, name: pl.Expr) -> pl.Expr:
    return (name == NOT_TOLD) & (value.is_null() | (value == NOT_TOLD))


def _persons(ledger: Snapshot, ranking: Ranking) -> dict[str, str]:
    """User ids of people who have several -> the person."""
    return dict(ledger.labels.persons) if ranking is USERS else {}


def _identity(
    value: pl.Expr, name: pl.Expr, center: pl.Expr, persons: Mapping[str, str] = MappingProxyType({})
) -> pl.Expr:
    """Null where there is neither id nor name."""
    by_name = pl.concat_str(pl.lit("name:"), center, pl.lit("\x1f"), name)
    by_id = pl.concat_str(pl.lit("id:"), value)
    if not persons:
        return pl.coalesce(by_id, by_name)
    person = value.replace_strict(list(persons), list(persons.values()), default=None, return_dtype=pl.String)
    return pl.coalesce(pl.concat_str(pl.lit("person:"), person), by_id, by_name)
