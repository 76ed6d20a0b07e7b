"""The Sync page: what is known of each day, what each run pulled, and which past days changed."""

from core.ui.sync.changes_card import changes_card
from core.ui.sync.coverage_cards import calendar_card, gaps_card
from core.ui.sync.history import rerun_card
from core.ui.sync.runs_cards import latest_card, runs_card
from core.ui.sync.set_aside_card import set_aside_card

__all__ = [
    "calendar_card",
    "changes_card",
    "gaps_card",
    "latest_card",
    "rerun_card",
    "runs_card",
    "set_aside_card",
]
