"""Opens the service of a stored connection, to be looked at."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from core.api.client import Client, Hear, Observer
from core.clock import Clock
from core.settings import Settings
from core.store.connections import Connection, read_key
from core.store.database import database
from core.store.secrets import Vault
from core.sync.rate_limits import rate_limit_of

OpenClient = Callable[[Hear, Observer | None], Client]
"""Makes a client that tells of each answer, and of each request."""


def opener(
    settings: Settings,
    connection: Connection,
    *,
    clock: Clock,
    transport: httpx.BaseTransport | None,
    sleep: Callable[[float], None],
) -> OpenClient:
    """Read the connection's key; clients are then made with it, at the connection's pace.

    Raises:
        SecretKeyError: the stored key cannot be decrypted.
        StoreError: the database cannot be read.
    """
    with database(settings) as db:
        key = read_key(db, Vault(settings), connection.id)

    def open_client(hear: Hear, observer: Observer | None) -> Client:
        return Client(
            base_url=settings.base_url,
            api_key=key,
            transport=transport,
            rate_limit=rate_limit_of(settings, connection),
            clock=clock,
            sleep=sleep,
            observer=observer,
            version=settings.anthropic_version,
            betas=settings.anthropic_betas,
            hear=hear,
        )

    return open_client
