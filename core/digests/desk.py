"""What digests are written from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from core.ledger.snapshot import Snapshot


@dataclass(frozen=True)
class Desk:
    """``public_url``: the address of the program, empty where unknown."""

    ledger: Snapshot
    db: Database
    now: datetime
    public_url: str
