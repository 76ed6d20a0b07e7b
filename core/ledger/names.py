"""The names that the ledger's files hold, kept beside them, and the labels of those who read otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl
from sqlite_utils import Database

from core.dimensions import DIMENSIONS
from core.ledger.namesakes import ID_COLUMNS, Labels, Named, Namesake, Place, find_namesakes, find_persons
from core.store.database import insert_many, named_rows
from core.store.directory import KINDS, LISTED_NAMES
from core.store.learned import DEFAULT_WORKSPACE, read_learned


def names_in(rows: pl.DataFrame, connection_id: int, *, workspaces: bool) -> dict[Named, date]:
    """Who is named in ledger rows, and on which day last. ``workspaces``: whether no name means the default
    workspace."""
    found: dict[Named, date] = {}
    for dimension, id_column in ID_COLUMNS.items():
        named = rows.select(pl.col(id_column, dimension).cast(pl.String), "day")
        last = named.group_by(id_column, dimension).agg(pl.col("day").max())
        found |= {Named(dimension, connection_id, id_, name): day for id_, name, day in last.iter_rows()}
    default = Named("workspace", connection_id, None, None)
    return {one: day for one, day in found.items() if one.name is not None or (workspaces and one == default)}


def keep_names(db: Database, connection_id: int, month: date, names: Mapping[Named, date]) -> None:
    """Keep the names of a month's new file, each with its last day, in place of those of the one before."""
    at = {"connection_id": connection_id, "month": month.isoformat()}
    db.conn.execute("DELETE FROM ledger_names WHERE connection_id = :connection_id AND month = :month", at)
    rows = [one._asdict() | at | {"last_day": day.isoformat()} for one, day in names.items()]
    insert_many(db, "ledger_names", rows)


def read_labels(db: Database) -> Labels:
    """The labels as they were last made."""
    namesakes = db.query(
        "SELECT dimension, connection_id, id, name, label FROM namesakes"
        " ORDER BY dimension, name, connection_id, id"
    )
    persons = db.query("SELECT user_id, email FROM persons ORDER BY user_id")
    return Labels(
        tuple(Namesake(**row) for row in namesakes),
        tuple((row["user_id"], row["email"]) for row in persons),
    )


def make_labels(db: Database) -> Labels:
    """The labels as the names, lists and connections have them now."""
    names = [*_names_in_files(db), *_names_in_lists(db)]
    return Labels(find_namesakes(names, _places(db), dict(_details(db))), find_persons(names))


def _names_in_files(db: Database) -> Iterator[Named]:
    """The oldest first. A file of an earlier version keeps no last day of a name, but its month."""
    rows = named_rows(
        db,
        "SELECT dimension, connection_id, id, name, max(coalesce(last_day, month)) AS last FROM ledger_names"
        " GROUP BY dimension, connection_id, id, name ORDER BY last, dimension, connection_id, id, name",
        {},
    )
    return (Named(row.dimension, row.connection_id, row.id, row.name) for row in rows)


def _names_in_lists(db: Database) -> Iterator[Named]:
    """What those in the files are called now: newer than any file, and another may be called so too."""
    for kind, name in LISTED_NAMES.items():
        (dimension,) = (one for one, id_column in ID_COLUMNS.items() if id_column == KINDS[kind])
        rows = named_rows(
            db,
            f"SELECT DISTINCT files.connection_id, files.id, {name} AS listed_name"
            f" FROM ledger_names AS files JOIN {kind} AS listed"
            f" ON listed.connection_id = files.connection_id AND listed.{KINDS[kind]} = files.id"
            " WHERE files.dimension = :dimension ORDER BY files.connection_id, files.id",
            {"dimension": dimension},
        )
        yield from (Named(dimension, row.connection_id, row.id, row.listed_name) for row in rows)


def renew_labels(db: Database) -> None:
    """Store the labels of now; inside the caller's transaction."""
    labels = make_labels(db)
    db.conn.execute("DELETE FROM namesakes")
    db.conn.execute("DELETE FROM persons")
    insert_many(db, "namesakes", [one._asdict() for one in labels.namesakes])
    insert_many(db, "persons", [{"user_id": id_, "email": email} for id_, email in labels.persons])


def _places(db: Database) -> dict[int, Place]:
    found = db.query(
        "SELECT id, coalesce(organization_name, organization_id) AS organization, name FROM connections"
    )
    return {row["id"]: Place(row["organization"], row["name"]) for row in found}


def _details(db: Database) -> Iterator[tuple[tuple[str, int, str | None], tuple[str | None, ...]]]:
    """See ``Details``: dates of the lists; of a key its workspace first."""
    workspace_names: dict[tuple[int, str | None], str] = {}
    for row in _listed(db, "workspaces", "workspace_id, name, archived_at, created_at"):
        workspace_names[row.connection_id, row.workspace_id] = row.name
        made = _on("created", row.created_at)
        yield (
            ("workspace", row.connection_id, row.workspace_id),
            (_on("archived", row.archived_at) or made, made),
        )
    for connection in db.query("SELECT id FROM connections"):
        default = read_learned(db, connection["id"]).text("workspaces", DEFAULT_WORKSPACE)
        for id_ in (None, default):
            workspace_names[connection["id"], id_] = DIMENSIONS["workspace"].empty
    for row in _listed(db, "api_keys", "api_key_id, workspace_id, created_at, status"):
        place = workspace_names.get((row.connection_id, row.workspace_id), row.workspace_id)
        yield (
            ("api_key", row.connection_id, row.api_key_id),
            (place, _on("created", row.created_at), row.status),
        )


def _listed(db: Database, table: str, columns: str) -> Iterator[Any]:
    return named_rows(db, f"SELECT connection_id, {columns} FROM {table}", {})


def _on(what: str, instant: str | None) -> str | None:
    return f"{what} {instant[:10]}" if instant else None
