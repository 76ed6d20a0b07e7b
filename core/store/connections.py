"""Connected organizations and their encrypted keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from core.clock import parse_rfc3339, rfc3339
from core.dimensions import Origin
from core.errors import InputError
from core.store.database import writing
from core.store.meta import get_meta, raise_ledger_revision, raise_revision, set_meta
from core.store.names import usable_name
from core.store.secrets import Vault, key_hint

_LAST_ID = "last_connection_id"


@dataclass(frozen=True)
class Connection:
    """An organization, under the cost center name people gave it. Holds no key.

    ``organization_name`` is None where the API tells none; ``since`` is the first UTC day wanted.
    """

    id: int
    name: str
    origin: Origin
    organization_id: str
    organization_name: str | None
    key_hint: str
    since: date
    demo: bool
    created_at: datetime


def add_connection(
    db: Database,
    vault: Vault,
    *,
    name: str,
    origin: Origin,
    organization_id: str,
    organization_name: str | None,
    key: str,
    since: date,
    now: datetime,
    demo: bool = False,
) -> Connection:
    """Store a connection whose key was checked.

    Raises:
        InputError: the name is unusable or used, or the organization is connected with that origin.
        SecretKeyError: the key cannot be encrypted.
    """
    encrypted = vault.encrypt(key)
    with writing(db):
        name = require_free_name(db, name)
        require_unconnected(db, origin, organization_id)
        cursor = db.conn.execute(
            "INSERT INTO connections (id, name, origin, organization_id, organization_name, key_hint,"
            " encrypted_key, since, demo, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                _unused_id(db),
                name,
                origin.value,
                organization_id,
                organization_name,
                key_hint(key),
                encrypted,
                since.isoformat(),
                int(demo),
                rfc3339(now),
            ),
        )
        raise_ledger_revision(db)
        return get_connection(db, int(cursor.lastrowid or 0))


def _unused_id(db: Database) -> int:
    """One that no connection ever had: a sync of a removed one may still be storing under its own."""
    (highest,) = db.conn.execute("SELECT coalesce(max(id), 0) FROM connections").fetchone()
    unused = max(int(highest), int(get_meta(db, _LAST_ID) or 0)) + 1
    set_meta(db, _LAST_ID, str(unused))
    return unused


def list_connections(db: Database) -> list[Connection]:
    """All connections, by name."""
    return sorted(_select(db), key=lambda connection: (connection.name.casefold(), connection.id))


def get_connection(db: Database, connection_id: int) -> Connection:
    """Raises InputError when there is none (it may have been removed meanwhile)."""
    found = _select(db, "WHERE id = ?", [connection_id])
    if not found:
        raise InputError(
            "This connection no longer exists.",
            field="connection",
            remedy="Reload the page to see what does.",
        )
    return found[0]


def find_connection(db: Database, name: str) -> Connection:
    """The connection of a cost center name, case aside, or of an id.

    Raises:
        InputError: there is none.
    """
    connections = list_connections(db)
    for connection in connections:
        if connection.name.casefold() == name.strip().casefold():
            return connection
    for connection in connections:
        if str(connection.id) == name.strip():
            return connection
    known = ", ".join(f"“{connection.name}”" for connection in connections) or "none yet"
    raise InputError(
        f"No connection is named “{name.strip()}”.", field="connection", remedy=f"Connected are: {known}."
    )


def rename_connection(db: Database, connection_id: int, name: str) -> Connection:
    """Give another cost center name.

    Raises:
        InputError: the name is unusable or used, or there is no such connection.
    """
    with writing(db):
        get_connection(db, connection_id)
        name = require_free_name(db, name, besides=connection_id)
        db.conn.execute("UPDATE connections SET name = ? WHERE id = ?", [name, connection_id])
        raise_ledger_revision(db)
        return get_connection(db, connection_id)


def rename_organization(db: Database, connection_id: int, organization_name: str) -> None:
    """Keep the organization's own name current."""
    with writing(db):
        changed = db.conn.execute(
            "UPDATE connections SET organization_name = ? WHERE id = ? AND organization_name IS NOT ?",
            [organization_name, connection_id, organization_name],
        )
        if changed.rowcount:
            raise_ledger_revision(db)


def replace_key(db: Database, vault: Vault, connection_id: int, key: str) -> Connection:
    """Store another key, already checked to be of the same organization."""
    encrypted = vault.encrypt(key)
    with writing(db):
        get_connection(db, connection_id)
        db.conn.execute(
            "UPDATE connections SET encrypted_key = ?, key_hint = ? WHERE id = ?",
            [encrypted, key_hint(key), connection_id],
        )
        return get_connection(db, connection_id)


def remove_connection(db: Database, connection_id: int) -> None:
    """Remove a connection with every row it brought."""
    with writing(db):
        get_connection(db, connection_id)
        db.conn.execute("DELETE FROM connections WHERE id = ?", [connection_id])
        raise_revision(db)
        raise_ledger_revision(db)


def read_key(db: Database, vault: Vault, connection_id: int) -> str:
    """The key in the clear, for the client only.

    Raises:
        SecretKeyError: it cannot be decrypted.
        InputError: no such connection.
    """
    get_connection(db, connection_id)
    (encrypted,) = db.conn.execute(
        "SELECT encrypted_key FROM connections WHERE id = ?", [connection_id]
    ).fetchone()
    return vault.decrypt(encrypted)


def require_free_name(db: Database, name: str, *, besides: int | None = None) -> str:
    """The name without outer blanks, if it can be given.

    Raises:
        InputError: it is empty, too long, unprintable or used by another connection.
    """
    taken = [other.name for other in list_connections(db) if other.id != besides]
    return usable_name(name, "cost center name", taken)


def require_unconnected(db: Database, origin: Origin, organization_id: str) -> None:
    """Raises InputError when the organization is connected with that origin."""
    for other in list_connections(db):
        if (other.origin, other.organization_id) == (origin, organization_id):
            raise InputError(
                f"This organization's {origin.value} spend is already connected, as “{other.name}”.",
                field="api_key",
                means="Connecting it twice would count its cost twice.",
                remedy="To use another key, change the key of that connection.",
            )


def _select(db: Database, where: str = "", values: Sequence[Any] = ()) -> list[Connection]:
    found = db.conn.execute(
        "SELECT id, name, origin, organization_id, organization_name, key_hint, since, demo, created_at"
        f" FROM connections {where}",
        values,
    )
    return [
        Connection(
            id=row[0],
            name=row[1],
            origin=Origin(row[2]),
            organization_id=row[3],
            organization_name=row[4],
            key_hint=row[5],
            since=date.fromisoformat(row[6]),
            demo=bool(row[7]),
            created_at=parse_rfc3339(row[8]),
        )
        for row in found
    ]
