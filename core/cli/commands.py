"""The commands. Each takes its parsed arguments and returns the exit code."""

from __future__ import annotations

import getpass
import json
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from core import operations
from core.cli import ahead, codes, doctor_api, prometheus
from core.cli.audit_trail import note
from core.cli.doctor import examine
from core.cli.finding import Finding
from core.cli.printing import print_json
from core.cli.signals import stop_on_signal
from core.cli.status import status_lines, status_of
from core.cli.sync_report import SyncReport
from core.cli.worker_words import NamesRuns, speak_carefully
from core.clock import utc_now
from core.errors import ConfigurationError, InputError, SyncBusyError
from core.explore.engine import rows
from core.explore.export import csv_bytes, json_text
from core.explore.labels import parse_filters
from core.explore.lacking import LackingMonth, lacking_months
from core.explore.list_lookup import require_listed_tags
from core.explore.query import Query
from core.periods import Period, day_of
from core.reach import default_since
from core.settings import Settings, from_environment
from core.store.audit import Action
from core.sync import worker
from core.sync.follow import await_end, sync_or_join

LOCK_WAIT_SECONDS = 3600.0
"""How long a sync goes along with another before it gives up, unless told otherwise."""


def connect(given: Namespace) -> int:
    """Check a key and store the connection."""
    settings = from_environment()
    since = given.since or default_since(day_of(utc_now()))
    connected = operations.connect(
        settings, name=given.name, key=given.key_from or _key(given.key_env), since=since
    )
    note(settings, Action.CONNECTED, f"connection {connected.id}")
    sys.stdout.write(
        f"Connected {connected.name}: {connected.origin.value}, "
        f"{connected.organization_name or connected.organization_id}. Now run: python -m core sync\n"
    )
    return codes.DONE


def _key(variable: str | None) -> str:
    if variable:
        if not os.environ.get(variable):
            raise InputError(f"The variable {variable} is not set.", remedy="Export it with the API key.")
        return os.environ[variable]
    if sys.stdin.isatty():
        return getpass.getpass("API key (not shown): ")
    return sys.stdin.readline().strip()


def sync(given: Namespace) -> int:
    """Pull what is due, or follow the sync that does; the exit code tells how it went."""
    settings = from_environment()
    period = _period_again(given.start, given.end)
    report = SyncReport(settings, as_json=given.json, quiet=given.quiet)
    hears: SyncReport | NamesRuns = report
    if given.trigger == worker.TRIGGER:
        speak_carefully()
        hears = NamesRuns(report)
    if period:
        report.kept(operations.connections(settings, given.connection), period)
    if given.trigger != worker.TRIGGER and (period or given.full):
        note(settings, Action.RE_RUN, f"{period.start} to {period.last}" if period else "all history")
    with stop_on_signal() as asked:
        options = replace(
            operations.sync_options(),
            connection=given.connection,
            full=given.full,
            period=period,
            trigger=given.trigger,
            report=hears.progress,
            joined=hears.joined,
            stop_asked=asked,
            lock_seconds=given.lock_wait,
        )
        run = sync_or_join(settings, options)
    report.finished(run)
    return codes.of_outcome(run.outcome)


def _period_again(start: date | None, end: date | None) -> Period | None:
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise InputError("--from and --to go together.", remedy="Give both; --to is the day after the last.")
    if start > day_of(utc_now()):
        raise InputError("The range is in the future.", remedy="Name days that have begun.")
    return _period(start, end)


def _period(start: date, end: date) -> Period:
    if end <= start:
        raise InputError(
            "The range ends before it holds a day.", remedy="--to is the day after the last day."
        )
    return Period(start, end)


def stop(given: Namespace) -> int:
    """Stop the running sync, and wait until it has ended."""
    settings = from_environment()
    run_id = operations.stop_sync(settings)
    if run_id is None:
        sys.stdout.write("No sync is running.\n")
        return codes.DONE
    if not await_end(settings, run_id, given.wait):
        raise SyncBusyError(
            "The sync has not stopped yet.",
            means="It ends once what it has received is stored.",
            remedy="Look again with “status”.",
        )
    sys.stdout.write("The sync is stopped. What it pulled is kept.\n")
    return codes.DONE


