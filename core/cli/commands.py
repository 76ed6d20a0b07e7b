"""The commands. Each takes its parsed arguments and returns the exit code."""

from __future__ import annotations

import getpass
import json
import os
import sys
from argparse import Namespace
from datetime import date, timedelta

from core import operations
from core.cli.report import SyncReport, connection_states, status_lines
from core.clock import utc_now
from core.errors import InputError
from core.explore.engine import rows
from core.explore.export import csv_bytes, json_text
from core.explore.labels import parse_filters
from core.explore.query import Query
from core.periods import Period, day_of
from core.settings import Settings, from_environment
from core.store.coverage import REACH_DAYS


def connect(given: Namespace) -> int:
    """Check a key and store the connection."""
    settings = from_environment()
    since = given.since or _year_ago()
    connected = operations.connect(settings, name=given.name, key=_key(given.key_env), since=since)
    sys.stdout.write(
        f"Connected {connected.name}: {connected.origin.value}, "
        f"{connected.organization_name or connected.organization_id}. Now run: python -m core sync\n"
    )
    return 0


def _key(variable: str | None) -> str:
    if variable:
        if not os.environ.get(variable):
            raise InputError(f"The variable {variable} is not set.", remedy="Export it with the API key.")
        return os.environ[variable]
    if sys.stdin.isatty():
        return getpass.getpass("API key (not shown): ")
    return sys.stdin.readline().strip()


def _year_ago() -> date:
    return day_of(utc_now()) - timedelta(days=REACH_DAYS - 1)


def sync(given: Namespace) -> int:
    """Pull what is due; 0 when all of it came, 1 when some did not."""
    report = SyncReport(sys.stdout, as_json=given.json, quiet=given.quiet)
    run = operations.sync(
        from_environment(),
        connection=given.connection,
        full=given.full,
        period=_period_again(given.start, given.end),
        trigger=given.trigger,
        report=report.progress,
        lock_seconds=given.lock_wait,
    )
    report.finished(run, sys.stderr)
    return 0 if run.outcome == "ok" else 1


def _period_again(start: date | None, end: date | None) -> Period | None:
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise InputError("--from and --to go together.", remedy="Give both; --to is the day after the last.")
    return _period(start, end)


def _period(start: date, end: date) -> Period:
    if end <= start:
        raise InputError(
            "The range ends before it holds a day.", remedy="--to is the day after the last day."
        )
    return Period(start, end)


def status(given: Namespace) -> int:
    """Print each connection's state."""
    states = connection_states(from_environment())
    if given.json:
        sys.stdout.write(json.dumps(states, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(status_lines(states))
    return 0


def query(given: Namespace) -> int:
    """Print a query's answer as CSV or JSON."""
    question = Query(
        (given.measure,), _period(given.start, given.end), given.group_by, parse_filters(given.where)
    )
    answer = rows(operations.open_ledger(from_environment()), question)
    if given.format == "json":
        sys.stdout.write(json_text(answer, question))
    else:
        sys.stdout.buffer.write(csv_bytes(answer, question))
    sys.stdout.flush()
    return 0


def demo(given: Namespace) -> int:
    """Load the demo, or remove it."""
    settings: Settings = from_environment()
    if given.remove:
        operations.remove_demo(settings)
        sys.stdout.write("The demo organizations and their data are removed.\n")
        return 0
    operations.load_demo(settings)
    return sync(
        Namespace(
            json=False,
            quiet=False,
            connection=None,
            full=False,
            start=None,
            end=None,
            trigger="demo",
            lock_wait=60,
        )
    )
