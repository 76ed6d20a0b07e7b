"""The lists of workspaces, API keys and people, as the Admin API answers them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from core.clock import rfc3339
from core.demo.company import ApiKey, Organization, Person, Workspace
from core.demo.queries import ROW_LIMITS, Query, invalid

Result = dict[str, Any]

_LIST_PARAMS = ("limit", "after_id")
_MOST_IDS = 100
_YES_NO = ("true", "false")
_COLOURS = ("#6C5BB9", "#C46849", "#3C7A89", "#7A8F3C")


def me(organization: Organization, query: Query) -> Result:
    query.check(())
    return {"id": organization.id, "name": organization.name, "type": "organization"}


def workspaces(organization: Organization, query: Query) -> Result:
    """The default workspace and archived ones only where asked for."""
    known = ("include_default",) if query.behaviour.include_default_known else ()
    query.check((*_LIST_PARAMS, "include_archived", "ids[]", *known))
    archived, default = (
        query.choice(name, _YES_NO) == "true" for name in ("include_archived", "include_default")
    )
    today, ids = query.now.date(), query.values("ids[]")
    if len(ids) > _MOST_IDS:
        raise invalid(f"ids[]: at most {_MOST_IDS} values")
    listed = [*([_default_workspace(organization)] if default else []), *organization.workspaces]
    shown = [
        item for item in listed if (archived or not _archived(item, today)) and item.id in (ids or [item.id])
    ]
    return _page(query, [_workspace(item, query) for item in shown])


def _default_workspace(organization: Organization) -> Workspace:
    return Workspace(organization.default_workspace_id, "Default")


def api_keys(organization: Organization, query: Query) -> Result:
    query.check(_LIST_PARAMS)
    default = organization.default_workspace_id
    scoped = partial(_scope, default) if organization.newer_spelling else _workspace_id
    return _page(query, [_api_key(item, scoped) for item in organization.api_keys])


def users(organization: Organization, query: Query) -> Result:
    """Members; whoever was deleted is not listed any more."""
    query.check(_LIST_PARAMS)
    return _page(query, [_user(item) for item in organization.people if not item.deleted(query.now.date())])


def _page(query: Query, items: list[Result]) -> Result:
    limit = query.whole("limit", default=ROW_LIMITS[0], at_most=ROW_LIMITS[1])
    after = query.get("after_id")
    begin = 0 if after is None else _position_after(items, after)
    page = items[begin : begin + limit]
    return {
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        **({"has_more": begin + limit < len(items)} if query.behaviour.lists_say_has_more else {}),
    }


def _position_after(items: list[Result], after: str) -> int:
    for index, item in enumerate(items):
        if item["id"] == after:
            return index + 1
    raise invalid("after_id: no such object in this list")


def _archived(item: Workspace, today: date) -> bool:
    return item.archived_on is not None and item.archived_on <= today


def _workspace(item: Workspace, query: Query) -> Result:
    today = query.now.date()
    return {
        "id": item.id,
        "type": "workspace",
        "name": item.name_on(today),
        "display_color": _COLOURS[len(item.id + item.name) % len(_COLOURS)],
        "created_at": _midnight(item.created_on),
        "archived_at": _midnight(item.archived_on) if _archived(item, today) else None,
        "tags": dict(item.tags) or (None if query.behaviour.null_tags else {}),
        "data_residency": {
            "workspace_geo": "us",
            "default_inference_geo": "global",
            "allowed_inference_geos": "unrestricted",
        },
    }


def _api_key(item: ApiKey, scoped: Callable[[ApiKey], Result]) -> Result:
    maker = {"id": item.created_by, "type": "user"} if item.created_by else None
    return {
        "id": item.id,
        "type": "api_key",
        "name": item.name,
        "partial_key_hint": f"sk-ant-api03-{item.id[-5:-2]}...{item.id[-4:]}",
        "status": item.status,
        "created_at": _midnight(item.created_on),
        "created_by": maker,
        "expires_at": _midnight(item.expires_on),
        **scoped(item),
    }


def _workspace_id(item: ApiKey) -> Result:
    return {"workspace_id": item.workspace_id}


def _scope(default_workspace_id: str, item: ApiKey) -> Result:
    workspace_id = item.workspace_id or default_workspace_id
    return {"scope": {"type": "workspace", "workspace_id": workspace_id}, "principal": None}


def _user(item: Person) -> Result:
    return {
        "id": item.id,
        "type": "user",
        "email": item.email,
        "name": item.name,
        "role": item.role,
        "added_at": _midnight(item.joined_on),
    }


def _midnight(day: date | None) -> str | None:
    return rfc3339(datetime.combine(day, time(), UTC)) if day else None
