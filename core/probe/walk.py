"""Checks every assumption about one connection's service, and says what was seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx

from core.clock import Clock
from core.dimensions import Origin
from core.errors import ApiError
from core.periods import day_of
from core.probe import claude_ai, platform
from core.probe.asked_service import Service
from core.probe.asking import NOT_ASKED, Asker, SpentError
from core.probe.bodies import Assumption, Body, Row, Seen, Verdict, differs
from core.probe.opening import opener
from core.settings import Settings
from core.store.connections import Connection

ASSUMPTIONS: dict[Origin, tuple[Assumption[Service], ...]] = {
    Origin.PLATFORM: platform.ASSUMPTIONS,
    Origin.CLAUDE_AI: claude_ai.ASSUMPTIONS,
}
"""In the order they are looked at; the last ones go without where requests run out."""


_ODD = differs("the answer has a form that cannot be read")


@dataclass
class Walk:
    """What was seen of one connection's service. ``stopped``: why the walk ended early, in a sentence.

    ``bodies`` are the answers, of which the report must repeat no name.
    """

    connection: Connection
    rows: list[Row] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    requests: int = 0
    stopped: ApiError | None = None

    @property
    def off(self) -> list[Row]:
        """What is not as assumed, and matters."""
        return [row for row in self.rows if row.matters]


def walk(
    settings: Settings,
    connection: Connection,
    *,
    clock: Clock,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Walk:
    """Look at every assumption. Sends GET only, and stores nothing.

    Raises:
        SecretKeyError: the stored key cannot be decrypted.
        StoreError: the database cannot be read.
    """
    open_client = opener(settings, connection, clock=clock, transport=transport, sleep=sleep)
    asker = Asker(lambda asker: open_client(asker.hear, asker))
    result = Walk(connection)
    try:
        for row in _rows(Service(asker, day_of(clock())), connection.origin):
            result.rows.append(row)
    except ApiError as error:
        result.stopped = error
    finally:
        asker.close()
    result.bodies, result.requests = asker.bodies, asker.requests
    return result


def _rows(service: Service, origin: Origin) -> Iterator[Row]:
    for assumption in ASSUMPTIONS[origin]:
        try:
            seen = assumption.look(service)
        except SpentError:
            seen = NOT_ASKED
        except (TypeError, ValueError, LookupError):
            seen = _ODD  # looks read answers of any form; of one nobody thought of, this is to be told
        yield Row(assumption.name, assumption.assumed, seen, _matters(assumption, seen))


def _matters(assumption: Assumption[Service], seen: Seen) -> bool:
    return assumption.matters and seen.verdict in (Verdict.DIFFERS, Verdict.NOT_GRANTED)
