"""Pulls the limits that Anthropic itself enforces, where the key may read them.

A refusal is nobody's failure: what it says is kept, and the pages tell how to get it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.api.client import Client
from core.api.pages import FlatPage
from core.api.spend_limits import (
    EffectiveLimit,
    LimitScope,
    SpendLimit,
    fetch_effective_limits,
    fetch_spend_limits,
)
from core.dimensions import Origin
from core.errors import ApiError, InvalidRequestError, NotFoundError, PermissionDeniedError
from core.money import microcents
from core.store.columns import instant_text
from core.store.spend_limits import LimitList, Refused, replace_limits

Row = Mapping[str, object]

LISTS: Mapping[Origin, tuple[LimitList, ...]] = {
    Origin.PLATFORM: (LimitList.SET,),
    Origin.CLAUDE_AI: (LimitList.SET, LimitList.MEMBERS),
}
"""Which lists an organization may have: only claude.ai's has members with limits of their own."""
_REFUSALS = (InvalidRequestError, NotFoundError, PermissionDeniedError)
_NO_SCOPE = "api_key_scope_missing"


def pull_limits(db: Database, client: Client, connection_id: int, of: LimitList, now: datetime) -> bool:
    """Read one list to its end, then store it; a refusal takes its place. Whether it was told.

    Raises:
        ApiError: any other failure; what is stored is unchanged.
    """
    fetch, row_of = _READ[of]
    try:
        rows, left_out = _read(fetch(client), row_of)
    except _REFUSALS as refusal:
        replace_limits(db, connection_id, of, (), now, refused=_why(refusal))
        return False
    replace_limits(db, connection_id, of, rows, now, left_out=left_out)
    return True


def _why(refusal: ApiError) -> Refused:
    """A key that lacks the scope can be made anew; all else is Anthropic's to offer."""
    scope = refusal.code == _NO_SCOPE or (not refusal.code and "scope" in refusal.said.lower())
    return Refused.SCOPE if scope else Refused.NOT_OFFERED


def _read(pages: Iterator[FlatPage[Any]], row_of: Callable[[Any], Row]) -> tuple[list[Row], int]:
    """The rows, and how many entries could not be read."""
    rows: list[Row] = []
    left_out = 0
    for page in pages:
        left_out += len(page.odd)
        for record in page.records:
            try:
                rows.append(row_of(record))
            except ValueError:
                left_out += 1
    return rows, left_out


def _set_row(limit: SpendLimit) -> Row:
    return {
        "scope_type": limit.scope.type,
        "scope_id": limit.scope.id,
        **_money("amount", limit.amount),
        "currency": limit.currency,
        "period": limit.period,
        "is_enabled": int(limit.is_enabled),
        "updated_at": instant_text(limit.updated_at),
    }


def _member_row(limit: EffectiveLimit) -> Row:
    actor, source = limit.actor, limit.source
    return {
        "user_id": (actor.user_id if actor else None) or limit.scope.user_id,
        "user_email": actor.email if actor else None,
        "user_name": actor.name if actor else None,
        **_money("amount", limit.amount),
        "currency": limit.currency,
        "period": limit.period,
        "source_type": source.type if isinstance(source, LimitScope) else source,
        "source_id": source.id if isinstance(source, LimitScope) else None,
        **_money("spent", limit.period_to_date_spend),
    }


def _money(name: str, text: str | None) -> dict[str, object]:
    """An amount as received, and in micro-cents; null stays null.

    Raises:
        ValueError: not an amount.
    """
    return {name: text, f"{name}_microcents": None if text is None else microcents(text)}


_READ: Mapping[LimitList, tuple[Callable[[Client], Iterator[FlatPage[Any]]], Callable[[Any], Row]]] = {
    LimitList.SET: (fetch_spend_limits, _set_row),
    LimitList.MEMBERS: (fetch_effective_limits, _member_row),
}
