"""Checks an installation and says what is wrong with it. Changes nothing."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from core import operations
from core.cli import doctor_machine
from core.cli.finding import Finding, doubtful, of_error, well, wrong
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
_SYNC = "Run: python -m core sync"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def examine(settings: Settings, clock: Clock = utc_now) -> Iterator[Finding]:
    """Versions, folder, database, then each connection and the ledger; without a sound database no more."""
    yield doctor_machine.versions()
    try:
        if not settings.database_path.exists():
            yield well("Data folder", f"{settings.data_dir} holds no data yet.")
            return
        yield from _folder(settings)
    except OSError as error:
        yield wrong("Data folder", f"{settings.data_dir} cannot be read: {error.strerror}.")
        return
    yield from doctor_machine.addresses(settings)
    yield doctor_machine.secret(settings)
    sound = _guarded("Database", partial(_database, settings))
    writable = _guarded("Database", partial(_writable, settings)) if not sound.is_wrong else sound
    yield replace(writable, says=" ".join(dict.fromkeys((sound.says, writable.says))))
    if not sound.is_wrong:
        yield _guarded("Audit trail", partial(_audit, settings))
        yield from _connections(settings, clock)
        yield from doctor_machine.channels(settings, clock())
        yield doctor_machine.backups(settings, clock())
        yield from _ledger(settings)


def _connections(settings: Settings, clock: Clock) -> Iterator[Finding]:
    times: list[datetime] = []
    for connection in operations.connections(settings):
        yield _key(settings, connection, clock, times)
        yield from _reports(settings, connection)
    if times:
        yield doctor_machine.clock_of(times[-1], clock())


def _guarded(subject: str, look: Callable[[], str]) -> Finding:
    """What ``look`` says, or the error's sentences."""
    try:
        return well(subject, look())
    except TokenLedgerError as error:
        return of_error(subject, error)


def _folder(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.data_dir).free
    says = f"{settings.data_dir}, {free / _GIGABYTE:.1f} GB free."
    if free < _LEAST_FREE_BYTES:
        yield wrong("Data folder", f"{says} A sync may not find room.", "To go on, free some space.")
    elif settings.data_dir.stat().st_mode & _OTHERS:
        yield doubtful("Data folder", f"{says} Others may enter it.", f"Run: chmod go= '{settings.data_dir}'")
    else:
        yield well("Data folder", says)
    for path in (settings.database_path, settings.secret_path, settings.access_key_path, settings.worker_log):
        if path.exists() and _is_open(path):
            yield wrong(path.name, "Other users of this machine can read it.", f"Run: chmod go= '{path}'")


def _is_open(path: Path) -> bool:
    """Whether others can get at a file: its own mode and its folder's decide."""
    return bool(path.stat().st_mode & _OTHERS and path.parent.stat().st_mode & _OTHERS)


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


def _key(settings: Settings, connection: Connection, clock: Clock, times: list[datetime]) -> Finding:
    """A refusal may be the key's fault or the service's: only the former is said of the key.

    What time it is there goes to ``times``.
    """
    try:
        told_at = operations.verify_key(settings, connection, clock)
        times += [told_at] if told_at else []
    except (AuthenticationError, PermissionDeniedError) as error:
        return of_error(f"Key of {connection.name}", error)
    except ApiError as error:
        told = of_error(f"Service of {connection.name}", error)
        return replace(told, says=f"{told.says} The key itself was not refused; doctor --api looks closer.")
    except TokenLedgerError as error:
        return of_error(f"Key of {connection.name}", error)
    return well(f"Key of {connection.name}", "Accepted for every report.")


def _reports(settings: Settings, connection: Connection) -> Iterator[Finding]:
    with database(settings) as db:
        states = list_states(db, connection.id)
    for state in states:
        if state.state == FAILED:
            told = f" (Anthropic request id: {state.request_id})" if state.request_id else ""
            yield wrong(f"{connection.name}, {state.stream}", f"{state.message}{told}")


def _ledger(settings: Settings) -> Iterator[Finding]:
    with database(settings) as db:
        if current_run(db):
            yield well("Ledger", "Not compared while a sync is running.")
            return
    verified = verify_ledger(settings)
    for verdict in verified.wrong:
        yield wrong(f"Ledger file {verdict.file.path.name}", _wrong(verdict))
    if not verified.is_told:
        says = "Missing, damaged or behind: other programs see an older ledger."
        yield wrong("Ledger's manifest", says, _SYNC)
    if verified.unbuilt:
        months = "1 month is" if verified.unbuilt == 1 else f"{verified.unbuilt} months are"
        yield wrong("Ledger", f"{months} missing, damaged or not built yet.", _SYNC)
    elif not verified.wrong:
        skipped = _skipped(verified.skipped)
        yield well("Ledger", f"{verified.compared:,} sums equal those of the reports.{skipped}")
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
        yield well("Ledger", f"{when}, {meaning.compared}: {meaning.means} {meaning.do}")


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
