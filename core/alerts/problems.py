"""That a message was not sent."""

from __future__ import annotations

from core.errors import TokenLedgerError


class NotSentError(TokenLedgerError):
    """Says why, without any secret."""
