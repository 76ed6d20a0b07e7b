"""The names that the ledger's files hold, kept beside them, and the labels of those who share one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import polars as pl
from sqlite_utils import Database

from core.dimensions import DIMENSIONS
from core.ledger.namesakes import ID_COLUMNS, Labels, Named, Namesake, Place, find_namesakes, find_persons
from core.store.database import named_rows
from core.store.directory import KINDS, LISTED_NAMES
from core.store.learned import DEFAULT_WORKSPACE, read_learned


def names_in(rows: pl.DataFrame, connection_id: int, *, workspaces: bool) -> set[Named]:
    """Who is named in ledger rows. ``workspaces``: whether no name means the default workspace."""
    found = set()
    for dimension, id_column in ID_COLUMNS.items():
        pairs = rows.select(id_column, dimension).unique().cast(pl.String).rows()
        found |= {Named(dimension, connection_id, id_, name) for id_, name in pairs}
    default = Named("workspace", connection_id, None, None)
    return {one for one in found if one.name is not None or (workspaces and one == default)}


def keep_names(db: Database, connection_id: int, month: date, names: Iterable[Named]) -> None:
    """Keep the names of a month's new file in place of those of the one before."""
    db.conn.execute(
        "DELETE FROM ledger_names WHERE connection_id = ? AND month = ?", (connection_id, month.isoformat())
    )
    db.conn.executemany(
        "INSERT INTO ledger_names (connection_id, month, dimension, id, name) VALUES (?, ?, ?, ?, ?)",
        [(connection_id, month.isoformat(), one.dimension, one.id, one.name) for one in names],
    )


def read_labels(db: Database) -> Labels:
    """The labels as they were last made."""
    namesakes = db.conn.execute(
        "SELECT dimension, connection_id, id, name, label FROM namesakes"
        " ORDER BY dimension, name, connection_id, id"
    )
    persons = db.conn.execute("SELECT user_id, email FROM persons ORDER BY user_id")
    return Labels(tuple(map(Namesake._make, namesakes)), tuple(persons.fetchall()))


def make_labels(db: Database) -> Labels:
    """The labels as the names, lists and connections have them now."""
    names = [*_names_in_files(db), *_names_in_lists(db)]
    namesakes = sorted(
        find_namesakes(names, _places(db), dict(_details(db))),
        key=lambda one: (one.dimension, one.name or "", one.connection_id, one.id or ""),
    )
    return Labels(tuple(namesakes), find_persons(names))


def _names_in_files(db: Database) -> Iterator[Named]:
    rows = named_rows(db, "SELECT DISTINCT dimension, connection_id, id, name FROM ledger_names", {})
    return (Named(row.dimension, row.connection_id, row.id, row.name) for row in rows)


def _names_in_lists(db: Database) -> Iterator[Named]:
    """What those in the files are called now: a new name may be another's too, before it is in any file."""
    for kind, name in LISTED_NAMES.items():
        (dimension,) = (one for one, id_column in ID_COLUMNS.items() if id_column == KINDS[kind])
        rows = named_rows(
            db,
            f"SELECT DISTINCT files.connection_id, files.id, {name} AS listed_name"
            f" FROM ledger_names AS files JOIN {kind} AS listed"
            f" ON listed.connection_id = files.connection_id AND listed.{KINDS[kind]} = files.id"
            " WHERE files.dimension = :dimension",
            {"dimension": dimension},
        )
        yield from (Named(dimension, row.connection_id, row.id, row.listed_name) for row in rows)


def renew_labels(db: Database) -> None:
    """Store the labels of now; inside the caller's transaction."""
    labels = make_labels(db)
    db.conn.execute("DELETE FROM namesakes")
    db.conn.execute("DELETE FROM persons")
    db.conn.executemany(
        "INSERT INTO namesakes (dimension, connection_id, id, name, label) VALUES (?, ?, ?, ?, ?)",
        labels.namesakes,
    )
    db.conn.executemany("INSERT INTO persons (user_id, email) VALUES (?, ?)", labels.persons)


def _places(db: Database) -> dict[int, Place]:
    found = db.conn.execute("SELECT id, coalesce(organization_name, organization_id), name FROM connections")
    return {id_: Place(organization, name) for id_, organization, name in found}


def _details(db: Database) -> Iterator[tuple[tuple[str, int, str | None], tuple[str | None, ...]]]:
    """See ``Details``: dates of the lists; of a key its workspace first."""
    workspaces = db.conn.execute(
        "SELECT connection_id, workspace_id, name, archived_at, created_at FROM workspaces"
    )
    workspace_names: dict[tuple[int, str | None], str] = {}
    for connection_id, id_, name, archived, created in workspaces.fetchall():
        workspace_names[connection_id, id_] = name
        made = _on("created", created)
        yield ("workspace", connection_id, id_), (_on("archived", archived) or made, made)
    for (connection_id,) in db.conn.execute("SELECT id FROM connections").fetchall():
        default = read_learned(db, connection_id).text("workspaces", DEFAULT_WORKSPACE)
        for id_ in (None, default):
            workspace_names[connection_id, id_] = DIMENSIONS["workspace"].empty
    keys = db.conn.execute("SELECT connection_id, api_key_id, workspace_id, created_at, status FROM api_keys")
    for connection_id, id_, workspace, created, status in keys:
        place = workspace_names.get((connection_id, workspace), workspace)
        yield ("api_key", connection_id, id_), (place, _on("created", created), status)


def _on(what: str, instant: str | None) -> str | None:
    return f"{what} {instant[:10]}" if instant else None
