"""Checks an installation and says what is wrong with it. Changes nothing."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core import operations
from core.clock import Clock, utc_now
from core.errors import ApiError, AuthenticationError, PermissionDeniedError, TokenLedgerError
from core.ledger.control import Check
from core.ledger.meanings import meaning_of
from core.ledger.verify import FileVerdict, verify_ledger
from core.settings import Settings
from core.store.audit import count_entries, entries, first_broken
from core.store.connections import Connection
from core.store.database import database, require_writable
from core.store.runs import current_run
from core.store.states import FAILED, list_states

_LEAST_FREE_BYTES = 512 * 1024 * 1024
_GIGABYTE = 1024**3


@dataclass(frozen=True)
class Finding:
    """What was looked at, and one or more sentences about it."""

    subject: str
    well: bool
    says: str


def examine(settings: Settings, clock: Clock = utc_now) -> Iterator[Finding]:
    """Folder, database, then each connection and the ledger; without a sound database no more than that."""
    try:
        if not settings.database_path.exists():
            yield Finding("Data folder", True, f"{settings.data_dir} holds no data yet.")
            return
        yield from _folder(settings)
    except OSError as error:
        yield Finding("Data folder", False, f"{settings.data_dir} cannot be read: {error.strerror}.")
        return
    sound = _guarded("Database", partial(_database, settings))
    writable = _guarded("Database", partial(_writable, settings)) if sound.well else sound
    yield Finding("Database", writable.well, " ".join(dict.fromkeys((sound.says, writable.says))))
    if sound.well:
        yield _guarded("Audit trail", partial(_audit, settings))
        for connection in operations.connections(settings):
            yield _key(settings, connection, clock)
            yield from _reports(settings, connection)
        yield from _ledger(settings)


def _guarded(subject: str, look: Callable[[], str]) -> Finding:
    """What ``look`` says, or the error's sentences."""
    try:
        return Finding(subject, True, look())
    except TokenLedgerError as error:
        return Finding(subject, False, str(error))


def _folder(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.data_dir).free
    room = f"{settings.data_dir}, {free / _GIGABYTE:.1f} GB free."
    scarce = "" if free >= _LEAST_FREE_BYTES else " A sync may not find room: free some space."
    yield Finding("Data folder", not scarce, room + scarce)
    for path in (settings.database_path, settings.secret_path, settings.access_key_path, settings.worker_log):
        if path.exists() and _is_open(path):
            yield Finding(
                path.name, False, f"Other users of this machine can read it. Run: chmod go= '{path}'"
            )


def _is_open(path: Path) -> bool:
    """Whether others can get at a file: its own mode and its folder's decide."""
    others = stat.S_IRWXG | stat.S_IRWXO
    return bool(path.stat().st_mode & others and path.parent.stat().st_mode & others)


def _database(settings: Settings) -> str:
    with database(settings) as db:
        told = [row["integrity_check"] for row in db.query("PRAGMA integrity_check(5)")]
        orphans = list(db.query("PRAGMA foreign_key_check"))
    problems = [text for text in told if text != "ok"]
    if problems or orphans:
        raise TokenLedgerError(
            "The database is damaged.",
            means="; ".join(problems) or f"{len(orphans)} rows belong to nothing.",
            remedy="Restore a copy, or move it away and connect again: the last year can be pulled anew.",
        )
    size = settings.database_path.stat().st_size / _GIGABYTE
    return f"Sound, {size:.2f} GB."


def _writable(settings: Settings) -> str:
    require_writable(settings)
    return "It can be written."


def _audit(settings: Settings) -> str:
    with database(settings) as db:
        broken, count, last = first_broken(db), count_entries(db), next(entries(db, 1), None)
    if broken is not None:
        raise TokenLedgerError(
            f"Entry {broken} of the audit trail is missing, or not as it was written.",
            means="From there on nobody can tell from it who did what.",
            remedy="Compare it with a backup.",
        )
    return f"{count:,} entries, unbroken; the last seal is {last.seal[:16]}." if last else "Empty."


def _key(settings: Settings, connection: Connection, clock: Clock) -> Finding:
    """A refusal may be the key's fault or the service's: only the former is said of the key."""
    try:
        operations.verify_key(settings, connection, clock)
    except (AuthenticationError, PermissionDeniedError) as error:
        return Finding(f"Key of {connection.name}", False, str(error))
    except ApiError as error:
        says = f"{error} The key itself was not refused; doctor --api looks closer."
        return Finding(f"Service of {connection.name}", False, says)
    except TokenLedgerError as error:
        return Finding(f"Key of {connection.name}", False, str(error))
    return Finding(f"Key of {connection.name}", True, "Accepted for every report.")


def _reports(settings: Settings, connection: Connection) -> Iterator[Finding]:
    with database(settings) as db:
        states = list_states(db, connection.id)
    for state in states:
        if state.state == FAILED:
            told = f" (Anthropic request id: {state.request_id})" if state.request_id else ""
            yield Finding(f"{connection.name}, {state.stream}", False, f"{state.message}{told}")


def _ledger(settings: Settings) -> Iterator[Finding]:
    with database(settings) as db:
        if current_run(db):
            yield Finding("Ledger", True, "Not compared while a sync is running.")
            return
    verified = verify_ledger(settings)
    for verdict in verified.wrong:
        yield Finding(f"Ledger file {verdict.file.path.name}", False, _wrong(verdict))
    if not verified.is_told:
        yield Finding(
            "Ledger's manifest",
            False,
            "Missing, damaged or behind: other programs see an older ledger. Run: python -m core sync",
        )
    if verified.unbuilt:
        months = "1 month is" if verified.unbuilt == 1 else f"{verified.unbuilt} months are"
        yield Finding(
            "Ledger", False, f"{months} missing, damaged or not built yet. Run: python -m core sync"
        )
    elif not verified.wrong:
        skipped = _skipped(verified.skipped)
        yield Finding("Ledger", True, f"{verified.compared:,} sums equal those of the reports.{skipped}")
    yield from _noted(verified.noted)


def _skipped(sums: int) -> str:
    if not sums:
        return ""
    which = "1 sum is" if sums == 1 else f"{sums:,} sums are"
    why = "totals and users of these days are of two states; the next sync pulls both."
    return f" {which} not compared: {why}"


def _noted(checks: tuple[Check, ...]) -> Iterator[Finding]:
    """What differs and is no fault, one finding a kind."""
    for measure in dict.fromkeys(check.measure for check in checks):
        days = sorted({check.day for check in checks if check.measure == measure})
        meaning = meaning_of(measure)
        when = str(days[0]) if len(days) == 1 else f"{len(days)} days from {days[0]} to {days[-1]}"
        yield Finding("Ledger", True, f"{when}, {meaning.compared}: {meaning.means} {meaning.do}")


def _wrong(verdict: FileVerdict) -> str:
    again = f"Delete {verdict.file.path} and sync: it is made anew from the database."
    if not verdict.differences:
        return f"It cannot be read. {again}"
    first = verdict.differences[0]
    meaning, count = meaning_of(first.measure), len(verdict.differences)
    sums = "1 sum differs" if count == 1 else f"{count} sums differ"
    says = (
        f"{meaning.means} {meaning.do}"
        if verdict.is_as_built
        else f"It, or what it was made from, was changed since. {again}"
    )
    return (
        f"{sums} from the reports', first {meaning.compared} of {first.day}: "
        f"{first.actual:,} instead of {first.expected:,}. {says} Touched: {meaning.touches}."
    )
