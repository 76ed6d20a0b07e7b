"""When the dashboards that ship are stored: at the first connection, else after a sync. Pages only look."""

from __future__ import annotations

from core.clock import Clock, utc_now
from core.explore.dashboard_exchange import ensure_shipped
from core.explore.explorers import MEASURES_OF
from core.settings import Settings
from core.store.database import database


def ship_dashboards(settings: Settings, clock: Clock = utc_now) -> None:
    """Add them, once for each data folder."""
    with database(settings) as db:
        ensure_shipped(db, MEASURES_OF, clock())
