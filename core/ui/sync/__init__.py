"""The Sync page: what is known of each day, what each run pulled, and which past days changed."""

from core.ui.sync.changes import changes_card
from core.ui.sync.coverage import calendar_card, gaps_card
from core.ui.sync.history import rerun_card
from core.ui.sync.runs import latest_card, runs_card
from core.ui.sync.set_aside import set_aside_card

__all__ = [
    "calendar_card",
    "changes_card",
    "gaps_card",
    "latest_card",
    "rerun_card",
    "runs_card",
    "set_aside_card",
]
