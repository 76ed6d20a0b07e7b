"""Everything a user can do: the one place that puts sync, ledger and demo together.

The pages and the command line call these; neither knows how the parts fit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

import httpx

from core import follow_up, upkeep
from core.clock import Clock, utc_now
from core.demo.transport import DEMO_KEYS, demo_transport
from core.ledger.build import forget_connection, relabel
from core.ledger.publish import current_snapshot
from core.ledger.snapshot import Snapshot
from core.periods import Period, day_of
from core.probe.recording import Recorded, record
from core.probe.walk import Walk, walk
from core.reach import default_since
from core.settings import Settings
from core.store import backup, rotation
from core.store.connections import (
    Connection,
    find_connection,
    list_connections,
    of_another_organization,
    read_key,
    remove_connection,
    rename_connection,
)
from core.store.database import database
from core.store.reclaim import reclaim
from core.store.runs import RunStatus, current_run, request_stop
from core.store.secrets import Vault
from core.sync import connect as connecting
from core.sync import worker
from core.sync.connect import NewConnection
from core.sync.lock import sync_lock
from core.sync.runner import SyncOptions, run_sync


def connect(settings: Settings, *, name: str, key: str, since: date, clock: Clock = utc_now) -> Connection:
    """Check a key and store the connection; see :func:`core.sync.connect.connect` for what it raises."""
    connection = connecting.connect(settings, NewConnection(name, key, since), clock=clock)
    follow_up.ship_dashboards(settings, clock)
    _view(settings)
    return connection


def change_key(settings: Settings, connection_id: int, key: str) -> Connection:
    """Give a connection another key of the same organization. The old one leaves no byte on the disk."""
    changed = connecting.change_key(settings, connection_id, key)
    reclaim(settings)
    return changed


def verify_key(settings: Settings, connection: Connection, clock: Clock = utc_now) -> datetime | None:
    """Ask Anthropic whether a key still opens all that a sync reads; returns what time it is there, if told.

    Raises:
        SecretKeyError: the key cannot be decrypted.
        ApiError: it is refused, or lacks a scope.
        InputError: it opens another organization than the one connected.
    """
    with database(settings) as db:
        key = read_key(db, Vault(settings), connection.id)
    transport = _transport_for(clock)(connection)
    check = connecting.check_key(settings, key, clock=clock, transport=transport)
    if check.organization_id != connection.organization_id:
        raise of_another_organization(connection)
    return check.told_at


def walk_service(
    settings: Settings,
    connection: Connection,
    clock: Clock = utc_now,
    sleep: Callable[[float], None] = time.sleep,
) -> Walk:
    """Look at what a connection's service grants, beside what is assumed of it; see :mod:`core.probe.walk`.

    Raises:
        SecretKeyError: the key cannot be decrypted.
    """
    return walk(settings, connection, clock=clock, transport=_transport_for(clock)(connection), sleep=sleep)


def record_service(
    settings: Settings,
    connection: Connection,
    folder: Path,
    *,
    day: date | None = None,
    clock: Clock = utc_now,
    sleep: Callable[[float], None] = time.sleep,
) -> Recorded:
    """Record a day of a connection's service; see :func:`core.probe.recording.record` for what it raises."""
    transport = _transport_for(clock)(connection)
    return record(settings, connection, folder, day=day, clock=clock, transport=transport, sleep=sleep)


def rename(settings: Settings, connection_id: int, name: str) -> Connection:
    """Give a connection another cost center name."""
    with database(settings) as db:
        renamed = rename_connection(db, connection_id, name)
    relabel(settings)
    return renamed


def remove(settings: Settings, connection_id: int) -> None:
    """Remove a connection with all its data, and give back the room it took."""
    with database(settings) as db:
        remove_connection(db, connection_id)
    relabel(settings)
    forget_connection(settings, connection_id)
    reclaim(settings)


def back_up(settings: Settings, file: Path, *, with_secrets: bool = False) -> None:
    """Copy the whole database into a new file; see :func:`core.store.backup.back_up` for what it raises."""
    backup.back_up(settings, file, with_secrets=with_secrets)


