"""The ranking: one row for each user or API key, searched on the server, with a trend line; its file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.bidi import isolated_list
from core.charts.timeline import Timeline
from core.dimensions import DIMENSIONS, MEASURES, Origin, Unit
from core.explore import export, ranking
from core.explore.compare import OUTSIDE
from core.explore.ranking import USERS
from core.explore.sheets import Column as SheetColumn
from core.money import MICROCENTS_PER_USD
from core.store.directory import list_api_keys
from core.ui.app import blocks, data, downloads, extent, fields, summed_table
from core.ui.app.about import about
from core.ui.app.downloads import File
from core.ui.app.summed_columns import Amount, Column, Picture, Share, Text, sum_of
from core.ui.app.summed_parts import together
from core.ui.ranking.summary import RankingPage, open_cost

_WEEK = 7
_DAILY_UP_TO = 45
"""Past so many days a trend line has a point for each week."""


def table_card(page: RankingPage) -> None:
    """Ranked by cost; a click on a row opens the Cost page for it."""
    key = f"w.search.{page.ranking.name}"
    search = st.session_state.get(key, "")
    matching = ranking.matching(page.ranked, search)
    title = f"{page.kind.explorer.title} by cost"
    with st.container(border=True, key="card-table"):
        with blocks.card_head("table", title, _extent(page, matching.height)):
            st.text_input(
                "Search", value=search, key=fields.holding(key, search), placeholder="Search name or ID",
                width=220, icon=":material/search:", label_visibility="collapsed",
            )  # fmt: skip
            _download(page)
        if matching.is_empty():
            blocks.quiet("No name and no ID contains this.")
            return
        _table(page, matching)


def _extent(page: RankingPage, height: int) -> str:
    if height <= blocks.MOST_ROWS:
        return f"{height:,} of {page.ranked.height:,} rows. Click a name to open its cost."
    return f"The first {blocks.MOST_ROWS:,} of {height:,} rows; search for others, or download all of them"


def _table(page: RankingPage, rows: pl.DataFrame) -> None:
    summed_table.show(
        page.ranking.name, columns(page, rows), f"ranking.{page.ranking.name}",
        alt=f"{page.kind.explorer.title} by cost: {rows.height} rows",
        picked=lambda place: open_cost(page.ranking, rows.row(place, named=True)),
    )  # fmt: skip


def columns(page: RankingPage, rows: pl.DataFrame) -> list[Column]:
    """What the table shows of some rows of the ranking; its total is that of those rows."""
    of, answer = page.ranking, page.answer
    ids = tuple(rows["ids"].explode().drop_nulls()) if rows.height < page.ranked.height else None
    for name in of.used:
        used = data.used_by(answer.ledger, answer.whole_query, of, name, ids)
        rows = rows.join(
            used.select("identity", joined(used["used"]).alias(name)),
            on="identity", how="left", maintain_order="left",
        )  # fmt: skip
    cost, by_origin = together(_sum("cost", rows), _by_origin(page, rows))
    days = {name: rows[name].dt.to_string("%Y-%m-%d") for name in ("first_day", "last_day")}
    named = rows.select(pl.when(pl.col("id").is_not_null()).then(pl.col("ids").list.join(", "))).to_series()
    return [
        Text(of.dimension.label, rows["label"], is_first=True),
        cost,
        Share("Share", cost),
        *_apart(page, rows),
        _billed(rows),
        Picture("Trend", trends(page, rows, ids), _trend(page)),
        _sum("tokens", rows),
        _sum("requests", rows) if of is USERS else Text("State", _states(rows), help=_STATE),
        Text("Last seen", days["last_day"], help=f"Last {_SEEN}"),
        *by_origin,
        *(Text(DIMENSIONS[name].plural, rows[name]) for name in of.used),
        Text("First seen", days["first_day"], help=f"First {_SEEN}"),
        Text(DIMENSIONS["cost_center"].label, joined(rows["cost_centers"])),
        Text(DIMENSIONS[of.id].label, named),
    ]


def joined(names: pl.Series) -> pl.Series:
    """Several names in a cell, each in its own direction."""
    return pl.Series(names.name, map(isolated_list, names), dtype=pl.String)


_SEEN = "UTC day with use, of all that was pulled, whatever the range."
_STATE = "As the list of API keys has it now. Gone: no longer in that list."


def _by_origin(page: RankingPage, rows: pl.DataFrame) -> list[Amount]:
    """The cost of each row at each Origin, where the ranking holds both."""
    there = [origin.value for origin in Origin if page.ranked[origin.value].count()]
    if len(there) < len(Origin):
        return []
    return [
        sum_of(name, MEASURES["cost"], rows[name], f"The part of the cost that is at {name}.")
        for name in there
    ]


def _sum(name: str, rows: pl.DataFrame) -> Amount:
    return sum_of(MEASURES[name].label, MEASURES[name], rows[name], MEASURES[name].help)


def _billed(rows: pl.DataFrame) -> Amount:
    measure, known = MEASURES["billed_share"], rows.filter(pl.col("billed_share").is_not_null())
    cost = known["cost"].sum()
    total = float((known["billed_share"] * known["cost"]).sum()) / float(cost) if cost else None
    return Amount("Billed", measure, rows["billed_share"], total, measure.help)


def _apart(page: RankingPage, rows: pl.DataFrame) -> list[Column]:
    """The cost of days that are not over."""
    if OUTSIDE not in rows.columns or page.answer.outside_totals["cost"] is None:
        return []
    words = extent.help_text(page.answer)
    return [sum_of(extent.title(page.answer), MEASURES["cost"], rows[OUTSIDE], words)]


def _states(rows: pl.DataFrame) -> pl.Series:
    """What the list says of each key; null where no list has it."""
    with data.shared_store() as db:
        states = {key.id: "Gone" if key.gone_at else key.status for key in list_api_keys(db)}
    words = (states.get(id_) if id_ else None for id_ in rows["id"])
    return pl.Series([word[:1].upper() + word[1:] if word else None for word in words], dtype=pl.String)


def _origins(page: RankingPage, rows: pl.DataFrame) -> pl.Series:
    origins = {c.cost_center: c.origin.value for c in page.answer.ledger.connections}
    return pl.Series(
        [", ".join(sorted({origins[name] for name in names})) for names in rows["cost_centers"]],
        dtype=pl.String,
    )


def trends(page: RankingPage, rows: pl.DataFrame, ids: tuple[str, ...] | None) -> list[list[float]]:
    """Dollars by day, or week, for each row. Days that none of a row's connections cover are left out."""
    answer = page.answer
    grain = "day" if answer.counted.days <= _DAILY_UP_TO else "week"
    costs = data.costs_over_time(answer.ledger, answer.query, page.ranking, grain, ids)
    wanted = costs.join(rows.select("identity"), on="identity", how="semi")
    cost_of = {(identity, start): cost for identity, start, cost in wanted.iter_rows()}
    known = _known_starts(page, grain)
    return [
        [
            (cost_of.get((identity, start)) or 0) / MICROCENTS_PER_USD
            for start in sorted(set().union(*(known[center] for center in centers)))
        ]
        for identity, centers in rows.select("identity", "cost_centers").iter_rows()
    ]


