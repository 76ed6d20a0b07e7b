"""API keys that are in use, and that somebody should look at."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl
from sqlite_utils import Database

from core.explore.idle import Suspect, find_suspects, find_unlisted, seen_last
from core.explore.ranking import API_KEYS
from core.ledger.snapshot import Snapshot
from core.periods import day_of
from core.store.directory import list_api_keys, listed_at
from core.store.states import FAILED, list_states
from core.ui.app import data


def suspects_of(ledger: Snapshot, kept: Collection[int], today: date) -> list[Suspect]:
    """Keys of the connections ``kept``, used in the last thirty days, that are not active or in no list, or
    whose creator is gone. Only to whom all is shown: the reasons name people."""
    if ledger.restriction:
        return []
    seen = data.last_seen(ledger, API_KEYS)
    last_days = dict(seen.filter(pl.col("id").is_not_null()).select("id", "last_day").iter_rows())
    with data.store() as db:
        keys = [key for key in list_api_keys(db) if key.connection_id in kept]
        current = {id_ for id_ in listed_at(db, "users") if not _list_failed(db, id_, "users")}
        read_on = {
            id_: day_of(at)
            for id_, at in listed_at(db, "api_keys").items()
            if id_ in kept and not _list_failed(db, id_, "api_keys")
        }
    unlisted = find_unlisted(seen_last(seen), keys, read_on, today)
    return [*find_suspects(keys, last_days, current, today), *unlisted]


def _list_failed(db: Database, connection_id: int, kind: str) -> bool:
    """Whether its last reading failed: who came since is not in it, and not gone."""
    return any(s.stream == kind and s.state == FAILED for s in list_states(db, connection_id))