def restore(settings: Settings, file: Path, clock: Clock = utc_now) -> None:
    """Put a copy in the place of the database, and build the ledger from it.

    Raises:
        SyncBusyError: a sync is running.
        InputError, StoreError: as :func:`core.store.backup.restore` does.
    """
    with sync_lock(settings):
        backup.restore(settings, file)
        upkeep.build_ledger(settings, clock)


def rotate_secret(settings: Settings) -> int:
    """Encrypt every key with another secret; see :mod:`core.store.rotation` for what it raises."""
    return rotation.rotate_secret(settings)


def load_demo(settings: Settings, clock: Clock = utc_now) -> None:
    """Connect the demo's organizations that are not connected yet; a sync then pulls them as any other."""
    since = default_since(day_of(clock()))
    with database(settings) as db:
        connected = list_connections(db)
    present = {connection.organization_id for connection in connected}
    taken = {connection.name.casefold() for connection in connected}
    for demo in DEMO_KEYS:
        if demo.organization_id not in present:
            used = demo.cost_center.casefold() in taken
            name = f"{demo.cost_center} (demo)" if used else demo.cost_center
            new = NewConnection(name, demo.key, since, demo=True)
            connecting.connect(settings, new, clock=clock, transport=demo_transport(clock))
    follow_up.ship_dashboards(settings, clock)


def remove_demo(settings: Settings) -> None:
    """Remove the demo's organizations with all their data; others are untouched."""
    with database(settings) as db:
        demo = [connection.id for connection in list_connections(db) if connection.demo]
    for connection_id in demo:
        remove(settings, connection_id)


def connections(settings: Settings, name: str | None = None) -> Sequence[Connection]:
    """All connections, or the one of a name or id.

    Raises:
        InputError: there is none of it.
    """
    with database(settings) as db:
        return [find_connection(db, name)] if name else list_connections(db)


def start_sync(settings: Settings, *, period: Period | None = None, connection: str | None = None) -> None:
    """Start a sync in the background, or let the running one go on.

    ``period``: pull its days again, too. ``connection``: only this cost center. A sync with such wishes waits
    for a running one to end, then does its own.
    """
    worker.start_worker(settings, period=period, connection=connection)


def stop_sync(settings: Settings) -> int | None:
    """Ask the running sync to stop, which cuts its requests; returns its run's id, None when none runs."""
    with database(settings) as db:
        run = current_run(db)
        return run.id if run and request_stop(db) else None


def open_ledger(settings: Settings, clock: Clock = utc_now) -> Snapshot:
    """The ledger as it stands now; what was lost, files or the manifest, is first made from the database.

    Raises:
        SyncBusyError: files are missing and a running sync will rebuild them.
        StoreError: the database or the ledger folder cannot be used.
    """
    view = _view(settings)
    if view.is_whole:
        return view
    with sync_lock(settings):
        upkeep.build_ledger(settings, clock)
    return _view(settings)


def _view(settings: Settings) -> Snapshot:
    with database(settings) as db:
        return current_snapshot(db, settings)


def sync_options(clock: Clock = utc_now) -> SyncOptions:
    """A sync as this program does it: the demo through its simulator, the ledger rebuilt as data lands."""
    return SyncOptions(
        build=partial(upkeep.build_ledger, clock=clock),
        afterwards=partial(follow_up.follow_up, clock=clock),
        transport_for=_transport_for(clock),
        clock=clock,
    )


def sync(
    settings: Settings,
    *,
    connection: str | None = None,
    full: bool = False,
    period: Period | None = None,
    clock: Clock = utc_now,
) -> RunStatus:
    """Sync here and now; see :func:`core.sync.runner.run_sync` for what it raises."""
    options = replace(sync_options(clock), connection=connection, full=full, period=period)
    return run_sync(settings, options)


def _transport_for(clock: Clock) -> Callable[[Connection], httpx.BaseTransport | None]:
    return lambda connection: demo_transport(clock) if connection.demo else None
