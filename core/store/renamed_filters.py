"""Lets saved filters follow the name of a connection or an organization that is called otherwise now."""

from __future__ import annotations

import json

from sqlite_utils import Database

from core.store.saved_views import Params

_TABLES = {"saved_views": "params", "saved_filters": "params", "plans": "params", "annotations": "scope"}
"""Tables with filters, and the column that holds them."""


def follow_name(db: Database, dimension: str, before: str, now: str) -> None:
    """Put the new name in place of the former in every saved filter on ``dimension``.

    Inside the transaction that renames, once no other bears the former name.
    """
    for table, column in _TABLES.items():
        for row in list(db.query(f"SELECT id, {column} AS params FROM {table}")):
            params = json.loads(row["params"])
            followed = _followed(params, dimension, before, now)
            if followed != params:
                text = json.dumps(followed, ensure_ascii=False)
                db.table(table).update(row["id"], {column: text})


def _followed(params: Params, dimension: str, before: str, now: str) -> Params:
    """Whole names only: a filter for a part of a text goes on looking for that part."""
    keys = (f"in.{dimension}", f"not.{dimension}")
    return {key: _renamed(texts, before, now) if key in keys else texts for key, texts in params.items()}


def _renamed(texts: list[str], before: str, now: str) -> list[str]:
    old, new = _spelled(before), _spelled(now)
    return list(dict.fromkeys(new if text == old else text for text in texts))


def _spelled(name: str) -> str:
    """As links do: what begins with their mark has it twice."""
    return f"~{name}" if name.startswith("~") else name
