"""The ranking: one row for each user or API key, searched on the server, with a trend line; its file."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.bidi import isolated_list
from core.charts.timeline import Timeline
from core.dimensions import DIMENSIONS, MEASURES, Origin, Unit
from core.explore import export, ranking
from core.explore.ranking import USERS
from core.explore.sheets import Column
from core.formats import exact, short
from core.money import MICROCENTS_PER_USD
from core.store.directory import list_api_keys
from core.ui.app import blocks, data, downloads
from core.ui.app.about import about
from core.ui.app.downloads import File
from core.ui.ranking.summary import RankingPage, open_cost

_WEEK = 7
_DAILY_UP_TO = 45
"""Past so many days a trend line has a point for each week."""


def table_card(page: RankingPage) -> None:
    """Ranked by cost; a click on a row opens the Cost page for it."""
    with st.container(border=True, key="card-table"):
        left, right = st.columns([1, 1], vertical_alignment="center")
        with right, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            search = st.text_input(
                "Search", key=f"w.search.{page.ranking.name}", placeholder="Search name or ID", width=220,
                icon=":material/search:", label_visibility="collapsed",
            )  # fmt: skip
            _download(page)
        matching = ranking.matching(page.ranked, search)
        with left:
            blocks.card_title(f"{page.kind.explorer.title} by cost", _extent(page, matching.height))
        if matching.is_empty():
            blocks.quiet("No name and no ID contains this.")
            return
        _table(page, matching.head(blocks.MOST_ROWS))
        _total_row(page)


def _extent(page: RankingPage, height: int) -> str:
    if height <= blocks.MOST_ROWS:
        return f"{height:,} of {page.ranked.height:,} rows. Tick a row to open its cost."
    return f"The first {blocks.MOST_ROWS:,} of {height:,} rows; search for others, or download all of them"


def _table(page: RankingPage, rows: pl.DataFrame) -> None:
    key = f"ranking.{page.ranking.name}"
    st.dataframe(
        shown(page, rows), hide_index=True, width="stretch", placeholder="–", column_config=_columns(page),
        key=key, on_select=lambda: _picked(page, rows, key), selection_mode="single-row",
        alt=f"{page.kind.explorer.title} by cost: {rows.height} rows",
        height=blocks.table_height(rows.height),
    )  # fmt: skip


def _picked(page: RankingPage, rows: pl.DataFrame, key: str) -> None:
    picked: list[int] = st.session_state[key].selection.rows
    if picked:
        open_cost(page.ranking, rows.row(picked[0], named=True))


def shown(page: RankingPage, rows: pl.DataFrame) -> pl.DataFrame:
    """What the table shows of some rows of the ranking."""
    of, answer = page.ranking, page.answer
    ids = tuple(rows["ids"].explode().drop_nulls()) if rows.height < page.ranked.height else None
    whole = answer.totals["cost"]
    part = pl.col("cost").cast(pl.Float64) * 100 / float(whole) if whole else pl.lit(None, pl.Float64)
    for name in of.used:
        used = data.used_by(answer.ledger, answer.query, of, name, ids)
        rows = rows.join(
            used.select("identity", pl.Series(name, map(isolated_list, used["used"]), dtype=pl.String)),
            on="identity", how="left", maintain_order="left",
        )  # fmt: skip
    columns: dict[str, pl.Expr | pl.Series] = {
        of.dimension.label: pl.col("label"),
        "Cost": pl.col("cost").cast(pl.Float64) / MICROCENTS_PER_USD,
        "Share": part,
        "Billed": pl.col("billed_share") * 100,
        "Trend": pl.Series(trends(page, rows, ids), dtype=pl.List(pl.Float64)),
        "Tokens": pl.col("tokens"),
        **({"Requests": pl.col("requests")} if of is USERS else {"State": _states(rows)}),
        "Last seen": pl.col("last_day").dt.to_string("%Y-%m-%d"),
        **_by_origin(page),
        **{DIMENSIONS[name].plural: pl.col(name) for name in of.used},
        "First seen": pl.col("first_day").dt.to_string("%Y-%m-%d"),
        DIMENSIONS["cost_center"].label: pl.col("cost_centers").list.join(", "),
        DIMENSIONS[of.id].label: pl.when(pl.col("id").is_not_null()).then(pl.col("ids").list.join(", ")),
    }
    return rows.select(column.alias(name) for name, column in columns.items())


def _states(rows: pl.DataFrame) -> pl.Series:
    """What the list says of each key; null where no list has it."""
    with data.store() as db:
        states = {key.id: "Gone" if key.gone_at else key.status for key in list_api_keys(db)}
    words = (states.get(id_) if id_ else None for id_ in rows["id"])
    return pl.Series([word[:1].upper() + word[1:] if word else None for word in words], dtype=pl.String)


def _by_origin(page: RankingPage) -> dict[str, pl.Expr]:
    """The cost of each row at each Origin, where the ranking holds both."""
    there = [origin.value for origin in Origin if page.ranked[origin.value].count()]
    dollars = {name: pl.col(name).cast(pl.Float64) / MICROCENTS_PER_USD for name in there}
    return dollars if len(there) > 1 else {}


def _origins(page: RankingPage, rows: pl.DataFrame) -> pl.Series:
    origins = {c.cost_center: c.origin.value for c in page.answer.ledger.connections}
    return pl.Series(
        [", ".join(sorted({origins[name] for name in names})) for names in rows["cost_centers"]],
        dtype=pl.String,
    )


def trends(page: RankingPage, rows: pl.DataFrame, ids: tuple[str, ...] | None) -> list[list[float]]:
    """Dollars by day, or week, for each row. Days that none of a row's connections cover are left out."""
    answer = page.answer
    grain = "day" if answer.shown_period.days <= _DAILY_UP_TO else "week"
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
        line = Timeline(answer.shown_period, grain, connection.unknown_days(of_cost=True))
        whole = [bucket for bucket in line.buckets() if grain == "day" or bucket.days == _WEEK]
        known[connection.cost_center] = {line.key(bucket) for bucket in whole if not line.is_gap(bucket)}
    return known


