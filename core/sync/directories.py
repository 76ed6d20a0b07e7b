"""The directory lists of a Claude Platform organization, as rows of the directory tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from sqlite_utils import Database

from core.api import platform
from core.api.client import Client
from core.api.records import ApiKey, User, Workspace
from core.clock import rfc3339
from core.store.directory import replace_directory
from core.store.nameless import name_nameless
from core.store.states import FAILED, list_states

Record = Mapping[str, object]


def pull_directory(db: Database, client: Client, connection_id: int, kind: str, now: datetime) -> int:
    """Read one list to its end, then store it. Returns its length.

    Raises:
        ApiError: it could not be read; the stored list is unchanged.
    """
    records = list(DIRECTORIES[kind](client))
    count = replace_directory(db, connection_id, kind, records, now)
    if any(state.stream == kind and state.state == FAILED for state in list_states(db, connection_id)):
        name_nameless(db, connection_id, kind)  # pulled since the list failed, without its names
    return count


def _workspaces(client: Client) -> Iterator[Record]:
    return (_workspace(record) for page in platform.fetch_workspaces(client) for record in page)


def _api_keys(client: Client) -> Iterator[Record]:
    return (_api_key(record) for page in platform.fetch_api_keys(client) for record in page)


def _users(client: Client) -> Iterator[Record]:
    return (_user(record) for page in platform.fetch_users(client) for record in page)


DIRECTORIES: dict[str, Callable[[Client], Iterator[Record]]] = {
    "workspaces": _workspaces,
    "api_keys": _api_keys,
    "users": _users,
}
"""Directory table -> how its records are read."""


def _workspace(record: Workspace) -> Record:
    return {
        "workspace_id": record.id,
        "name": record.name,
        "archived_at": _instant(record.archived_at),
        "created_at": _instant(record.created_at),
        "tags": json.dumps(record.tags, sort_keys=True),
    }


def _api_key(record: ApiKey) -> Record:
    return {
        "api_key_id": record.id,
        "name": record.name,
        "key_hint": record.partial_key_hint,
        "status": record.status,
        "workspace_id": record.workspace_id,
        "created_by_id": record.created_by.id if record.created_by else None,
        "created_at": _instant(record.created_at),
        "expires_at": _instant(record.expires_at),
    }


def _user(record: User) -> Record:
    return {
        "user_id": record.id,
        "email": record.email,
        "name": record.name,
        "role": record.role,
        "added_at": _instant(record.added_at),
    }


def _instant(instant: datetime | None) -> str | None:
    return rfc3339(instant) if instant else None
