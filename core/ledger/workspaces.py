"""The default workspace's real id: null in one report may be that id in another, as in the newest ones."""

from __future__ import annotations

from sqlite_utils import Database

from core.ledger.facts import WITHIN, within
from core.periods import Period
from core.store.learned import DEFAULT_WORKSPACE, read_learned

_TABLES = ("platform_usage", "platform_cost", "platform_analytics_cost")


def default_workspace(db: Database, connection_id: int, period: Period) -> str | None:
    """The id as Anthropic's list told it; else the one id that only one report names where only the other
    names none."""
    listed = read_learned(db, connection_id).text("workspaces", DEFAULT_WORKSPACE)
    if listed:
        return listed
    used, billed, newest = (_named(db, table, connection_id, period) for table in _TABLES)
    known = _ids(db, "workspaces", "connection_id = :connection_id", connection_id=connection_id)
    return inferred_default(used, billed, known) or inferred_default(used | billed, newest, known)


def inferred_default(used: set[str | None], billed: set[str | None], known: set[str | None]) -> str | None:
    """From the workspaces that usage and bills name. ``known``: those of the list, without the default."""
    if (None in used) == (None in billed):
        return None
    nameless, naming = (used, billed) if None in used else (billed, used)
    candidates = naming - nameless - known
    return next(iter(candidates)) if len(candidates) == 1 else None


def _named(db: Database, table: str, connection_id: int, period: Period) -> set[str | None]:
    return _ids(db, table, WITHIN, **within(connection_id, period))


def _ids(db: Database, table: str, where: str, **values: object) -> set[str | None]:
    rows = db.query(f"SELECT DISTINCT workspace_id FROM {table} WHERE {where}", values)
    return {row["workspace_id"] for row in rows}
