"""Whose a view, dashboard or plan is, and the switch that keeps it private; nothing where nobody signs in."""

from __future__ import annotations

import streamlit as st

from core.store import owners
from core.store.audit import Action
from core.store.owners import Kind, Standing
from core.store.plans import Plan, list_plans
from core.ui.app import actions, data, visitor

_ACTIONS = {Kind.PLAN: Action.CHANGED_PLAN}


def words(kind: Kind, id_: int) -> str:
    """``Yours, private.``, ``Of ann@example.com.``; empty where it is nobody's."""
    me = visitor.current().email
    standing = _standing(kind, id_) if me else owners.SHARED
    if standing.owner is None:
        return ""
    if standing.owner != me:
        return f"Of {standing.owner}."
    return "Yours, private." if standing.is_private else "Yours, shared."


def switch(kind: Kind, id_: int, name: str, place: str) -> None:
    """For the owner: keep it private, or share it."""
    me = visitor.current().email
    standing = _standing(kind, id_) if me else owners.SHARED
    if me is None or standing.owner != me:
        return
    icon, label = (
        (":material/group:", "Share") if standing.is_private else (":material/lock:", "Make private")
    )
    st.button(
        label, icon=icon, type="tertiary", key=f"w.private.{kind.value}.{id_}", on_click=_ask,
        args=(kind, id_, name, place, not standing.is_private),
    )  # fmt: skip


def _standing(kind: Kind, id_: int) -> Standing:
    with data.store() as db:
        return owners.standing(db, kind, id_)


def _ask(kind: Kind, id_: int, name: str, place: str, is_private: bool) -> None:
    def act() -> str:
        with data.store() as db:
            owners.set_private(db, kind, id_, visitor.current().email, is_private=is_private)
        return f"“{name}” is private now." if is_private else f"“{name}” is shared now."

    actions.request(place, "Saving", act, _ACTIONS.get(kind, Action.CHANGED_LIBRARY))


def plans() -> list[Plan]:
    """The plans of who asks, and those that are shared; none to whom a part is shown, for they are of all."""
    if not visitor.sees_all():
        return []
    with data.store() as db:
        hidden = owners.hidden(db, Kind.PLAN, visitor.current().email)
        return [plan for plan in list_plans(db) if plan.id not in hidden]
