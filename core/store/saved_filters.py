"""Filters saved under a name, to narrow any page with them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from core.clock import rfc3339
from core.errors import InputError
from core.store.database import insert, writing
from core.store.given_names import usable_name
from core.store.saved_views import Params, params_text

MOST_FILTERS = 100


@dataclass(frozen=True)
class SavedFilter:
    """Filters as parameters of a link; whether they can still be read is the page's affair."""

    id: int
    name: str
    params: Params


def list_filters(db: Database) -> list[SavedFilter]:
    """All saved filters, by name."""
    rows = db.query("SELECT id, name, params FROM saved_filters")
    filters = [SavedFilter(row["id"], row["name"], json.loads(row["params"])) for row in rows]
    return sorted(filters, key=lambda kept: (kept.name.casefold(), kept.id))


def add_filter(db: Database, name: str, params: Params, now: datetime) -> str:
    """Save filters; returns the name as it is kept.

    Raises:
        InputError: the name is unusable or used, the filters too long, or there are too many.
    """
    with writing(db):
        saved = list_filters(db)
        if len(saved) >= MOST_FILTERS:
            raise InputError(f"There are {MOST_FILTERS} saved filters already.", remedy="Delete some first.")
        name = usable_name(name, "name of the filter", (kept.name for kept in saved))
        content = {"params": params_text(params, "filter"), "changed_at": rfc3339(now)}
        insert(db, "saved_filters", {"name": name, **content})
        return name


def delete_filter(db: Database, filter_id: int) -> None:
    """Nothing where there is none any more."""
    with writing(db):
        db.execute("DELETE FROM saved_filters WHERE id = :id", {"id": filter_id})
