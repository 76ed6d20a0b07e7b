"""What the Agents page hands out: its table, and every combination by day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from core.dimensions import MEASURES, Unit
from core.explore import agents
from core.explore.sheets import Column
from core.explore.workbook import About
from core.formats import exact
from core.ui.agents.page import AgentsPage
from core.ui.app import about, downloads
from core.ui.app.downloads import File


def menu(page: AgentsPage) -> None:
    """Every file of the page."""
    stem = f"token-ledger_agents_{page.period.start}_{page.period.last}"
    files = [
        File("This table", page.answer.file_name(f"{stem}_table"), lambda: table_columns(page)),
        File("By day, one row for each combination", page.answer.file_name(stem), lambda: day_columns(page)),
    ]
    downloads.menu(files, lambda: _about(page), key="agents")


def table_columns(page: AgentsPage) -> list[Column]:
    """A row for each value of what is compared, exact; unknown is empty."""
    return [Column(page.group, page.rows["label"]), *_amounts(page.rows, page.report.measures)]


def day_columns(page: AgentsPage) -> list[Column]:
    """A row a day for each combination, exact; unknown is empty."""
    names = {connection.id: connection.cost_center for connection in page.answer.ledger.connections}
    keys = ("day", "connection_id", *page.report.dimensions)
    rows = agents.summed(page.facts, *keys).sort(*keys, nulls_last=True)
    return [
        Column("day", rows["day"]),
        Column("cost_center", [names.get(id_, str(id_)) for id_ in rows["connection_id"]]),
        *(Column(name, rows[name]) for name in page.report.dimensions),
        *_amounts(rows, agents.SUMS),
    ]


def _amounts(rows: pl.DataFrame, measures: Iterable[str]) -> Iterator[Column]:
    for name in measures:
        is_cost = name in ("cost", "list_cost")
        yield Column(f"{name}_usd", rows[name], Unit.USD) if is_cost else Column(name, rows[name])


def grouped_by(page: AgentsPage) -> str:
    """What the report tells apart, in words."""
    return "agent" if page.is_of_agents else "user profile, Slack channel and Claude Tag category"


def _what(page: AgentsPage) -> str:
    """Of what the numbers are."""
    return f"Use of {', '.join(name or 'no product' for name in page.told.products)}"


def _about(page: AgentsPage) -> About:
    (total,) = agents.summed(page.facts).to_dicts()
    unknown = len(page.unknown_days)
    return [
        ("What", f"{_what(page)} by {agents.in_text(page.group)}"),
        *about.asked(page.answer.state),
        ("Total: Cost", exact(MEASURES["cost"], total["cost"])),
        (
            "Source",
            f"Analytics reports of Anthropic, grouped by {grouped_by(page)}: never to be added to the ledger",
        ),
        ("Days of which nothing is known", str(unknown) if unknown else "None"),
        *about.made(),
    ]
