"""What the doctor finds: how bad it is, what it is, and what cures it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.errors import TokenLedgerError


class Level(StrEnum):
    """An error keeps numbers from being right or whole; a warning does not."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """What was looked at, and one or more sentences about it. ``cure``: empty where none is needed."""

    subject: str
    level: Level
    says: str
    cure: str = ""

    @property
    def is_wrong(self) -> bool:
        return self.level is Level.ERROR


def well(subject: str, says: str) -> Finding:
    """Nothing is to be done."""
    return Finding(subject, Level.OK, says)


def doubtful(subject: str, says: str, cure: str) -> Finding:
    """It works, and may not for long, or not as meant."""
    return Finding(subject, Level.WARNING, says, cure)


def wrong(subject: str, says: str, cure: str = "") -> Finding:
    """Something does not work."""
    return Finding(subject, Level.ERROR, says, cure)


def of_error(subject: str, error: TokenLedgerError) -> Finding:
    """An error's sentences; its remedy is the cure."""
    says = str(error).replace(error.remedy, "").strip() if error.remedy else str(error)
    return wrong(subject, " ".join(says.split()), error.remedy)
