"""What is told of connections: syncs, keys, late data, revised days, Anthropic's totals, first data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from core.alerts.message import plain
from core.alerts.verdict import Verdict, over, staying
from core.alerts.world import World
from core.explore.control_differences import ControlDifference, differences
from core.explore.plan_figures import scope_of
from core.explore.scan import kept_connections
from core.formats import day_label
from core.ledger.meanings import meaning_of
from core.money import usd_label
from core.periods import FIRST_DAY, LAST_DAY, Period, day_of
from core.store.alert_rules import Rule
from core.store.backup_schedule import backup_state
from core.store.changes import DayChange, list_changes
from core.store.connections import Connection, list_connections
from core.store.coverage import stored_rows
from core.store.failures import KEY, PERMISSION, list_failures
from core.store.runs import ConnectionProgress, RunStatus, list_runs

_NEW_CONNECTION = timedelta(days=7)
_LOOKED_AT_RUNS, _ALL_RUNS = 50, 5_000
_REVISED_LATELY = timedelta(days=14)
_HOUR = timedelta(hours=1)
_DONE = ("ok", "partial")


def connections_of(world: World, rule: Rule) -> list[Connection]:
    """Those that the rule's scope leaves.

    Raises:
        InputError: the scope cannot be read.
    """
    kept = kept_connections(world.ledger, scope_of(rule.content.scope))
    built = {info.id for info in world.ledger.connections}
    everything = not rule.content.scope
    return [
        connection
        for connection in world.once("connections", lambda: list_connections(world.db))
        if connection.id in kept or (everything and connection.id not in built)
    ]


def _ended_runs(world: World) -> list[RunStatus]:
    """Those that ended by then, the latest first."""
    most = _ALL_RUNS if world.is_looked_back_from else _LOOKED_AT_RUNS
    runs: list[RunStatus] = world.once("runs", lambda: list_runs(world.db, most))
    return [
        run for run in runs if run.finished_at and run.finished_at <= world.now and run.outcome != "stopped"
    ]


def ended_at(world: World) -> list[datetime]:
    """When the syncs ended since the first day that is asked for, the first one first."""
    ends = [run.finished_at for run in _ended_runs(world.at(world.present)) if run.finished_at]
    return sorted(end for end in ends if day_of(end) >= world.first)


def syncs(world: World, rule: Rule) -> Iterator[Verdict]:
    """Of backups, of runs, and of each connection."""
    ended = _ended_runs(world)
    if not (rule.content.scope or world.is_past):
        yield _backups(world)
    if ended and not rule.content.scope:
        yield _run(ended[0])
    for connection in connections_of(world, rule):
        if last := _last(ended, connection):
            yield _of_connection(world, *last)


def _backups(world: World) -> Verdict:
    """Nothing is wrong where none are made by themselves."""
    problem = backup_state(world.db).problem
    if not problem:
        return over("sync:backup", "Backups are made again", "The last backup is sound.", "sync")
    return Verdict("sync:backup", 1, "Backups do not work", problem, "sync")


def _last(ended: Sequence[RunStatus], connection: Connection) -> tuple[RunStatus, ConnectionProgress] | None:
    parts = (
        (run, part)
        for run in ended
        for part in run.connections
        if part.connection_id == connection.id and part.outcome in (*_DONE, "failed")
    )
    return next(parts, None)


def _run(run: RunStatus) -> Verdict:
    """A sync that died, or whose ledger could not be built: its connections do not tell."""
    key = "sync:run"
    if run.outcome != "died" and not run.message:
        return over(key, "Syncs run to their end again", "The last sync ran to its end.", "sync")
    says = f"{run.message} Until a sync goes through, newer days are missing."
    return Verdict(key, 1, "The last sync did not run to its end", says, "sync")


def _of_connection(world: World, run: RunStatus, part: ConnectionProgress) -> Verdict:
    """The graver, the higher its level: incomplete, failed, key refused."""
    key, name = f"sync:{part.connection_id}", plain(part.name)
    if part.outcome == "ok":
        text = f"The last sync of {name} brought all it was to bring."
        return over(key, f"{name} syncs again", text, "sync")
    if _is_refused(world, run, part):
        return _refused(key, part)
    text = f"{part.explanation} What was pulled before is kept; the next sync tries again."
    if part.outcome == "failed":
        return Verdict(key, 2, f"The sync of {name} failed", text, "sync", graded=True)
    return Verdict(key, 1, f"The sync of {name} is incomplete", text, "sync", graded=True)


def keys(world: World, rule: Rule) -> Iterator[Verdict]:
    """Of each connection, whether its key was refused by the last sync; other failures do not tell."""
    ended = _ended_runs(world)
    for connection in connections_of(world, rule):
        if not (last := _last(ended, connection)):
            continue
        run, part = last
        key, name = f"key:{connection.id}", plain(part.name)
        if _is_refused(world, run, part):
            yield _refused(key, part)
        elif part.outcome in _DONE:
            text = "The last sync pulled with it, and it was not refused."
            yield over(key, f"The API key of {name} works again", text, "sync")
        else:
            yield staying(key)


def _is_refused(world: World, run: RunStatus, part: ConnectionProgress) -> bool:
    if part.outcome == "ok":
        return False
    failures = list_failures(world.db, run_id=run.id, connection_id=part.connection_id)
    return any(f.kind == KEY or (f.kind == PERMISSION and not f.stream) for f in failures)


def _refused(key: str, part: ConnectionProgress) -> Verdict:
    name = plain(part.name)
    text = (
        f"{part.explanation} Nothing new is pulled for {name} until its key works: enter another one in "
        "Settings."
    )
    return Verdict(key, 3, f"The API key of {name} was refused", text, "settings", graded=True)


def late(world: World, rule: Rule) -> Iterator[Verdict]:
    """Of each connection, how long ago its data end. How far they once reached is not kept."""
    if world.is_past:
        return
    reached = {held.connection_id: held.data_as_of for held in world.held}
    for connection in connections_of(world, rule):
        yield _lateness(connection, reached.get(connection.id), world.now, rule.terms.threshold or 0)


def _lateness(connection: Connection, reached: datetime | None, now: datetime, hours: int) -> Verdict:
    key, name = f"late:{connection.id}", plain(connection.name)
    age = (now - (reached or connection.created_at)) // _HOUR
    if age < hours:
        until = f"They reach {reached:%Y-%m-%d %H:%M} UTC." if reached else "It was added just now."
        return over(key, f"The data of {name} are up to date again", until, "sync")
    how_long = f"{age:,} hours" if age < _DAYS else f"{age // 24:,} days"
    if reached is None:
        subject = f"{name} has no data, {how_long} after it was added"
    else:
        subject = f"The data of {name} are {how_long} old"
    ends = f"They end {reached:%Y-%m-%d %H:%M} UTC. " if reached else ""
    return Verdict(key, age, subject, f"{ends}The Sync page says why; newer days are unknown.", "sync")


_DAYS = 72
"""From so many hours on, they are counted in days."""


def revised(world: World, rule: Rule) -> Iterator[Verdict]:
    """Of each connection and day on which past days were revised: those that moved by the amount or more."""
    for connection in connections_of(world, rule):
        for changed_on, moved in sorted(_moved(world, connection, rule).items()):
            largest = max(moved, key=lambda day: abs(moved[day]))
            level = sum(map(abs, moved.values()))
            name = plain(connection.name)
            days, by = _count(len(moved), "past day"), _signed(sum(moved.values()))
            subject = f"{days} of {name} {'was' if len(moved) == 1 else 'were'} revised by {by}"
            text = (
                f"Pulled again on {day_label(changed_on)}. The largest: {day_label(largest)}, by "
                f"{_signed(moved[largest])}. The Sync page lists every change."
            )
            yield Verdict(f"revised:{connection.id}:{changed_on}", level, subject, text, "sync")


def _moved(world: World, connection: Connection, rule: Rule) -> dict[date, dict[date, int]]:
    """Day of the change -> day that moved -> by how much."""
    since = max(world.today - _REVISED_LATELY, day_of(rule.on_since) if rule.on_since else date.min)
    moved: dict[date, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for change in _changes(world):
        changed_on = day_of(change.changed_at)
        if change.cost_center == connection.name and changed_on >= since and change.changed_at <= world.now:
            moved[changed_on][change.day] += change.moved
    kept = {
        changed_on: {day: by for day, by in days.items() if abs(by) >= (rule.terms.threshold or 0)}
        for changed_on, days in moved.items()
    }
    return {changed_on: days for changed_on, days in kept.items() if days}


def _changes(world: World) -> list[DayChange]:
    """Of dollars, without reports that count them again."""
    since = world.first - _REVISED_LATELY
    changes: list[DayChange] = world.once(
        "changes", lambda: list_changes(world.db, before_day=day_of(world.present), since=since)
    )
    return [change for change in changes if change.is_cost and change.is_total]


def _signed(amount: int) -> str:
    return f"{'+' if amount > 0 else ''}{usd_label(amount)}"


def totals(world: World, rule: Rule) -> Iterator[Verdict]:
    """The more days differ, the graver. What differed before is not kept."""
    if world.is_past:
        return
    differing = differences(world.db, world.ledger.connections, Period(FIRST_DAY, LAST_DAY))
    faults = [
        check for check in differing if check.expected is not None and meaning_of(check.measure).is_fault
    ]
    kept = kept_connections(world.ledger, scope_of(rule.content.scope))
    for connection in (info for info in world.ledger.connections if info.id in kept):
        key, name = f"totals:{connection.id}", plain(connection.cost_center)
        of_it = [check for check in faults if check.connection_id == connection.id]
        days = {check.day for check in of_it}
        if of_it:
            subject = f"{name} differs from Anthropic's totals on {_count(len(days), 'day')}"
            yield Verdict(key, len(days), subject, _difference(of_it[0]), "sync")
        else:
            text = f"The ledger of {name} equals Anthropic's totals on every day that can be compared."
            yield over(key, f"{name} equals Anthropic's totals again", text, "sync")


def _difference(first: ControlDifference) -> str:
    meaning = meaning_of(first.measure)
    what = f"The first is {first.day}, {meaning.compared}."
    return f"{what} {meaning.means} {meaning.do} Not to be relied on: {meaning.touches}."


def first_data(world: World, rule: Rule) -> Iterator[Verdict]:
    """Of each connection added in the last week, once a sync has brought something."""
    ended = _ended_runs(world)
    for connection in connections_of(world, rule):
        is_new = world.now - connection.created_at <= _NEW_CONNECTION
        if is_new and _has_synced(ended, connection) and stored_rows(world.db, connection.id):
            name = plain(connection.name)
            called = connection.organization_name
            of = f" of the organization {plain(called)}" if called else ""
            text = f"The first data of {name}{of} were pulled and can be looked at."
            key = f"first-data:{connection.id}"
            yield Verdict(key, 1, f"First data of {name}", text, "overview", once=True)


def _has_synced(ended: Sequence[RunStatus], connection: Connection) -> bool:
    last = _last(ended, connection)
    return last is not None and last[1].outcome in _DONE


def _count(number: int, singular: str) -> str:
    return f"{number:,} {singular}{'' if number == 1 else 's'}"