def _known_starts(page: RankingPage, grain: str) -> dict[str, set[date]]:
    """Days, or whole weeks, of which each connection covers a day: a cut week would look like a fall."""
    answer = page.answer
    known: dict[str, set[date]] = {c.cost_center: set() for c in answer.ledger.connections}
    for connection in answer.provenance.coverage:
        line = Timeline(answer.counted, grain, connection.unknown_days(of_cost=True))
        whole = [bucket for bucket in line.buckets() if grain == "day" or bucket.days == _WEEK]
        known[connection.cost_center] = {line.key(bucket) for bucket in whole if not line.is_gap(bucket)}
    return known


def _trend(page: RankingPage) -> Callable[[str], ColumnConfig]:
    grain = "day" if page.answer.counted.days <= _DAILY_UP_TO else "whole week"
    words = f"Cost by {grain}, from zero; days not pulled are left out."
    return lambda head: st.column_config.AreaChartColumn(head, width="small", y_min=0, help=words)


def _download(page: RankingPage) -> None:
    query = page.answer.query.grouped(page.ranking.name).measuring("cost")
    file = File("Every row", page.answer.file_name(export.file_stem(query)), lambda: file_columns(page))
    downloads.menu([file], lambda: about(page.answer, totals=("cost", "tokens")), key="table")


_IN_FILE = {Origin.PLATFORM.value: "claude_platform", Origin.CLAUDE_AI.value: "claude_ai"}


def file_columns(page: RankingPage) -> list[SheetColumn]:
    """All of the ranking, whatever is searched; its sum is the total of the page."""
    of, answer, rows = page.ranking, page.answer, page.ranked
    for name in of.used:
        used = data.used_by(answer.ledger, answer.whole_query, of, name, None).rename({"used": name})
        rows = rows.join(used, on="identity", how="left", maintain_order="left")
    return [
        SheetColumn(of.name, rows["label"].to_list()),
        SheetColumn(of.id, ["; ".join(ids) or None for ids in rows["ids"]]),
        SheetColumn("origin", _origins(page, rows).to_list()),
        SheetColumn("cost_center", rows["cost_centers"].list.join("; ").to_list()),
        SheetColumn("cost_usd", rows["cost"].to_list(), Unit.USD),
        *(
            SheetColumn(f"{name}_cost_usd", rows[origin].to_list(), Unit.USD)
            for origin, name in _IN_FILE.items()
        ),
        *_apart_cells(rows),
        SheetColumn("tokens", rows["tokens"].to_list()),
        SheetColumn("requests", rows["requests"].to_list()),
        SheetColumn(MEASURES["billed_share"].column, rows["billed_share"].to_list()),
        *([] if of is USERS else [SheetColumn("state", _states(rows).to_list())]),
        *(SheetColumn(f"{name}s", rows[name].list.join("; ").to_list()) for name in of.used),
        SheetColumn("first_day", rows["first_day"]),
        SheetColumn("last_day", rows["last_day"]),
    ]


def _apart_cells(rows: pl.DataFrame) -> list[SheetColumn]:
    """The cost of days that are not over, beside that of the others."""
    if OUTSIDE not in rows.columns:
        return []
    return [SheetColumn("not_complete_cost_usd", rows[OUTSIDE].to_list(), Unit.USD)]
