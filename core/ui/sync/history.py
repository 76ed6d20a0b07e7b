"""The Sync page's "Re-run history": pull a range again, whatever is stored of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial

import streamlit as st

from core.explore.provenance import REQUIRED
from core.formats import count_of, day_label, period_label
from core.periods import ONE_DAY, Period
from core.reach import default_since
from core.store.audit import Action
from core.store.connections import Connection, list_connections
from core.store.grants import Role
from core.store.reached import first_asked
from core.ui.app import actions, blocks, data, sync_strip, times, visitor

_PLACE = "rerun"
_ASKED = "rerun.asked"


def rerun_card() -> None:
    """Choose whose days, see what of them can be had, confirm; for admins."""
    if not visitor.may(Role.ADMIN):
        return
    with data.store() as db:
        connections = list_connections(db)
    if not connections:
        return
    with st.container(border=True, key="card-rerun"):
        blocks.card_title(
            "Re-run history",
            "Pulls days again that are already final: after a correction at Anthropic, or to bring the names "
            "of now to old days. What is stored stays until each new window is whole.",
        )
        with st.container(horizontal=True, vertical_alignment="bottom", key="rerun-controls"):
            chosen = _chosen(connections)
            period = _period(connections)
            st.button("Re-run…", icon=":material/history:", key="rerun-ask", on_click=_ask, args=(True,))
        if st.session_state.get(_ASKED):
            if period:
                _confirm(chosen, period, connections)
            else:
                blocks.quiet("Choose the last day, too.")
        actions.show_failure(_PLACE)


def _chosen(connections: Sequence[Connection]) -> Connection | None:
    """One connection, or None for all."""
    by_id = {connection.id: connection for connection in connections}
    chosen = st.selectbox(
        "Whose days", [0, *by_id], format_func=lambda id_: by_id[id_].name if id_ else "All connections",
        key="w.rerun.connection", width=320,
    )  # fmt: skip
    return by_id.get(chosen)


def _period(connections: Sequence[Connection]) -> Period | None:
    """The days picked, both ends inside; None while only one end is."""
    today = times.today()
    usual = default_since(today)
    earliest = min(usual, *(connection.since for connection in connections))
    picked = st.date_input(
        "Days (UTC), first and last", value=(usual, today), min_value=earliest, max_value=today,
        format="YYYY-MM-DD", key="w.rerun.days", width=260,
    )  # fmt: skip
    if not isinstance(picked, tuple) or len(picked) != 2:
        return None
    return Period(picked[0], picked[1] + ONE_DAY)


def _ask(asked: bool) -> None:
    st.session_state[_ASKED] = asked


def _confirm(chosen: Connection | None, period: Period, connections: Sequence[Connection]) -> None:
    """What will happen, before it does. In the card: a popover this far down would open out of sight."""
    of = [chosen] if chosen else list(connections)
    firsts = _firsts(of)
    reached = reachable(period, firsts.values(), times.today())
    for line in plan_words(period, reached, firsts):
        blocks.quiet(line)
    with st.container(horizontal=True, gap="small"):
        if reached:
            actions.typed_button(
                "Pull these days again", "rerun-start", partial(_request, chosen, reached), type="primary",
                icon=":material/history:",
            )  # fmt: skip
        st.button("Cancel", type="tertiary", on_click=_ask, args=(False,), key="rerun-cancel")


def _firsts(connections: Sequence[Connection]) -> dict[Connection, date]:
    """From which day on each of them can be asked."""
    today = times.today()
    with data.store() as db:
        return {
            connection: first_asked(db, connection, REQUIRED[connection.origin], today)
            for connection in connections
        }


def reachable(period: Period, firsts: Iterable[date], today: date) -> Period | None:
    """The part of ``period`` that any of the connections can be asked; None without any."""
    tomorrow = today + ONE_DAY
    reached = period.clipped(Period(min(*firsts, tomorrow), tomorrow))
    return reached if reached.days else None


def plan_words(period: Period, reached: Period | None, firsts: Mapping[Connection, date]) -> list[str]:
    """What will happen to which days, a sentence each. ``firsts``: from which day on each can be asked."""
    whose = next(iter(firsts)).name if len(firsts) == 1 else count_of(len(firsts), "connection")
    lines = []
    if reached:
        lines.append(
            f"{period_label(reached)} of {whose}: {count_of(reached.days, 'day')} are pulled again. Names of "
            "these days become the names of now."
        )
    else:
        lines.append("None of these days can be pulled.")
    if gone := [
        first for connection, first in firsts.items() if connection.since < first and period.start < first
    ]:
        lines.append(
            f"Anthropic no longer reports days before {day_label(min(gone))}: what is stored of them is kept "
            "as it is."
        )
    if late := [
        connection.since for connection, first in firsts.items() if period.start < connection.since == first
    ]:
        lines.append(
            f"Days before a connection's history begins (the earliest {day_label(min(late))}) are not pulled."
        )
    return lines


def _request(chosen: Connection | None, period: Period) -> None:
    _ask(False)
    of = f"connection {chosen.id}" if chosen else "all connections"
    about = f"{of}, {period.start} to {period.last}"
    actions.request(_PLACE, "Starting", lambda: _start(chosen, period), Action.RE_RUN, about)


def _start(chosen: Connection | None, period: Period) -> str:
    sync_strip.start(period=period, connection=chosen.name if chosen else None)
    return f"{period_label(period)} is being pulled again. It waits for a sync that is already running."
