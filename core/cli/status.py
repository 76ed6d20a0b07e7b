"""What is connected, how fresh and how complete it is, and the sync that runs."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from sqlite_utils import Database

from core.cli.sync_report import failure_json, overall, progress_json
from core.clock import parse_rfc3339, rfc3339, utc_now
from core.explore.control_differences import count_faults
from core.ledger.behind import unbuilt_months
from core.periods import ONE_DAY, Period, day_of
from core.settings import Settings
from core.store.aftermath import problems_of_steps
from core.store.backup_schedule import BackupState, backup_state
from core.store.bills import bill_in_use
from core.store.connections import Connection, list_connections
from core.store.coverage import covered_days, stored_rows
from core.store.database import database
from core.store.days import DayKind, Gap, gaps_of, together
from core.store.failures import list_failures
from core.store.known_days import known_days
from core.store.runs import RunStatus, current_run, last_good_sync_at, list_runs
from core.store.states import list_states
from core.streams import newest_streams_of, streams_of

_LAST_FAILURES = 5
_ENDS = {
    "ok": "went through",
    "partial": "is incomplete",
    "failed": "failed",
    "stopped": "was stopped",
    "died": "died",
}


def status_of(settings: Settings) -> dict[str, Any]:
    """The running sync, or else how the last one ended, and each connection, as plain values."""
    with database(settings) as db:
        run = current_run(db)
        last = None if run else next(iter(list_runs(db, 1)), None)
        behind = Counter(month.connection_id for month in unbuilt_months(db))
        faults = count_faults(db)
        connections = [
            _connection(db, connection, behind[connection.id], faults[connection.id])
            for connection in list_connections(db)
        ]
        backups, aftermath = backup_state(db), problems_of_steps(db)
    return {
        "sync": _sync(run) if run else None,
        "backup": _backup(backups),
        "last_sync": _last(last) if last else None,
        "after_sync": aftermath,
        "connections": connections,
    }


def _backup(state: BackupState) -> dict[str, Any]:
    """Of those that are made by themselves."""
    return {"last_at": rfc3339(state.at) if state.at else None, "problem": state.problem or None}


def _last(run: RunStatus) -> dict[str, Any]:
    """How the latest run ended. None other is under way: one without an end died where nothing is written."""
    return {"run": run.id, "trigger": run.trigger, **progress_json(run), "outcome": run.outcome or "died"}


def _sync(run: RunStatus) -> dict[str, Any]:
    now = utc_now()
    left = run.seconds_left(now)
    parts = [
        {
            "name": part.name,
            **progress_json(part),
            "report": part.stream,
            "waiting_until": rfc3339(part.waiting_until) if part.waiting_until else None,
        }
        for part in run.connections
    ]
    return {
        "run": run.id,
        "trigger": run.trigger,
        "stopping": run.stop_requested,
        **progress_json(run),
        "seconds_left": round(left) if left is not None else None,
        "says": overall(run, now),
        "connections": parts,
    }


def _connection(
    db: Database, connection: Connection, months_not_built: int, differences: int
) -> dict[str, Any]:
    last = last_good_sync_at(db, connection.id)
    problems = [state for state in list_states(db, connection.id) if state.state != "ok"]
    failures = list_failures(db, connection_id=connection.id, limit=_LAST_FAILURES)
    return {
        "id": connection.id,
        "name": connection.name,
        "origin": connection.origin.value,
        "organization_id": connection.organization_id,
        "organization": connection.organization,
        "key_hint": connection.key_hint,
        "history_since": connection.since.isoformat(),
        "demo": connection.demo,
        "last_good_sync_at": rfc3339(last) if last else None,
        "rows": stored_rows(db, connection.id),
        **_bill(db, connection),
        "months_not_built": months_not_built,
        "differences": differences,
        **_coverage(db, connection),
        "problems": [
            {"stream": s.stream, "state": s.state, "message": s.message, "request_id": s.request_id}
            for s in problems
        ],
        "failures": [failure_json(failure) for failure in failures],
    }


def _bill(db: Database, connection: Connection) -> dict[str, Any]:
    """Which of Anthropic's reports new days rest on, since which day."""
    in_use = bill_in_use(db, connection.id, connection.origin)
    return {"bill": in_use.bill.value, "bill_since": in_use.since.isoformat() if in_use.since else None}


