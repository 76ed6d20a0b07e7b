"""What follows a sync: the dashboards that ship, a backup, what is unusual, and what is told of it.

Each of these can be asked for without a sync, too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from core import upkeep
from core.alerts import book, deliver
from core.alerts.deliver import Outcome
from core.clock import Clock, utc_now
from core.digests import sending as digests
from core.errors import TokenLedgerError
from core.explore.dashboard_exchange import ensure_shipped
from core.explore.explorers import MEASURES_OF
from core.ledger.publish import current_snapshot
from core.secrecy import fault_text
from core.settings import Settings
from core.store.aftermath import keep_problems
from core.store.channels import find_channel, read_content
from core.store.database import database
from core.store.secrets import Vault
from core.watch.evaluate import evaluate

log = logging.getLogger(__name__)


def follow_up(settings: Settings, clock: Clock = utc_now) -> None:
    """All of it. A step that fails leaves the others and the sync as they are; pages say what is wrong."""
    told = [_problem(what, step, settings, clock) for what, step in _steps()]
    problems = _together([problem for problem in told if problem])
    with suppress(TokenLedgerError), database(settings) as db:
        keep_problems(db, problems)


def _steps() -> tuple[tuple[str, Callable[[Settings, Clock], object]], ...]:
    return (
        ("Adding the dashboards that ship", ship_dashboards),
        ("The daily backup", upkeep.back_up_daily),
        ("Looking for anomalies", look_for_anomalies),
        ("Applying the alert rules", apply_rules),
        ("Writing the digests that are due", digests.put_due),
        ("Sending alerts and digests", deliver.send_due),
    )


def _problem(
    what: str, step: Callable[[Settings, Clock], object], settings: Settings, clock: Clock
) -> tuple[str, str] | None:
    """The step and what came of it; None where it went well."""
    try:
        step(settings, clock)
    except TokenLedgerError as error:
        return what, str(error)
    except Exception as error:
        log.error("%s failed.\n%s", what, fault_text())
        return what, _FAULT.format(type(error).__name__)
    return None


_FAULT = (
    "The fault is in this program ({}); what was pulled is kept. The next sync tries again; if it happens "
    "again, the log of the sync has the details for a bug report."
)


def _together(problems: list[tuple[str, str]]) -> list[str]:
    """A sentence for each cause, and not for each step that it stopped."""
    steps: dict[str, list[str]] = {}
    for what, why in problems:
        steps.setdefault(why, []).append(what)
    return [f"{'; '.join(stopped)}: {why}" for why, stopped in steps.items()]


def ship_dashboards(settings: Settings, clock: Clock = utc_now) -> None:
    """Add the dashboards that ship, once: when something is connected, else after a sync. Pages only look."""
    with database(settings) as db:
        ensure_shipped(db, MEASURES_OF, clock())


def look_for_anomalies(settings: Settings, clock: Clock = utc_now) -> None:
    """Judge the days of the ledger anew, where anything has changed; see :mod:`core.watch`.

    Raises:
        StoreError: the ledger cannot be read, or what is found cannot be kept.
    """
    with database(settings) as db:
        evaluate(current_snapshot(db, settings), db, clock())


def apply_rules(settings: Settings, clock: Clock = utc_now) -> int:
    """Put what the rules tell into the outbox; returns how many are new.

    Raises:
        StoreError: the database cannot be used.
    """
    with database(settings) as db:
        return book.evaluate(current_snapshot(db, settings), db, clock())


def notify(settings: Settings, clock: Clock = utc_now) -> tuple[int, list[Outcome]]:
    """Put what is worth telling into the outbox, and send what is due; returns how many are new, and how each
    message fared.

    Raises:
        StoreError: the database cannot be used.
    """
    new = apply_rules(settings, clock)
    return new + digests.put_due(settings, clock), deliver.send_due(settings, clock)


send_digest = digests.send
"""Send a digest now; see :func:`core.digests.sending.send`."""


def try_channel(settings: Settings, name: str, clock: Clock = utc_now) -> str:
    """Send a test by a channel now; returns what of it did not arrive, or nothing.

    Raises:
        InputError: there is no such channel.
        SecretKeyError: its secrets cannot be decrypted.
        NotSentError: it did not get through.
    """
    with database(settings) as db:
        content = read_content(db, Vault(settings), find_channel(db, name).id)
    return deliver.deliver(settings, content, deliver.trial(clock(), settings))
