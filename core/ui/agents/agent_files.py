"""What the Agents page hands out: its table, and every combination by day."""

from __future__ import annotations

import polars as pl

from core.dimensions import MEASURES, Unit
from core.explore import agents
from core.explore.sheets import Column
from core.explore.workbook import About
from core.formats import exact
from core.ui.agents.page import AgentsPage
from core.ui.app import about, downloads
from core.ui.app.downloads import File

_COUNTS = [name for name in agents.MEASURES if name not in ("cost", "list_cost")]


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
    return [Column(page.group, page.rows["label"]), *_amounts(page.rows, _COUNTS)]


def day_columns(page: AgentsPage) -> list[Column]:
    """A row a day for each combination, exact; unknown is empty."""
    names = {connection.id: connection.cost_center for connection in page.answer.ledger.connections}
    rows = agents.summed(page.facts, "day", "connection_id", *agents.GROUPS).sort(
        "day", "connection_id", *agents.GROUPS, nulls_last=True
    )
    return [
        Column("day", rows["day"]),
        Column("cost_center", [names.get(id_, str(id_)) for id_ in rows["connection_id"]]),
        *(Column(name, rows[name]) for name in agents.GROUPS),
        *_amounts(rows, [name for name in _COUNTS if name != "sessions"]),
    ]


def _amounts(rows: pl.DataFrame, counts: list[str]) -> list[Column]:
    costs = [Column(f"{name}_usd", rows[name], Unit.USD) for name in ("cost", "list_cost")]
    return [*costs, *(Column(name, rows[name]) for name in counts)]


def _about(page: AgentsPage) -> About:
    (total,) = agents.summed(page.facts).to_dicts()
    unknown = len(page.unknown_days)
    return [
        ("What", f"Managed agents by {agents.GROUPS[page.group].lower()}"),
        *about.asked(page.answer.state),
        ("Total: Cost", exact(MEASURES["cost"], total["cost"])),
        (
            "Source",
            "Analytics reports of Anthropic, grouped by managed agent: never to be added to the ledger",
        ),
        ("Days of which nothing is known", str(unknown) if unknown else "None"),
        *about.made(),
    ]
