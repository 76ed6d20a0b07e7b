"""Dashboards: the views people look at every day, side by side."""

from core.ui import dashboards
from core.ui.app.navigation import page

page("Dashboards", "The views you look at every day, side by side")

board = dashboards.ask()
dashboards.tile_grid(board)
