"""Do the ledger's files hold what the reports hold? Reads the files anew; what was noted when they were made
is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from sqlite_utils import Database

from core.ledger.build import stale_months
from core.ledger.control import Check, control_checks
from core.ledger.publish import is_published, make_manifest
from core.ledger.schema import MEASURE_COLUMNS
from core.ledger.snapshot import LedgerFile, Snapshot, snapshot_of
from core.periods import Period, next_month
from core.settings import Settings
from core.store.database import database, reading

_COLUMNS = ["day", "cost_basis", "report", *MEASURE_COLUMNS]


@dataclass(frozen=True)
class FileVerdict:
    """A file that is not as it should be. ``differences`` is empty where it cannot be read at all."""

    file: LedgerFile
    differences: tuple[Check, ...]


@dataclass(frozen=True)
class Verification:
    """``compared`` sums were equal or are in ``wrong``.

    ``unbuilt`` months, lost and damaged ones too, wait for the next sync. ``is_told``: the manifest is there,
    whole, and of the database as it is now.
    """

    compared: int
    wrong: tuple[FileVerdict, ...]
    unbuilt: int
    is_told: bool


def verify_ledger(settings: Settings) -> Verification:
    """Compare every file with the raw reports, per connection, day and measure.

    Raises:
        StoreError: the database cannot be read.
    """
    compared, wrong = 0, []
    with database(settings) as db:
        with reading(db):
            snapshot = snapshot_of(make_manifest(db, settings), settings.ledger_dir)
        stale = {(month.connection.id, month.month) for month in stale_months(db, settings)}
        for file in snapshot.files:
            if (file.connection_id, file.month) in stale:
                continue
            checks = _checks(db, snapshot, file)
            compared += len(checks or ())
            differences = tuple(check for check in checks or () if check.expected != check.actual)
            if checks is None or differences:
                wrong.append(FileVerdict(file, differences))
        is_told = is_published(db, settings) or not snapshot.files
    return Verification(compared, tuple(wrong), len(stale), is_told)


def _checks(db: Database, snapshot: Snapshot, file: LedgerFile) -> list[Check] | None:
    """None where the file cannot be read."""
    (origin,) = {c.origin for c in snapshot.connections if c.id == file.connection_id}
    try:
        rows = pl.read_parquet(file.path, columns=_COLUMNS)
    except (pl.exceptions.PolarsError, OSError):
        return None
    period = Period(file.month, next_month(file.month))
    return control_checks(db, file.connection_id, origin, period, rows)