def status(given: Namespace) -> int:
    """Print each connection's state, and the running sync's."""
    connections_status = status_of(from_environment())
    if given.format == "prometheus":
        _print_or_write(prometheus.exposition(connections_status, utc_now()), given.output)
    elif given.output:
        raise InputError("--output goes with --format prometheus.", remedy="Add it.")
    elif given.json or given.format == "json":
        print_json(connections_status)
    else:
        sys.stdout.write(status_lines(connections_status))
    return codes.DONE


def _print_or_write(text: str, path: Path | None) -> None:
    if path:
        prometheus.write_exposition(text, path)
    else:
        sys.stdout.write(text)


def doctor(given: Namespace) -> int:
    """Say what is well and what is wrong with the installation, or with what is assumed of the service."""
    if given.api:
        return _doctor_api(given)
    if given.connection or given.report:
        raise InputError("--connection and --report go with --api.", remedy="Add --api.")
    is_wrong = False
    for finding in examine(from_environment()):
        is_wrong = is_wrong or finding.is_wrong
        line = json.dumps(asdict(finding), ensure_ascii=False) if given.json else _words_of(finding)
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    return codes.PARTLY if is_wrong else codes.DONE


def _words_of(finding: Finding) -> str:
    return f"{finding.level:<8} {finding.subject}: {finding.says} {finding.cure}".rstrip()


def record(given: Namespace) -> int:
    """Record one day of a connection's responses, without anything private."""
    settings = from_environment()
    chosen = operations.connections(settings, given.connection)
    if len(chosen) != 1:
        raise InputError(
            "A recording is of one connection.", remedy="Connect one, or name one with --connection."
        )
    made = operations.record_service(settings, chosen[0], given.folder, day=given.day, clock=utc_now)
    sys.stdout.write(
        f"{made.answers} answers are in {given.folder}, without ids, names, e-mails and true amounts. "
        "Look through them before you share them.\n"
    )
    if made.linear:
        sys.stdout.write(
            f"All numbers of {' and '.join(made.linear)} were multiplied by the same number, because their "
            "parts could not be told apart: with patience the true ones can be worked out.\n"
        )
    return codes.DONE


def _doctor_api(given: Namespace) -> int:
    settings, walks = from_environment(), []
    for connection in operations.connections(settings, given.connection):
        walks.append(walk := operations.walk_service(settings, connection, utc_now))
        shown = doctor_api.json_lines(walk) if given.json else [doctor_api.table(walk)]
        sys.stdout.writelines(f"{text}\n" for text in shown)
        sys.stdout.flush()
    if not walks:
        sys.stdout.write("Nothing is connected, so nothing was asked.\n")
    elif given.report:
        _write(given.report, doctor_api.Report(walks, settings, day_of(utc_now())).text())
    elif not given.json:
        sys.stdout.write("For a bug report, without names, ids and amounts: add --report FILE\n")
    return doctor_api.exit_code(walks)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}.", remedy="Name another file."
        ) from None


def query(given: Namespace) -> int:
    """Print a query's answer as CSV or JSON; with ``--forecast``, to the end of its range."""
    question = Query(
        (given.measure,), _period(given.start, given.end), given.group_by, parse_filters(given.where)
    )
    ledger = operations.open_ledger(from_environment())
    require_listed_tags(ledger, question)
    if given.forecast:
        return ahead.print_forecast(ledger, question, as_json=given.format == "json", by_day=False)
    answer = rows(ledger, question)
    _say_what_is_lacking(lacking_months(ledger, question))
    if given.format == "json":
        sys.stdout.write(json_text(answer, question))
    else:
        sys.stdout.buffer.write(csv_bytes(answer, question))
    sys.stdout.flush()
    return codes.DONE


def _say_what_is_lacking(months: Sequence[LackingMonth]) -> None:
    if months:
        labels = sorted({label for month in months for label in month.labels})
        sys.stderr.write(
            f"Part of this was built by an earlier version, without {', '.join(labels)}: unknown there until "
            "the next sync.\n"
        )


def demo(given: Namespace) -> int:
    """Load the demo, or remove it."""
    settings: Settings = from_environment()
    if given.remove:
        operations.remove_demo(settings)
        note(settings, Action.REMOVED_DEMO, "")
        sys.stdout.write("The demo organizations and their data are removed.\n")
        return codes.DONE
    operations.load_demo(settings)
    note(settings, Action.LOADED_DEMO, "")
    return sync(
        Namespace(
            json=False,
            quiet=False,
            connection=None,
            full=False,
            start=None,
            end=None,
            trigger="demo",
            lock_wait=LOCK_WAIT_SECONDS,
        )
    )
