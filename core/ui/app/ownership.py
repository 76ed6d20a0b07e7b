"""Whose a view, dashboard or plan is, and the switches that keep it private or show it to viewers.

Nothing where nobody signs in.
"""

from __future__ import annotations

import streamlit as st

from core.store import owners
from core.store.audit import Action
from core.store.owners import Kind, Standing
from core.store.plans import Plan, list_plans
from core.ui.app import actions, data, visitor

_ACTIONS = {Kind.PLAN: Action.CHANGED_PLAN}


def words(kind: Kind, id_: int) -> str:
    """``Yours, private.``, ``Of ann@example.com.``; to a viewer no more than whether it is theirs."""
    me = visitor.current().email
    standing = _standing(kind, id_) if me else owners.SHARED
    viewers = " Viewers are shown it." if standing.is_for_viewers else ""
    if not visitor.sees_all():
        return "Yours, private." if standing.owner == me else ""
    if standing.owner is None:
        return viewers.strip()
    if standing.owner != me:
        return f"Of {standing.owner}.{viewers}"
    return "Yours, private." if standing.is_private else f"Yours, shared.{viewers}"


def is_own(kind: Kind, id_: int) -> bool:
    """Whether it is of who asks."""
    me = visitor.current().email
    return me is not None and _standing(kind, id_).owner == me


def switch(kind: Kind, id_: int, name: str, place: str) -> None:
    """For the owner: keep it private, or share it, with viewers too. What is nobody's is shared."""
    me = visitor.current().email
    if me is None or not visitor.sees_all():
        return
    standing = _standing(kind, id_)
    if kind in owners.FOR_VIEWERS and standing.owner in (me, None) and not standing.is_private:
        _switch_for_viewers(kind, id_, name, place, shown=not standing.is_for_viewers)
    if standing.owner != me:
        return
    icon, label = (
        (":material/group:", "Share") if standing.is_private else (":material/lock:", "Make private")
    )
    st.button(
        label, icon=icon, type="tertiary", key=f"w.private.{kind.value}.{id_}", on_click=_ask,
        args=(kind, id_, name, place, not standing.is_private),
    )  # fmt: skip


def _switch_for_viewers(kind: Kind, id_: int, name: str, place: str, *, shown: bool) -> None:
    icon = ":material/visibility:" if shown else ":material/visibility_off:"
    st.button(
        "Show to viewers" if shown else "Hide from viewers", icon=icon, type="tertiary",
        key=f"w.viewers.{kind.value}.{id_}", on_click=_ask_for_viewers, args=(kind, id_, name, place, shown),
        help="Viewers read its names and texts as they are; its numbers are of what was granted to each.",
    )  # fmt: skip


def _ask_for_viewers(kind: Kind, id_: int, name: str, place: str, shown: bool) -> None:
    def act() -> str:
        with data.store() as db:
            owners.show_to_viewers(db, kind, id_, visitor.current().email, shown=shown)
        return f"Viewers are shown “{name}” now." if shown else f"“{name}” is hidden from viewers now."

    actions.request(place, "Saving", act, Action.CHANGED_LIBRARY)


def _standing(kind: Kind, id_: int) -> Standing:
    with data.shared_store() as db:
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
