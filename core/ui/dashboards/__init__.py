"""The Dashboards page, and that of the saved views its tiles are made of."""

from core.ui.dashboards.board import ask
from core.ui.dashboards.saved_view_list import saved_view_list
from core.ui.dashboards.tiles import tile_grid

__all__ = [
    "ask",
    "saved_view_list",
    "tile_grid",
]
