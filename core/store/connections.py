"""Connected organizations and their encrypted keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.dimensions import Origin
from core.errors import InputError
from core.store.columns import stored_instant
from core.store.database import insert, writing
from core.store.findings import forget_findings
from core.store.given_names import named_or_numbered, usable_name
from core.store.key_references import is_reference, key_behind
from core.store.meta import get_meta, raise_ledger_revision, raise_revision, set_meta
from core.store.outbox import forget_connection
from core.store.renamed_filters import follow_name
from core.store.secrets import Vault, key_hint

_LAST_ID = "last_connection_id"


@dataclass(frozen=True)
class Connection:
    """An organization, under the cost center name people gave it. Holds no key.

    ``organization_name`` is None where the API tells none; ``since`` is the first UTC day wanted.
    ``key_reference``: where the key is read at each use, None where it is stored; ``key_hint`` says the same.
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
    key_reference: str | None = None

    @property
    def organization(self) -> str:
        """As it is called: by its own name, else by its id."""
        return self.organization_name or self.organization_id


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
    """Store a connection whose key was checked. ``key`` may be a reference.

    Raises:
        InputError: the name is unusable or used, or the organization is connected with that origin.
        SecretKeyError: the key cannot be encrypted.
    """
    with writing(db):
        kept = _kept(vault, key)  # inside, so that the secret is not changed meanwhile
        name = require_free_name(db, name)
        require_unconnected(db, origin, organization_id)
        connection = {
            "id": _unused_id(db),
            "name": name,
            "origin": origin.value,
            "organization_id": organization_id,
            "organization_name": organization_name,
            **kept,
            "since": since.isoformat(),
            "demo": int(demo),
            "created_at": rfc3339(now),
        }
        connection_id = insert(db, "connections", connection)
        raise_ledger_revision(db)
        return get_connection(db, connection_id)


def _kept(vault: Vault, key: str) -> dict[str, object]:
    """What the columns hold of a key: it, encrypted, or where it is."""
    if is_reference(key):
        return {"encrypted_key": b"", "key_hint": key, "key_reference": key}
    return {"encrypted_key": vault.encrypt(key), "key_hint": key_hint(key), "key_reference": None}


def _unused_id(db: Database) -> int:
    """One that no connection ever had: a sync of a removed one may still be storing under its own."""
    highest = next(db.query("SELECT coalesce(max(id), 0) AS id FROM connections"))["id"]
    unused = max(int(highest), int(get_meta(db, _LAST_ID) or 0)) + 1
    set_meta(db, _LAST_ID, str(unused))
    return unused


def list_connections(db: Database) -> list[Connection]:
    """All connections, by name."""
    return sorted(_select(db), key=lambda connection: (connection.name.casefold(), connection.id))


def get_connection(db: Database, connection_id: int) -> Connection:
    """Raises InputError when there is none (it may have been removed meanwhile)."""
    for connection in _select(db, "WHERE id = :id", id=connection_id):
        return connection
    raise InputError(
        "This connection no longer exists.",
        field="connection",
        remedy="Reload the page to see what does.",
    )


def find_connection(db: Database, name: str) -> Connection:
    """The connection of a cost center name, case aside, or of an id.

    Raises:
        InputError: there is none.
    """
    return named_or_numbered(list_connections(db), name, "connection")


def rename_connection(db: Database, connection_id: int, name: str) -> Connection:
    """Give another cost center name.

    Raises:
        InputError: the name is unusable or used, or there is no such connection.
    """
    with writing(db):
        before = get_connection(db, connection_id).name
        name = require_free_name(db, name, besides=connection_id)
        db.table("connections").update(connection_id, {"name": name})
        follow_name(db, "cost_center", before, name)
        raise_ledger_revision(db)
        return get_connection(db, connection_id)


def rename_organization(db: Database, connection_id: int, organization_name: str) -> None:
    """Keep the organization's own name current."""
    with writing(db):
        called = {connection.id: connection.organization for connection in list_connections(db)}
        before = called.pop(connection_id, organization_name)
        if before == organization_name:
            return
        db.table("connections").update(connection_id, {"organization_name": organization_name})
        if before not in called.values():
            follow_name(db, "organization", before, organization_name)
        raise_ledger_revision(db)


def replace_key(db: Database, vault: Vault, connection_id: int, key: str) -> Connection:
    """Store another key or reference, already checked to be of the same organization; zeros over the old."""
    db.conn.execute("PRAGMA secure_delete = ON")
    with writing(db):
        kept = _kept(vault, key)
        get_connection(db, connection_id)
        db.table("connections").update(connection_id, kept)
        return get_connection(db, connection_id)


def remove_connection(db: Database, connection_id: int) -> None:
    """Remove a connection with every row it brought; zeros stand where they stood."""
    db.conn.execute("PRAGMA secure_delete = ON")
    with writing(db):
        get_connection(db, connection_id)
        db.table("connections").delete(connection_id)
        forget_connection(db, connection_id)
        forget_findings(db)
        raise_revision(db)
        raise_ledger_revision(db)


def read_key(db: Database, vault: Vault, connection_id: int) -> str:
    """The key in the clear, for the client only.

    Raises:
        SecretKeyError: it cannot be decrypted, or is not where its reference leads to.
        InputError: no such connection.
    """
    connection = get_connection(db, connection_id)
    if connection.key_reference:
        return key_behind(connection.key_reference)
    rows = db.query("SELECT encrypted_key FROM connections WHERE id = :id", {"id": connection_id})
    return vault.decrypt(next(rows)["encrypted_key"])


def of_another_organization(connection: Connection) -> InputError:
    """What is wrong where the key of a connection opens another organization."""
    return InputError(
        f"The key of “{connection.name}” belongs to another organization.",
        means="Nothing is pulled with it.",
        remedy="Enter a key of the organization that is connected.",
    )


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


def _select(db: Database, where: str = "", **values: int) -> list[Connection]:
    rows = db.query(
        "SELECT id, name, origin, organization_id, organization_name, key_hint, since, demo, created_at,"
        " key_reference"
        f" FROM connections {where}",
        values,
    )
    return [_connection(row) for row in rows]


def _connection(row: Mapping[str, Any]) -> Connection:
    return Connection(
        id=row["id"],
        name=row["name"],
        origin=Origin(row["origin"]),
        organization_id=row["organization_id"],
        organization_name=row["organization_name"],
        key_hint=row["key_hint"],
        since=date.fromisoformat(row["since"]),
        demo=bool(row["demo"]),
        created_at=stored_instant(row["created_at"]),
        key_reference=row["key_reference"],
    )
