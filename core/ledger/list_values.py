"""What the lists of workspaces, API keys and users say now, for the manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlite_utils import Database

from core.dimensions import DIMENSIONS, LIST_DIMENSIONS, tag_dimension
from core.ledger.manifest import ListEntry
from core.store.database import named_rows
from core.store.directory import KINDS, LISTED_NAMES
from core.store.learned import DEFAULT_WORKSPACE, read_learned

_CREATOR = """
coalesce((
    SELECT CASE
        WHEN maker.email <> '' THEN maker.email
        WHEN maker.name <> '' AND 1 = (
            SELECT count(DISTINCT user_id) FROM users WHERE name = maker.name AND coalesce(email, '') = ''
        ) THEN maker.name
        WHEN maker.name <> '' THEN maker.name || ' · ' || maker.user_id
    END
    FROM users AS maker
    WHERE maker.connection_id = listed.connection_id AND maker.user_id = listed.created_by_id
), listed.created_by_id)
"""
"""By e-mail, else name, else id; two of one name are not one creator."""

VALUES = {
    "user_role": "CASE WHEN listed.gone_at IS NULL THEN listed.role END",
    "api_key_status": "CASE WHEN listed.gone_at IS NULL THEN listed.status END",
    "api_key_creator": _CREATOR,
}
"""Dimension -> its value in SQL of its list's table, ``listed``. Who is gone has no role or status now."""


def read_lists(db: Database) -> tuple[ListEntry, ...]:
    """Everybody whom a list has or had, in a fixed order; the default workspace also without an id."""
    return tuple(entry for kind in KINDS for entry in _entries(db, kind))


def _entries(db: Database, kind: str) -> Iterator[ListEntry]:
    names = [name for name in LIST_DIMENSIONS if DIMENSIONS[name].id == KINDS[kind]]
    values = "".join(f", {VALUES[name]} AS {name}" for name in names)
    tags = "listed.tags" if kind == "workspaces" else "'{}'"
    rows = named_rows(
        db,
        f"SELECT listed.connection_id, {KINDS[kind]} AS id, {LISTED_NAMES[kind]} AS listed_name,"
        f" {tags} AS tags{values}"
        f" FROM {kind} AS listed ORDER BY listed.connection_id, id",
        {},
    )
    defaults = _default_workspaces(db) if kind == "workspaces" else {}
    for row in rows:
        known = {name: str(getattr(row, name)) for name in names if getattr(row, name) is not None}
        for id_ in (row.id, None) if defaults.get(row.connection_id) == row.id else (row.id,):
            yield ListEntry(
                dimension=KINDS[kind],
                connection_id=row.connection_id,
                id=id_,
                name=row.listed_name,
                values=known | _tags(row.tags),
            )


def _default_workspaces(db: Database) -> dict[int, str]:
    """Connection -> the id of the workspace that its ledger rows leave without one."""
    ids = [row["id"] for row in db.query("SELECT id FROM connections")]
    defaults = ((id_, read_learned(db, id_).text("workspaces", DEFAULT_WORKSPACE)) for id_ in ids)
    return {id_: default for id_, default in defaults if default}


def _tags(content: str) -> dict[str, str]:
    """By the name of each tag's dimension; a key without a value is no tag."""
    tags = json.loads(content)
    return {tag_dimension(key).name: value for key, value in sorted(tags.items()) if value is not None}
