"""Explorer views saved under a name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.clock import parse_rfc3339, rfc3339
from core.errors import InputError
from core.store.database import writing
from core.store.names import free_name, usable_name

LONGEST_PARAMS = 20_000
"""Characters of a view's parameters: past that no browser opens its link."""
MOST_VIEWS = 1_000

Params = dict[str, list[str]]
"""A view as the parameters of its link."""


@dataclass(frozen=True)
class ViewContent:
    """What is looked at: the explorer's page, and the parameters of the link that opens it."""

    page: str
    params: Params


@dataclass(frozen=True)
class SavedView:
    """A content under a name, as the page wrote it; whether it can still be read is the page's affair."""

    id: int
    name: str
    content: ViewContent
    changed_at: datetime


def list_views(db: Database) -> list[SavedView]:
    """All saved views, by name."""
    return sorted(_select(db), key=lambda view: (view.name.casefold(), view.id))


def get_view(db: Database, view_id: int) -> SavedView:
    """Raises InputError when there is none (it may have been deleted meanwhile)."""
    found = _select(db, "WHERE id = ?", [view_id])
    if not found:
        raise InputError(
            "This saved view no longer exists.", field="view", remedy="Reload the page to see which do."
        )
    return found[0]


def add_view(db: Database, name: str, content: ViewContent, now: datetime) -> SavedView:
    """Save a view.

    Raises:
        InputError: the name is unusable or used, the view too long, or there are too many.
    """
    with writing(db):
        views = list_views(db)
        if len(views) >= MOST_VIEWS:
            raise InputError(f"There are {MOST_VIEWS:,} saved views already.", remedy="Delete some first.")
        name = usable_name(name, "name of the view", (view.name for view in views))
        cursor = db.conn.execute(
            "INSERT INTO saved_views (name, page, params, changed_at) VALUES (?, ?, ?, ?)",
            [name, content.page, params_text(content.params), rfc3339(now)],
        )
        return get_view(db, int(cursor.lastrowid or 0))


def replace_view(db: Database, view_id: int, content: ViewContent, now: datetime) -> SavedView:
    """Let a name stand for another view; every tile of it follows.

    Raises:
        InputError: the view is too long, or there is no such saved view.
    """
    with writing(db):
        get_view(db, view_id)
        db.conn.execute(
            "UPDATE saved_views SET page = ?, params = ?, changed_at = ? WHERE id = ?",
            [content.page, params_text(content.params), rfc3339(now), view_id],
        )
        return get_view(db, view_id)


def rename_view(db: Database, view_id: int, name: str) -> SavedView:
    """Raises InputError for a name that is unusable or used, or when there is no such saved view."""
    with writing(db):
        get_view(db, view_id)
        taken = [view.name for view in list_views(db) if view.id != view_id]
        name = usable_name(name, "name of the view", taken)
        db.conn.execute("UPDATE saved_views SET name = ? WHERE id = ?", [name, view_id])
        return get_view(db, view_id)


def copy_view(db: Database, view_id: int, now: datetime) -> SavedView:
    """Save the same view once more, under the next free name.

    Raises:
        InputError: there is no such saved view, or too many.
    """
    with writing(db):
        view = get_view(db, view_id)
        taken = [other.name for other in list_views(db)]
        return add_view(db, free_name(view.name, taken), view.content, now)


def params_text(params: Params) -> str:
    """Parameters as they are stored.

    Raises:
        InputError: they are too long for a link.
    """
    text = json.dumps(params, ensure_ascii=False)
    if len(text) > LONGEST_PARAMS:
        raise InputError(
            "This view names too many filter values to be saved.",
            field="view",
            remedy="Filter by fewer values, or exclude values in place of naming all others.",
        )
    return text


def _select(db: Database, where: str = "", values: Sequence[Any] = ()) -> list[SavedView]:
    found = db.conn.execute(f"SELECT id, name, page, params, changed_at FROM saved_views {where}", values)
    return [
        SavedView(id_, name, ViewContent(page, json.loads(params)), parse_rfc3339(changed_at))
        for id_, name, page, params, changed_at in found
    ]
