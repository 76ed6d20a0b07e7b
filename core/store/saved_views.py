"""Explorer views saved under a name.

A name is used once, and whoever saves a view learns that it is. So a viewer, who must not learn of others'
views, keeps their own apart: in the table the name goes on with a line break, which no name holds, and whose
it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.errors import InputError
from core.store.columns import stored_instant, stored_instant_or_none
from core.store.database import if_writable, insert, writing
from core.store.given_names import free_name, usable_name

LONGEST_PARAMS = 20_000
"""Characters of a view's parameters: past that no browser opens its link."""
MOST_VIEWS = 1_000
"""Those of all; and each viewer may keep a tenth of it."""
_APART = "\n"

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
    starred: bool = False
    opened_at: datetime | None = None
    """None: not since it was saved."""
    keeper: str = ""
    """The viewer who keeps it apart; empty for a view among those of all."""


def list_views(db: Database, keeper: str = "") -> list[SavedView]:
    """All saved views, by name; of those that viewers keep apart only this one's."""
    views = (view for view in _select(db) if view.keeper in ("", keeper))
    return sorted(views, key=lambda view: (view.name.casefold(), view.id))


def get_view(db: Database, view_id: int) -> SavedView:
    """Raises InputError when there is none (it may have been deleted meanwhile)."""
    for view in _select(db, "WHERE id = :id", id=view_id):
        return view
    raise InputError(
        "This saved view no longer exists.", field="view", remedy="Reload the page to see which do."
    )


def add_view(db: Database, name: str, content: ViewContent, now: datetime, keeper: str = "") -> SavedView:
    """Save a view; apart, where it is a viewer's own.

    Raises:
        InputError: the name is unusable or used, the view too long, or there are too many.
    """
    with writing(db):
        taken, most = _names(db, keeper), MOST_VIEWS // 10 if keeper else MOST_VIEWS
        if len(taken) >= most:
            raise InputError(f"There are {most:,} saved views already.", remedy="Delete some first.")
        name = _stored(usable_name(name, "name of the view", taken.values()), keeper)
        view_id = insert(db, "saved_views", {"name": name, **_columns(content, now)})
        return get_view(db, view_id)


def replace_view(db: Database, view_id: int, content: ViewContent, now: datetime) -> SavedView:
    """Let a name stand for another view; every tile of it follows.

    Raises:
        InputError: the view is too long, or there is no such saved view.
    """
    with writing(db):
        get_view(db, view_id)
        db.table("saved_views").update(view_id, _columns(content, now))
        return get_view(db, view_id)


def rename_view(db: Database, view_id: int, name: str) -> SavedView:
    """Raises InputError for a name that is unusable or used, or when there is no such saved view."""
    with writing(db):
        keeper = get_view(db, view_id).keeper
        taken = [other for id_, other in _names(db, keeper).items() if id_ != view_id]
        name = usable_name(name, "name of the view", taken)
        db.table("saved_views").update(view_id, {"name": _stored(name, keeper)})
        return get_view(db, view_id)


def copy_view(db: Database, view_id: int, now: datetime) -> SavedView:
    """Save the same view once more, under the next free name.

    Raises:
        InputError: there is no such saved view, or too many.
    """
    with writing(db):
        view = get_view(db, view_id)
        name = free_name(view.name, _names(db, view.keeper).values())
        return add_view(db, name, view.content, now, view.keeper)


def star_view(db: Database, view_id: int, *, starred: bool) -> None:
    """Give it a star, or take it away.

    Raises:
        InputError: there is no such saved view.
    """
    with writing(db):
        get_view(db, view_id)
        db.table("saved_views").update(view_id, {"starred": starred})


def note_opened(db: Database, view_id: int, now: datetime) -> None:
    """Remember when a view was opened last. Nothing where it is gone, or the folder is read-only."""
    with if_writable(), writing(db):
        db.conn.execute(
            "UPDATE saved_views SET opened_at = :now WHERE id = :id", {"now": rfc3339(now), "id": view_id}
        )


def params_text(params: Params, what: str = "view") -> str:
    """Parameters as they are stored. ``what`` they are of is said in the error.

    Raises:
        InputError: they are too long for a link.
    """
    text = json.dumps(params, ensure_ascii=False)
    if len(text) > LONGEST_PARAMS:
        raise InputError(
            f"This {what} names too many values to be saved.",
            field=what,
            remedy="Filter by fewer values, or exclude values in place of naming all others.",
        )
    return text


def _names(db: Database, keeper: str) -> dict[int, str]:
    """By id, those that no other may be called among the same."""
    return {view.id: view.name for view in _select(db) if view.keeper == keeper}


def _stored(name: str, keeper: str) -> str:
    return f"{name}{_APART}{keeper}" if keeper else name


def _columns(content: ViewContent, now: datetime) -> dict[str, str]:
    return {"page": content.page, "params": params_text(content.params), "changed_at": rfc3339(now)}


def _select(db: Database, where: str = "", **values: int) -> list[SavedView]:
    return [_view(row) for row in db.query(f"SELECT * FROM saved_views {where}", values)]


def _view(row: Mapping[str, Any]) -> SavedView:
    content = ViewContent(row["page"], json.loads(row["params"]))
    name, _, keeper = row["name"].partition(_APART)
    return SavedView(
        row["id"],
        name,
        content,
        stored_instant(row["changed_at"]),
        bool(row["starred"]),
        stored_instant_or_none(row["opened_at"]),
        keeper,
    )
