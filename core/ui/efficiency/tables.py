"""The Efficiency page's tables: caching, and list price against cost, by one dimension."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import streamlit as st

from core.dimensions import MEASURES, Unit
from core.explore import export
from core.explore.engine import key_columns
from core.explore.sheets import Column
from core.figures import Steps
from core.ui.app import blocks, data, downloads, summed_columns, summed_table
from core.ui.app.about import about
from core.ui.app.answers import Answer
from core.ui.app.bill_words import without_list_cost
from core.ui.app.downloads import File
from core.ui.app.summed_columns import Amount, Bar, Step, Text, sum_of
from core.ui.efficiency import reads, wording
from core.ui.efficiency.effects import group_label, how, negative, printed_saved

_COST, _TOKENS, _RATIO = MEASURES["cost"], MEASURES["tokens"], MEASURES["cache_hit_rate"]
_HIT = "cache_hit_rate"


def caching_card(answer: Answer) -> None:
    """Hit rate and what caching saved, for each value of the dimension compared by."""
    name, label = group_label(answer)
    rows = caching_rows(answer, name)
    with st.container(border=True, key="card-table"):
        _head(
            answer, f"Caching by {_lower(label)}", rows.height, wording.CACHING, _caching_file(answer, rows)
        )
        summed_table.show(
            "caching", _caching_columns(answer, rows, label), "w.caching",
            alt=f"Caching by {_lower(label)}: {rows.height} rows",
        )  # fmt: skip


def caching_rows(answer: Answer, name: str) -> pl.DataFrame:
    """``label``, ``hit``, ``input``, ``read``, ``reads_saved``, ``writes_extra``, ``net``, ``counted``."""
    query = answer.query.grouped(name).measuring(_HIT)
    label, value, empty = key_columns(name)
    groups = data.rows(answer.ledger, query).select(
        label=label, value=value, empty=empty, hit=_HIT, input="_input_tokens", read="_cache_read_tokens"
    )
    for effect, prefix in (("cache_read", "r"), ("cache_write", "w")):
        effects = reads.effect_by(answer.ledger, query, effect, name)
        effects = effects.rename(
            {column: f"{prefix}_{column}" for column in effects.columns if column not in _KEYS}
        )
        groups = groups.join(effects, on=list(_KEYS), how="left", nulls_equal=True)
    cached = pl.col("r_tokens").fill_null(0) + pl.col("w_tokens").fill_null(0)
    counted = pl.col("r_counted_tokens").fill_null(0) + pl.col("w_counted_tokens").fill_null(0)
    return (
        groups.with_columns(reads_saved=_saved("r"), writes_extra=-_saved("w"))
        .with_columns(
            net=pl.col("reads_saved") - pl.col("writes_extra"),
            counted=pl.when(cached > 0).then(counted / cached),
        )
        .sort("net", "input", descending=True, nulls_last=True)
    )


_KEYS = ("value", "empty")


def _saved(prefix: str) -> pl.Expr:
    """As ``EffectTotal.saved``: zero without use, null where there is use and none can be counted."""
    known = pl.col(f"{prefix}_counted_tokens").fill_null(0) > 0
    used = (pl.col(f"{prefix}_tokens").fill_null(0) > 0) | (
        pl.col(f"{prefix}_left_out_cost").fill_null(0) != 0
    )
    difference = pl.col(f"{prefix}_reference_cost") - pl.col(f"{prefix}_cost")
    return pl.when(known).then(difference).when(~used).then(0)


def _caching_columns(answer: Answer, rows: pl.DataFrame, label: str) -> list[summed_columns.Column]:
    reads = _sum_as_above(
        "Saved by reads", rows["reads_saved"], wording.CACHING[1], printed_saved(answer, "cache_read")
    )
    writes = _sum_as_above(
        "Extra for writes",
        rows["writes_extra"],
        wording.CACHING[2],
        negative(printed_saved(answer, "cache_write")),
    )
    input_words = "Uncached, written to and read from the cache."
    return [
        Text(label, rows["label"], is_first=True),
        Bar("Cache hit rate", rows["hit"], answer.totals[_HIT], MEASURES[_HIT].help),
        Step("Net saved", reads, writes, "Saved by reads less extra for writes.", is_change=False),
        reads,
        writes,
        sum_of("Input tokens", _TOKENS, rows["input"], input_words),
        sum_of("Cache read tokens", _TOKENS, rows["read"]),
        Amount("Counted", _RATIO, rows["counted"].cast(pl.Float64), None, _COUNTED),
    ]


def _sum_as_above(title: str, values: pl.Series, words: str, printed: Steps) -> Amount:
    """Its total is the very number that stands above the table."""
    of_rows = sum_of(title, _COST, values, words.replace("**", ""))
    return of_rows if of_rows.total is None else replace(of_rows, printed=printed)


_COUNTED = "Share of the cached tokens whose saving can be told; the rest is unknown."


def _caching_file(answer: Answer, rows: pl.DataFrame) -> File:
    name, _ = group_label(answer)
    columns = [
        Column(name, rows["label"].to_list()),
        Column("cache_hit_ratio", rows["hit"].to_list(), Unit.RATIO),
        Column("net_saved_usd", rows["net"].to_list(), Unit.USD),
        Column("saved_by_reads_usd", rows["reads_saved"].to_list(), Unit.USD),
        Column("extra_for_writes_usd", rows["writes_extra"].to_list(), Unit.USD),
        Column("input_tokens", rows["input"].to_list()),
        Column("cache_read_tokens", rows["read"].to_list()),
        Column("counted_ratio", rows["counted"].to_list(), Unit.RATIO),
    ]
    stem = export.file_stem(answer.query.grouped(name).measuring(_HIT))
    return File("Caching", answer.file_name(stem), lambda: columns)


def discount_card(answer: Answer) -> None:
    """List price against cost where Anthropic reports both. Shows nothing if no row has both."""
    name, label = group_label(answer)
    rows = _discount_rows(answer, name)
    with st.container(border=True, key="card-discount"):
        file = _discount_file(answer, name, rows)
        _head(answer, f"List price against cost by {_lower(label)}", rows.height, wording.DISCOUNT, file)
        if rows.is_empty():
            blocks.quiet(
                "No list price is reported for this view: the Claude Platform's legacy reports tell none."
            )
            return
        summed_table.show(
            "discount", _discount_columns(rows, label), "w.discount",
            alt=f"Discount by {_lower(label)}: {rows.height} rows",
        )  # fmt: skip
        if whose := without_list_cost(answer.provenance):
            blocks.quiet(f"Leaves out all of {whose}: Anthropic's legacy reports tell no list cost.")


def _discount_rows(answer: Answer, name: str) -> pl.DataFrame:
    label, value, empty = key_columns(name)
    groups = data.rows(answer.ledger, answer.query.grouped(name).measuring("cost"))
    names = groups.select(label=label, value=value, empty=empty)
    discounts = reads.discount_by(answer.ledger, answer.query, name).join(
        names, on=list(_KEYS), nulls_equal=True
    )
    saved = pl.col("list_cost") - pl.col("cost")
    ratio = pl.when(pl.col("list_cost") > 0).then(saved / pl.col("list_cost"))
    return discounts.with_columns(saved=saved, ratio=ratio).sort("saved", "label", descending=[True, False])


def _discount_columns(rows: pl.DataFrame, label: str) -> list[summed_columns.Column]:
    listed, cost = (sum_of(title, _COST, rows[name]) for title, name in _SIDES)
    whole = 1 - (cost.total or 0) / listed.total if listed.total else None
    return [
        Text(label, rows["label"], is_first=True),
        Step("Discount", listed, cost, is_change=False),
        Amount("Of list cost", _RATIO, rows["ratio"], whole),
        listed,
        cost,
    ]


_SIDES = (("List cost", "list_cost"), ("Cost", "cost"))


def _discount_file(answer: Answer, name: str, rows: pl.DataFrame) -> File:
    columns = [
        Column(name, rows["label"].to_list()),
        Column("discount_usd", rows["saved"].to_list(), Unit.USD),
        Column("discount_ratio", rows["ratio"].to_list(), Unit.RATIO),
        Column("list_cost_usd", rows["list_cost"].to_list(), Unit.USD),
        Column("cost_usd", rows["cost"].to_list(), Unit.USD),
    ]
    stem = export.file_stem(answer.query.grouped(name).measuring("list_cost", "cost"))
    return File("Discount", answer.file_name(stem), lambda: columns)


def _head(answer: Answer, title: str, height: int, words: tuple[str, ...], file: File) -> None:
    """Title and extent; how it is computed, and the file, made when clicked."""
    key = file.label.lower()
    with blocks.card_head(key, title, summed_table.extent(height)):
        how(words)
        downloads.menu([file], lambda: about(answer), key=key)


def _lower(label: str) -> str:
    return label if label[:2].isupper() else label.lower()
