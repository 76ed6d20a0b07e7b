"""Compares the ledger's files with the reports. It reads the files again and ignores what was noted when they
were built.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from sqlite_utils import Database

from core.ledger.build import stale_months
from core.ledger.control import Check, control_checks
from core.ledger.facts import WITHIN, within
from core.ledger.meanings import meaning_of
from core.ledger.newest_cells import PRICE
from core.ledger.publish import is_published, make_manifest
from core.ledger.schema import MEASURE_COLUMNS
from core.ledger.snapshot import LedgerFile, Snapshot, snapshot_of
from core.periods import Period, next_month
from core.settings import Settings
from core.store.database import database, reading

_NAMES = ("cost_basis", "report", "billed_tier", "model", *PRICE, "cost_type", "token_type")
_COLUMNS = ["day", *_NAMES, *MEASURE_COLUMNS]


@dataclass(frozen=True)
class FileVerdict:
    """A file that is not as it should be. ``differences`` is empty where it cannot be read at all.

    ``is_as_built``: they were there when it was made: made anew, it would be the same.
    """

    file: LedgerFile
    differences: tuple[Check, ...]
    is_as_built: bool = False


@dataclass(frozen=True)
class Verification:
    """``compared`` sums were equal, or are in ``wrong`` or ``noted``. ``skipped`` ones could not be compared.

    ``noted``: differences that are no fault, as those of credits.

    ``unbuilt`` months, lost and damaged ones too, wait for the next sync. ``is_told``: the manifest is there,
    whole, and of the database as it is now.
    """

    compared: int
    wrong: tuple[FileVerdict, ...]
    unbuilt: int
    is_told: bool
    skipped: int = 0
    noted: tuple[Check, ...] = ()


def verify_ledger(settings: Settings) -> Verification:
    """Compare every file with the raw reports, per connection, day and measure.

    Raises:
        StoreError: the database cannot be read.
    """
    wrong, all_checks = list[FileVerdict](), list[Check]()
    with database(settings) as db:
        with reading(db):
            snapshot = snapshot_of(make_manifest(db, settings), settings.ledger_dir)
        stale = {(month.connection.id, month.month) for month in stale_months(db, settings)}
        for file in snapshot.files:
            if (file.connection_id, file.month) in stale:
                continue
            checks = _checks(db, snapshot, file)
            all_checks += checks or ()
            faults = tuple(check for check in checks or () if _differs(check) and _is_fault(check))
            if checks is None or faults:
                wrong.append(FileVerdict(file, faults, _is_as_built(db, file, faults)))
        is_told = is_published(db, settings) or not snapshot.files
    skipped = sum(check.expected is None for check in all_checks)
    noted = tuple(check for check in all_checks if _differs(check) and not _is_fault(check))
    return Verification(len(all_checks) - skipped, tuple(wrong), len(stale), is_told, skipped, noted)


def _differs(check: Check) -> bool:
    return check.expected != check.actual


def _is_fault(check: Check) -> bool:
    return meaning_of(check.measure).is_fault


def _is_as_built(db: Database, file: LedgerFile, faults: tuple[Check, ...]) -> bool:
    """Whether the same differences were noted when the file was made, and nothing changed since."""
    period = Period(file.month, next_month(file.month))
    noted = db.query(
        f"SELECT day, measure, expected, actual FROM control_checks WHERE {WITHIN}",
        within(file.connection_id, period),
    )
    known = {(row["day"], row["measure"]): (row["expected"], row["actual"]) for row in noted}
    pairs = ((known.get((c.day.isoformat(), c.measure)), (c.expected, c.actual)) for c in faults)
    return bool(faults) and all(then == now for then, now in pairs)


def _checks(db: Database, snapshot: Snapshot, file: LedgerFile) -> list[Check] | None:
    """None where the file cannot be read."""
    (origin,) = {c.origin for c in snapshot.connections if c.id == file.connection_id}
    try:
        rows = pl.read_parquet(file.path, columns=_COLUMNS)
    except (pl.exceptions.PolarsError, OSError):
        return None
    period = Period(file.month, next_month(file.month))
    return control_checks(db, file.connection_id, origin, period, rows)
