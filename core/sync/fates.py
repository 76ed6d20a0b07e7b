"""How the lists and reports of a connection fared in a run, put on record."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlite_utils import Database

from core.clock import Clock
from core.errors import ApiError, TokenLedgerError
from core.periods import Period
from core.store.failures import SyncFailure, failure_kind, record_failure
from core.store.states import FAILED, StreamState, record_state


@dataclass
class Fates:
    """``failures``: those of this run, in the order in which they happened."""

    connection_id: int
    run_id: int
    clock: Clock
    failures: list[TokenLedgerError] = field(default_factory=list)

    @property
    def first(self) -> TokenLedgerError | None:
        return self.failures[0] if self.failures else None

    def failed(self, db: Database, stream: str, error: ApiError, window: Period | None) -> None:
        """A list, or a window of a report, failed."""
        self.failures.append(error)
        self.keep(db, stream, error, window)
        self.fared(db, stream, FAILED, sentences(error), error.request_id, window)

    def keep(self, db: Database, stream: str, error: TokenLedgerError, window: Period | None = None) -> None:
        """Record a failure alone."""
        record_failure(
            db,
            SyncFailure(
                self.run_id,
                self.connection_id,
                stream,
                failure_kind(error),
                sentences(error),
                error.request_id if isinstance(error, ApiError) else None,
                window,
                self.clock(),
            ),
        )

    def fared(
        self,
        db: Database,
        stream: str,
        state: str,
        message: str = "",
        request_id: str | None = None,
        window: Period | None = None,
    ) -> None:
        """Record how a list or report is now."""
        record_state(
            db, StreamState(self.connection_id, stream, state, message, request_id, window, self.clock())
        )


def sentences(error: TokenLedgerError) -> str:
    """What happened, what it means, what to do; the request id stands beside, not inside."""
    return TokenLedgerError.__str__(error)
