"""The hours in which nothing is sent."""

from __future__ import annotations

from zoneinfo import available_timezones

import streamlit as st

from core.store.audit import Action
from core.store.grants import Role
from core.store.quiet_hours import QuietHours, quiet_hours, set_quiet_hours
from core.ui.app import actions, blocks, data, times, visitor

PLACE = "quiet-hours"
_START, _END, _ZONE, _SYNCS = (f"w.quiet.{field}" for field in ("start", "end", "zone", "syncs"))
_USUAL = QuietHours("22:00", "07:00", "UTC", lets_syncs_through=True)


def quiet_card() -> None:
    """When they are, and the form for others; for admins."""
    if not visitor.may(Role.ADMIN):
        return
    with data.admin_store() as db:
        hours = quiet_hours(db)
    with st.container(border=True, key="card-quiet"):
        blocks.card_title("Quiet hours", "What comes during them is sent when they end.")
        actions.show_failure(PLACE)
        blocks.quiet(_words(hours))
        with st.expander("Change", icon=":material/bedtime:"), st.form("quiet", border=False):
            _fields(hours or _USUAL)
            st.form_submit_button("Save quiet hours", type="primary", on_click=_ask_save)
        if hours:
            st.button("No quiet hours", type="tertiary", key="w.quiet.none", on_click=_ask_none)


def _words(hours: QuietHours | None) -> str:
    if not hours:
        return "There are none: alerts are sent at any hour."
    syncs = " What is told of syncs is sent at any hour." if hours.lets_syncs_through else ""
    now = times.now()
    until = (
        f" It is quiet now, until {times.instant_label(hours.over_at(now))}." if hours.include(now) else ""
    )
    return f"From {hours.start} to {hours.end}, {hours.zone}.{syncs}{until}"


def _fields(hours: QuietHours) -> None:
    zones = sorted({*available_timezones(), hours.zone})
    left, middle, right = st.columns([1, 1, 2])
    left.text_input("From", value=hours.start, key=_START)
    middle.text_input("To", value=hours.end, key=_END)
    right.selectbox("Time zone", zones, index=zones.index(hours.zone), key=_ZONE)
    st.checkbox("Send what is told of syncs at any hour", value=hours.lets_syncs_through, key=_SYNCS)


def _ask_save() -> None:
    start, end, zone, syncs = (st.session_state[key] for key in (_START, _END, _ZONE, _SYNCS))

    def act() -> str:
        with data.admin_store() as db:
            set_quiet_hours(db, QuietHours(start, end, zone, lets_syncs_through=syncs))
        return "Saved."

    actions.request(PLACE, "Saving", act, Action.SET, "quiet hours")


def _ask_none() -> None:
    def act() -> str:
        with data.admin_store() as db:
            set_quiet_hours(db, None)
        return "Alerts are sent at any hour."

    actions.request(PLACE, "Saving", act, Action.SET, "quiet hours")
