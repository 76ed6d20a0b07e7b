"""Pulls the name of a Claude Platform organization, and its directory lists as rows of the directory
tables.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from sqlite_utils import Database

from core.api import platform
from core.api.client import Client
from core.api.records import ApiKey, User, Workspace
from core.clock import rfc3339
from core.errors import ApiError, InvalidRequestError
from core.store.connections import Connection, of_another_organization, rename_organization
from core.store.directory import replace_directory
from core.store.learned import DEFAULT_WORKSPACE, read_learned
from core.store.nameless import know_default_workspace, name_nameless
from core.store.states import FAILED, list_states

Record = Mapping[str, object]


def pull_organization_name(db: Database, client: Client, connection: Connection) -> None:
    """Keep the organization's own name current; one that cannot be told stays as it is."""
    with suppress(ApiError):
        told = platform.fetch_organization(client).value
        if told.id == connection.organization_id and told.name.strip():
            rename_organization(db, connection.id, told.name)


def require_its_organization(client: Client, connection: Connection) -> None:
    """A key that is read where it lies may be another one since it was checked.

    Raises:
        InputError: it is of another organization.
        ApiError: that cannot be told.
    """
    if platform.fetch_organization(client).value.id != connection.organization_id:
        raise of_another_organization(connection)


def pull_directory(db: Database, client: Client, connection_id: int, kind: str, now: datetime) -> int:
    """Read one list to its end, then store it. Returns its length.

    Raises:
        ApiError: it could not be read; the stored list is unchanged.
    """
    records, has_default = _read(client, kind)
    count = replace_directory(db, connection_id, kind, records, now)
    if any(state.stream == kind and state.state == FAILED for state in list_states(db, connection_id)):
        name_nameless(db, connection_id, kind)  # pulled since the list failed, without its names
    if has_default:
        with suppress(ApiError):  # the list is read; the next sync asks again
            _learn_default(
                db, client, connection_id, {str(workspace["workspace_id"]) for workspace in records}, now
            )
    return count


def _read(client: Client, kind: str) -> tuple[list[Record], bool]:
    """A whole list, and whether the default workspace may be in it: older servers refuse to be asked so."""
    try:
        records = list(DIRECTORIES[kind](client))
    except InvalidRequestError:
        if kind != "workspaces":
            raise
        return list(_other_workspaces(client)), False
    return records, kind == "workspaces" and bool(records)


def _learn_default(db: Database, client: Client, connection_id: int, listed: set[str], now: datetime) -> None:
    """Find the default workspace's real id: the one that only a list asked for with it holds.

    Nothing else tells it, for any workspace may be named "Default". It is asked for until it is known.
    """
    if read_learned(db, connection_id).text("workspaces", DEFAULT_WORKSPACE):
        return
    only_with = listed - {str(workspace["workspace_id"]) for workspace in _other_workspaces(client)}
    if len(only_with) == 1:
        know_default_workspace(db, connection_id, only_with.pop(), now)


def _workspaces(client: Client) -> Iterator[Record]:
    pages = platform.fetch_workspaces(client, include_default=True)
    return (_workspace(record) for page in pages for record in page)


def _other_workspaces(client: Client) -> Iterator[Record]:
    """All but the default one."""
    pages = platform.fetch_workspaces(client, include_default=False)
    return (_workspace(record) for page in pages for record in page)


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
        "tags": json.dumps(record.tags or {}, sort_keys=True),
    }


def _api_key(record: ApiKey) -> Record:
    return {
        "api_key_id": record.id,
        "name": record.name or record.id,
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
