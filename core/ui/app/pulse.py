"""Has a page drawn anew when what it shows has changed: by a sync, in whichever process, or by the theme.

A script in the page asks the server for the *pulse*, a text that changes with what every page depends on, and
asks for a run only when it is another than the page was drawn with. See :mod:`core.access.pulse`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from core.errors import TokenLedgerError
from core.settings import from_environment
from core.store import meta, runs
from core.store.database import database
from core.store.runs import RunStatus
from core.ui.app import presses
from core.ui.app.components import component

_SCRIPT = Path(__file__).with_name("pulse.js")
UNKNOWN = ""
"""The pulse where nothing can be read: no reason to draw anything."""


@dataclass(frozen=True)
class State:
    """What every page depends on: the ledger's revision, how many syncs there were, and the one at work."""

    revision: int
    runs: int
    run: RunStatus | None

    @property
    def pulse(self) -> str:
        """Another text for whatever draws pages differently; tells nothing of what that is."""
        parts = f"{self.revision}.{self.runs}.{self.run is not None}"
        return hashlib.sha256(parts.encode()).hexdigest()[:16]


def read(db: Database) -> State:
    """The state now. A sync whose process died is closed, and not at work."""
    run = runs.current_run(db)
    return State(meta.ledger_revision(db), runs.count_runs(db), run)


def now() -> str:
    """The pulse, for whoever asks from outside of a page's run."""
    try:
        with database(from_environment()) as db:
            return read(db).pulse
    except TokenLedgerError:
        return UNKNOWN


def watch(state: State) -> None:
    """Ask for a run of this fragment when the pulse is no longer that of ``state``, or the theme changes."""
    component(_SCRIPT)(key=presses.UNPRESSED, data={"pulse": state.pulse}, on_changed_change=lambda: None)