def _coverage(db: Database, connection: Connection) -> dict[str, Any]:
    """The days from the first to the last that any report covers, half-open, and what lacks between.

    ``gap_days`` is None before anything is covered. Today's cost, which no report can hold yet, is no gap.
    ``incomplete_days`` have rows that could not be counted; ``reduced_days`` are kept with fewer dimensions.
    """
    streams = [stream.name for stream in streams_of(connection.origin)]
    pulled = (*streams, *(stream.name for stream in newest_streams_of(connection.origin)))
    known = {day for stream in pulled for day in covered_days(db, connection.id, stream)}
    if not known:
        return {**_NOTHING_KNOWN}
    span = Period(min(connection.since, *known), max(known) + ONE_DAY)
    states = together(known_days(db, connection, streams, span, day_of(utc_now())).values())
    gaps = gaps_of(states)
    return {
        "covered_from": min(known).isoformat(),
        "covered_to": span.end.isoformat(),
        "gap_days": sum(gap.period.days for gap in gaps),
        "gaps": [_gap(gap) for gap in gaps],
        "incomplete_days": [state.day.isoformat() for state in states if state.set_aside],
        "rows_set_aside": sum(state.set_aside for state in states),
        "reduced_days": sum(state.is_reduced for state in states),
        "provisional_days": sum(state.kind is DayKind.PROVISIONAL for state in states),
    }


_NOTHING_KNOWN: dict[str, Any] = {
    "covered_from": None,
    "covered_to": None,
    "gap_days": None,
    "gaps": [],
    "incomplete_days": [],
    "rows_set_aside": 0,
    "reduced_days": 0,
    "provisional_days": None,
}


def _gap(gap: Gap) -> dict[str, Any]:
    return {"from": gap.period.start.isoformat(), "to": gap.period.end.isoformat(), "why": gap.kind.value}


def status_lines(status: dict[str, Any]) -> str:
    """The same for people."""
    running = f"A sync is running: {status['sync']['says']}.\n" if status["sync"] else ""
    if not status["connections"]:
        return (
            f"{running}Nothing is connected. Connect an organization, or load the demo: python -m core demo\n"
        )
    backup = f"{status['backup']['problem']}\n" if status["backup"]["problem"] else ""
    told = "".join(_lines(state) for state in status["connections"])
    aftermath = "".join(f"{problem}\n" for problem in status["after_sync"])
    return f"{running}{_ended(status['last_sync'])}{backup}{aftermath}{told}"


def _ended(last: dict[str, Any] | None) -> str:
    """What went wrong with the whole of the last sync; its connections tell their own."""
    if not last or not (last["outcome"] == "died" or last["message"]):
        return ""
    return f"The last sync {_ENDS[last['outcome']]}. {last['message']}".rstrip() + "\n"


def _lines(state: dict[str, Any]) -> str:
    demo = " (demo)" if state["demo"] else ""
    head = (
        f"{state['name']}{demo}: {state['origin']}, {state['organization']}, key {state['key_hint']}, "
        f"{_freshness(state)}, {_history(state)}, {state['rows']:,} rows\n"
    )
    months = state["months_not_built"]
    behind = f"  {months} {'month' if months == 1 else 'months'} pulled but not yet built: run sync again\n"
    said = dict.fromkeys(f"  {problem['message']}\n" for problem in state["problems"])  # each sentence once
    return head + "".join((behind if months else "", *said))


def _freshness(state: dict[str, Any]) -> str:
    if state["last_good_sync_at"]:
        return f"last complete sync {parse_rfc3339(state['last_good_sync_at']):%Y-%m-%d %H:%M} UTC"
    return "no complete sync yet"


def _history(state: dict[str, Any]) -> str:
    if state["gap_days"] is None:
        return f"history since {state['history_since']} not pulled yet"
    # What comes before the first covered day is among the missing ones.
    first = min(state["covered_from"], state["history_since"])
    last = date.fromisoformat(state["covered_to"]) - ONE_DAY
    days = state["gap_days"]
    gaps = f"{_count(days, 'day')} missing" if days else "no gaps"
    return f"days {first} to {last} with {gaps}{_incomplete(state)}"


def _incomplete(state: dict[str, Any]) -> str:
    """What is known of days, and not whole."""
    rows, days, reduced = state["rows_set_aside"], len(state["incomplete_days"]), state["reduced_days"]
    parts = [f", {_count(rows, 'row')} of {_count(days, 'day')} not counted"] if rows else []
    parts += [f", {_count(reduced, 'day')} with fewer dimensions"] if reduced else []
    return "".join(parts)


def _count(number: int, singular: str) -> str:
    return f"{number:,} {singular if number == 1 else singular + 's'}"