def _columns(page: RankingPage) -> dict[str, ColumnConfig]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    grain = "day" if page.answer.shown_period.days <= _DAILY_UP_TO else "whole week"
    return {
        page.ranking.dimension.label: text(width="medium"),
        "Cost": number(format="dollar", help=MEASURES["cost"].help),
        "Share": number(format="%.1f%%"),
        "Billed": number(format="%.1f%%", help=MEASURES["billed_share"].help),
        "Trend": st.column_config.AreaChartColumn(
            width="small", y_min=0, help=f"Cost by {grain}, from zero; days not pulled are left out."
        ),
        **{
            origin.value: number(format="dollar", help=f"The part of the cost that is at {origin.value}.")
            for origin in Origin
        },
        "Tokens": number(format="compact", help=MEASURES["tokens"].help),
        "Requests": number(format="localized", help=MEASURES["requests"].help),
        "State": text(help="As the list of API keys has it now. Gone: no longer in that list."),
        "First seen": text(help="First UTC day with use, of all that was pulled, whatever the range."),
        "Last seen": text(help="Last UTC day with use, of all that was pulled, whatever the range."),
    }


def _total_row(page: RankingPage) -> None:
    totals, shown = page.answer.totals, [MEASURES[name] for name in ("cost", "tokens")]
    blocks.total_row(
        page.ranked.height,
        (blocks.total(m.label, short(m, totals[m.name]), exact(m, totals[m.name])) for m in shown),
    )


def _download(page: RankingPage) -> None:
    query = page.answer.query.grouped(page.ranking.name).measuring("cost")
    file = File("Every row", page.answer.file_name(export.file_stem(query)), lambda: file_columns(page))
    downloads.menu([file], lambda: about(page.answer, totals=("cost", "tokens")), key="table")


_IN_FILE = {Origin.PLATFORM.value: "claude_platform", Origin.CLAUDE_AI.value: "claude_ai"}


def file_columns(page: RankingPage) -> list[Column]:
    """All of the ranking, whatever is searched; its sum is the total of the page."""
    of, answer, rows = page.ranking, page.answer, page.ranked
    for name in of.used:
        used = data.used_by(answer.ledger, answer.query, of, name, None).rename({"used": name})
        rows = rows.join(used, on="identity", how="left", maintain_order="left")
    return [
        Column(of.name, rows["label"].to_list()),
        Column(of.id, ["; ".join(ids) or None for ids in rows["ids"]]),
        Column("origin", _origins(page, rows).to_list()),
        Column("cost_center", rows["cost_centers"].list.join("; ").to_list()),
        Column("cost_usd", rows["cost"].to_list(), Unit.USD),
        *(Column(f"{name}_cost_usd", rows[origin].to_list(), Unit.USD) for origin, name in _IN_FILE.items()),
        Column("tokens", rows["tokens"].to_list()),
        Column("requests", rows["requests"].to_list()),
        Column(MEASURES["billed_share"].column, rows["billed_share"].to_list()),
        *([] if of is USERS else [Column("state", _states(rows).to_list())]),
        *(Column(f"{name}s", rows[name].list.join("; ").to_list()) for name in of.used),
        Column("first_day", rows["first_day"]),
        Column("last_day", rows["last_day"]),
    ]
